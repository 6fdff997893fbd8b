package exchange

import (
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

func TestCloseAfterTheEndIsNoLossAndLosesNothing(t *testing.T) {
	nothingLeft(t)
	p := newPair(t, host.New(), 100)
	const batches = 50
	for range batches {
		p.out.Offer(&parcel{rows: 1, bytes: make([]byte, 100<<10)}, nil)
	}
	p.out.Offer(nil, operator.EndOfInput{})
	p.meshes[0].Close()
	for range batches {
		if p.next(t).Batch.Len() != 1 {
			t.Fatal("not a batch")
		}
	}
	if p.next(t).Event != (operator.EndOfInput{}) {
		t.Fatal("not the end")
	}
	p.meshes[1].Close()
	p.noLoss(t)
	if !p.out.Offer(&parcel{}, nil) {
		t.Error("refused after Close")
	}
}

func TestOffersToAProcessThatIsDoneAreDropped(t *testing.T) {
	p := newPair(t, host.New(), 1)
	b := &parcel{rows: 1}
	for p.out.Offer(b, nil) {
	}
	sent := b.released.Load()
	p.meshes[1].Close() // it has no channel to process 0 that could lack its end
	until(t, p.sender, "a permit", func() bool { return p.sender.permits.Load() > 0 })
	until(t, p.sender, "the goodbye", func() bool { return p.out.Offer(b, nil) })
	if b.released.Load() != sent+1 {
		t.Error("a dropped batch was not released")
	}
	p.meshes[0].Close()
	p.noLoss(t)
}

func TestCloseBeforeTheEndIsALoss(t *testing.T) {
	p := newPair(t, host.New(), 4)
	p.out.Offer(&parcel{rows: 1}, nil)
	p.meshes[0].Close()
	p.losses[1].await(t, 0, "closed with 1 of its channels not ended")
	if len(p.losses[0].of(1)) > 0 {
		t.Error("the closing side reported a loss")
	}
}

func TestDeadPeerIsReportedOnceByAllOthers(t *testing.T) {
	nothingLeft(t)
	c := newCluster(t, host.New(), 3)
	c.connect(t)
	c.conn(2, 0).Close()
	c.conn(2, 1).Close()
	for survivor := range 2 {
		c.losses[survivor].await(t, 2, "process 2")
	}
	c.losses[2].await(t, 0, "process 0")
	c.losses[2].await(t, 1, "process 1")
	if len(c.losses[0].of(1))+len(c.losses[1].of(0)) > 0 {
		t.Error("the survivors lost each other")
	}
	c.close()
	for i, l := range c.losses {
		for peer, errs := range l.errs {
			if len(errs) != 1 {
				t.Errorf("process %d reported the loss of %d %d times", i, peer, len(errs))
			}
		}
	}
}

func TestSenderIsRefusedUntilTheLossIsReportedAndThenFreed(t *testing.T) {
	p := newPair(t, host.New(), 4)
	p.losses[0].mu.Lock()
	p.losses[0].during = func() {
		if p.out.Offer(&parcel{rows: 1}, nil) || p.out.Offer(nil, operator.EndOfInput{}) {
			t.Error("accepted before the loss was reported")
		}
	}
	p.losses[0].mu.Unlock()
	p.conn(1, 0).Close()
	until(t, p.sender, "the freedom to go on", func() bool { return p.sender.permits.Load() > 0 })
	for range 10 {
		if !p.out.Offer(&parcel{rows: 1}, nil) {
			t.Error("refused after the loss was reported")
		}
	}
}

func TestTooLargeBatchesNameTheirEdge(t *testing.T) {
	for name, c := range map[string]struct {
		b      *parcel
		reason string
	}{
		"rows":  {&parcel{rows: operator.MaxBatch + 1}, "1025 rows, a frame holds 1024"},
		"bytes": {&parcel{rows: 1, bytes: make([]byte, 1<<20+1)}, "1 rows encode to 1048577 bytes, a frame holds 1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, host.New(), 4)
			p.meshes[0].limit = 1 << 20
			until(t, p.sender, "the report", func() bool { return p.out.Offer(c.b, nil) })
			err := p.losses[0].await(t, 1, "batch too large (edge 4, subtask 0 to 1)")
			if !errors.Is(err, ErrBatchTooLarge) || !strings.Contains(err.Error(), c.reason) {
				t.Error(err)
			}
			p.losses[1].await(t, 0, "broke off")
		})
	}
}

func TestCloseEndsAMeshThatWasNeverConnected(t *testing.T) {
	nothingLeft(t)
	m := NewMesh(host.New(), 1, testToken, nil)
	address, err := m.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	out := m.Outlet(0, ChannelID{}, encodeParcel, newCounting(), nil, 1)
	out.Offer(&parcel{}, nil)
	m.Close()
	m.Close()
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("the address is still open")
	}
	if !out.Offer(&parcel{}, nil) {
		t.Error("refused after Close")
	}
}

func TestCloseInTheMiddleOfTrafficEndsEverything(t *testing.T) {
	nothingLeft(t)
	for name, h := range map[string]host.Host{"loopback": host.New(), "memory": newMemory()} {
		t.Run(name, func(t *testing.T) { closeInTraffic(t, h) })
	}
}

// closeInTraffic closes three processes of which each sends to all others
// without end.
func closeInTraffic(t *testing.T, h host.Host) {
	c := newCluster(t, h, 3)
	group := host.NewGroup(h)
	main := h.NewParker()
	var flowing atomic.Int32 // channels that have delivered a batch
	var stop atomic.Bool
	var gates []*Gate
	var parkers []host.Parker
	var starts []func()
	for from := range c.meshes {
		for to := range c.meshes {
			if from == to {
				continue
			}
			id := ChannelID{Edge: 2, From: uint16(from), To: uint16(to)}
			receiver, sender := h.NewParker(), h.NewParker()
			gate := NewGate(receiver)
			c.meshes[to].Receive(id, gate, gate.Add(Unbounded), 3)
			out := c.meshes[from].Outlet(to, id, encodeParcel, sender, nil, 3)
			gates, parkers = append(gates, gate), append(parkers, receiver, sender)
			starts = append(starts, func() {
				group.Go(func() {
					b := &parcel{rows: 1, bytes: make([]byte, 5000)}
					until(t, sender, "the stop", func() bool {
						for !stop.Load() && out.Offer(b, nil) {
						}
						return stop.Load()
					})
				})
				group.Go(func() {
					first := true
					until(t, receiver, "the stop", func() bool {
						for {
							_, item, ok := gate.Poll()
							if !ok {
								return stop.Load()
							}
							item.Batch.Release()
							if first && flowing.Add(1) == 6 {
								main.Unpark()
							}
							first = false
						}
					})
				})
			})
		}
	}
	c.connect(t)
	for _, start := range starts {
		start()
	}
	until(t, main, "traffic", func() bool { return flowing.Load() == 6 })
	c.close()
	stop.Store(true)
	for _, p := range parkers {
		p.Unpark()
	}
	for _, g := range gates {
		g.Close()
	}
	group.Wait()
}
