package exchange

import (
	"fmt"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

func TestGateKeepsOrderWithinAChannel(t *testing.T) {
	p := newCounting()
	g := NewGate(p)
	out := g.Outlet(g.Add(Unbounded), p)
	for i := range 100 {
		if !out.Offer(&parcel{rows: i}, nil) {
			t.Fatal("an unbounded channel refused")
		}
	}
	out.Offer(nil, operator.EndOfInput{})
	for i := range 100 {
		_, item, ok := g.Poll()
		if !ok || item.Batch.Len() != i {
			t.Fatalf("item %d is %v, %v", i, item, ok)
		}
	}
	if _, item, ok := g.Poll(); !ok || item.Event != (operator.EndOfInput{}) {
		t.Fatalf("the event is %v, %v", item, ok)
	}
	if _, _, ok := g.Poll(); ok {
		t.Fatal("an empty gate has something")
	}
}

func TestGateServesChannelsInTheOrderTheyBecameReady(t *testing.T) {
	p := newCounting()
	g := NewGate(p)
	var outs []operator.Outlet
	for range 3 {
		outs = append(outs, g.Outlet(g.Add(8), p))
	}
	for _, c := range []int{2, 2, 2, 0, 1, 1} {
		outs[c].Offer(&parcel{}, nil)
	}
	var got []int
	for {
		c, _, ok := g.Poll()
		if !ok {
			break
		}
		got = append(got, c)
	}
	if fmt.Sprint(got) != "[2 0 1 2 1 2]" {
		t.Fatalf("served %v", got)
	}
}

func TestChannelRefusesBatchesBeyondItsCapacityButNoEvent(t *testing.T) {
	receiver, sender := newCounting(), newCounting()
	g := NewGate(receiver)
	out := g.Outlet(g.Add(2), sender)
	refusedBatch := &parcel{}
	if !out.Offer(&parcel{}, nil) || !out.Offer(&parcel{}, nil) {
		t.Fatal("refused below capacity")
	}
	if out.Offer(refusedBatch, nil) || refusedBatch.released.Load() != 0 {
		t.Fatal("accepted, or touched, a batch beyond capacity")
	}
	if !out.Offer(nil, operator.EndOfInput{}) {
		t.Fatal("refused an event")
	}
	if n := sender.permits.Load(); n != 0 {
		t.Fatalf("%d permits for the sender before there was room", n)
	}
	g.Poll()
	if n := sender.permits.Load(); n != 1 {
		t.Fatalf("%d permits for the refused sender", n)
	}
	g.Poll()
	if n := sender.permits.Load(); n != 1 {
		t.Fatalf("%d permits for a sender that was not refused again", n)
	}
	g.Poll()
	if !out.Offer(&parcel{}, nil) || !out.Offer(&parcel{}, nil) || out.Offer(&parcel{}, nil) {
		t.Fatal("an event took room, or the capacity changed")
	}
}

func TestReceiverIsWokenOnceForWhatItHasNotSeen(t *testing.T) {
	receiver, sender := newCounting(), newCounting()
	g := NewGate(receiver)
	a, b := g.Outlet(g.Add(8), sender), g.Outlet(g.Add(8), sender)
	a.Offer(&parcel{}, nil)
	a.Offer(&parcel{}, nil)
	b.Offer(&parcel{}, nil)
	if n := receiver.permits.Load(); n != 1 {
		t.Fatalf("%d permits for three offers", n)
	}
	for range 3 {
		g.Poll()
	}
	b.Offer(&parcel{}, nil)
	if n := receiver.permits.Load(); n != 1 {
		t.Fatalf("%d permits: a receiver that has not found the gate empty was woken", n)
	}
	g.Poll()
	g.Poll()
	b.Offer(&parcel{}, nil)
	if n := receiver.permits.Load(); n != 2 {
		t.Fatalf("%d permits after the receiver found nothing", n)
	}
}

func TestBlockedChannelKeepsItsItemsAndHoldsItsSenderBack(t *testing.T) {
	receiver, sender := newCounting(), newCounting()
	g := NewGate(receiver)
	a, b := g.Outlet(g.Add(2), sender), g.Outlet(g.Add(2), sender)
	a.Offer(&parcel{rows: 1}, nil)
	b.Offer(&parcel{rows: 2}, nil)
	g.Block(0)
	if c, _, ok := g.Poll(); !ok || c != 1 {
		t.Fatalf("got channel %d, %v while 0 is blocked", c, ok)
	}
	if _, _, ok := g.Poll(); ok {
		t.Fatal("got an item of a blocked channel")
	}
	woken := receiver.permits.Load()
	if !a.Offer(&parcel{rows: 3}, nil) || a.Offer(&parcel{rows: 4}, nil) {
		t.Fatal("a blocked channel has not its capacity")
	}
	if receiver.permits.Load() != woken {
		t.Fatal("woken for a blocked channel")
	}
	g.Unblock(0)
	if receiver.permits.Load() != woken+1 {
		t.Fatal("not woken by Unblock")
	}
	for _, want := range []int{1, 3} {
		if _, item, ok := g.Poll(); !ok || item.Batch.Len() != want {
			t.Fatalf("got %v, %v; want %d rows", item, ok, want)
		}
	}
	if sender.permits.Load() != 1 {
		t.Fatal("the refused sender was not woken")
	}
}

func TestChannelUnblockedBeforeAPollKeepsItsTurn(t *testing.T) {
	p := newCounting()
	g := NewGate(p)
	a, b := g.Outlet(g.Add(2), p), g.Outlet(g.Add(2), p)
	a.Offer(&parcel{}, nil)
	b.Offer(&parcel{}, nil)
	g.Block(0)
	g.Unblock(0)
	if c, _, _ := g.Poll(); c != 0 {
		t.Fatalf("got channel %d", c)
	}
	if c, _, _ := g.Poll(); c != 1 {
		t.Fatalf("got channel %d", c)
	}
	if _, _, ok := g.Poll(); ok {
		t.Fatal("an item came twice")
	}
}

func TestClosedGateReleasesWhatItHasAndDropsWhatComes(t *testing.T) {
	p, sender := newCounting(), newCounting()
	g := NewGate(p)
	out := g.Outlet(g.Add(1), sender)
	first, second := &parcel{}, &parcel{}
	out.Offer(first, nil)
	if out.Offer(second, nil) {
		t.Fatal("accepted beyond capacity")
	}
	g.Close()
	g.Close()
	if first.released.Load() != 1 || sender.permits.Load() != 1 {
		t.Fatal("the queued batch was not released, or the sender not woken")
	}
	for range 3 {
		if !out.Offer(second, nil) {
			t.Fatal("a closed gate refused")
		}
	}
	if second.released.Load() != 3 {
		t.Fatal("a closed gate did not release")
	}
	if _, _, ok := g.Poll(); ok {
		t.Fatal("a closed gate has something")
	}
}

// curious is a parker that looks at the gate when it is given a permit, as the
// goroutine it wakes may do before Unpark has returned.
type curious struct {
	host.Parker
	gate *Gate
}

func (c *curious) Unpark() {
	for ok := true; ok; {
		_, _, ok = c.gate.Poll()
	}
}

func TestPermitsAreGivenWithoutTheLock(t *testing.T) {
	c := &curious{}
	c.gate = NewGate(c)
	out := c.gate.Outlet(c.gate.Add(1), c)
	out.Offer(&parcel{}, nil) // wakes the receiver, which polls
	c.gate.Block(0)
	out.Offer(&parcel{}, nil)
	if out.Offer(&parcel{}, nil) {
		t.Fatal("accepted beyond capacity")
	}
	c.gate.Unblock(0) // wakes the receiver, which polls and wakes the sender
	if _, _, ok := c.gate.Poll(); ok {
		t.Fatal("a permit was not followed by a look")
	}
	c.gate.Block(0)
	out.Offer(&parcel{}, nil)
	out.Offer(&parcel{}, nil)
	c.gate.Close()
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	p := host.New().NewParker()
	g := NewGate(p)
	out := g.Outlet(g.Add(4), p)
	b := &parcel{}
	var held operator.Carrier = b
	if n := testing.AllocsPerRun(1000, func() {
		for out.Offer(held, nil) {
		}
		for {
			if _, _, ok := g.Poll(); !ok {
				break
			}
		}
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
