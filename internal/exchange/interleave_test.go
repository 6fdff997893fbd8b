package exchange

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// Senders and a receiver that blocks and unblocks at random must lose nothing,
// double nothing, keep each channel's order and stay within its capacity.
func TestRandomInterleavingsKeepAllChannelsIntact(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { interleave(t, seed) })
	}
}

func interleave(t *testing.T, seed uint64) {
	const senders = 5
	h := host.New()
	random := rand.New(rand.NewPCG(seed, 1))
	receiver := h.NewParker()
	g := NewGate(receiver)
	group := host.NewGroup(h)
	var flight [senders]atomic.Int64 // offered and not polled
	var capacity, counts [senders]int
	for c := range senders {
		capacity[c], counts[c] = 1+random.IntN(4), random.IntN(300)
		sender := h.NewParker()
		out := g.Outlet(g.Add(capacity[c]), sender)
		group.Go(func() {
			for seq := range counts[c] {
				until(t, sender, "room", func() bool { return out.Offer(&parcel{rows: seq}, nil) })
				if n := flight[c].Add(1); n > int64(capacity[c]+1) { // the receiver counts after Poll
					t.Errorf("channel %d: %d in flight, capacity %d", c, n, capacity[c])
				}
			}
			out.Offer(nil, operator.EndOfInput{})
		})
	}
	var seen [senders]int
	blocked := [senders]bool{}
	for open := senders; open > 0; {
		if c := random.IntN(senders); random.IntN(8) == 0 {
			g.Block(c)
			blocked[c] = true
		} else if random.IntN(4) == 0 {
			g.Unblock(c)
			blocked[c] = false
		}
		c, item, ok := g.Poll()
		if !ok {
			for c := range senders { // else it might wait for what it has blocked
				g.Unblock(c)
				blocked[c] = false
			}
			c, item = next(t, g, receiver)
		}
		switch {
		case blocked[c]:
			t.Fatalf("an item of the blocked channel %d", c)
		case item.Event != nil:
			open--
			if seen[c] != counts[c] {
				t.Errorf("channel %d ended after %d of %d", c, seen[c], counts[c])
			}
		default:
			flight[c].Add(-1)
			if item.Batch.Len() != seen[c] {
				t.Errorf("channel %d: %d where %d was due", c, item.Batch.Len(), seen[c])
			}
			seen[c]++
		}
	}
	group.Wait()
}
