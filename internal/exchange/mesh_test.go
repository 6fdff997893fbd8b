package exchange

import (
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

func TestThreeProcessesExchangeEverythingInOrder(t *testing.T) {
	nothingLeft(t)
	for name, h := range map[string]host.Host{"loopback": host.New(), "memory": newMemory()} {
		t.Run(name, func(t *testing.T) { allToAll(t, h, 3, 3) })
	}
}

// peerTask is a task that sends random batches to all tasks of other processes
// and receives theirs.
type peerTask struct {
	number           int
	receiver, sender host.Parker
	gate             *Gate
	origins          []int // sending task, by channel of the gate
	outlets          map[int]operator.Outlet
	sent, received   map[int]uint64 // hashes of the bytes, by the other task
	bytesReceived    int64
}

// allToAll runs that many tasks in each process.
func allToAll(t *testing.T, h host.Host, processes, tasks int) {
	c := newCluster(t, h, processes)
	var bytesSent atomic.Int64
	all := make([]*peerTask, processes*tasks)
	for i := range all {
		all[i] = newPeerTask(h, i)
		mesh := c.meshes[i/tasks]
		for other := range all {
			if other/tasks == i/tasks {
				continue
			}
			credits := 1 + (i+other)%5
			in := ChannelID{Edge: 1, From: uint16(other), To: uint16(i)}
			mesh.Receive(in, all[i].gate, all[i].gate.Add(Unbounded), credits)
			all[i].origins = append(all[i].origins, other)
			out := ChannelID{Edge: 1, From: uint16(i), To: uint16(other)}
			all[i].outlets[other] = mesh.Outlet(other/tasks, out, encodeParcel, all[i].sender, &bytesSent, credits)
		}
	}
	c.connect(t)
	group := host.NewGroup(h)
	for _, p := range all {
		group.Go(func() { p.send(t) })
		group.Go(func() { p.receive(t) })
	}
	group.Wait()
	c.close()
	c.noLoss(t)
	var bytesReceived int64
	for _, p := range all {
		bytesReceived += p.bytesReceived
		for other := range p.outlets {
			if p.received[other] != all[other].sent[p.number] {
				t.Errorf("what task %d got from task %d is not what was sent", p.number, other)
			}
		}
	}
	if bytesReceived == 0 || bytesReceived != bytesSent.Load() {
		t.Errorf("%d bytes sent, %d received", bytesSent.Load(), bytesReceived)
	}
}

func newPeerTask(h host.Host, number int) *peerTask {
	p := &peerTask{
		number: number, receiver: h.NewParker(), sender: h.NewParker(),
		outlets: map[int]operator.Outlet{}, sent: map[int]uint64{}, received: map[int]uint64{},
	}
	p.gate = NewGate(p.receiver)
	return p
}

func (p *peerTask) send(t *testing.T) {
	random := rand.New(rand.NewPCG(7, uint64(p.number)))
	for other, out := range p.outlets {
		sum := fnv.New64a()
		for range 30 {
			b := &parcel{rows: random.IntN(operator.MaxBatch + 1), bytes: make([]byte, size(random))}
			for i := range min(len(b.bytes), 64) {
				b.bytes[i] = byte(random.Uint32())
			}
			fmt.Fprintln(sum, b.rows, len(b.bytes))
			sum.Write(b.bytes)
			until(t, p.sender, "credits", func() bool { return out.Offer(b, nil) })
			if b.released.Load() != 1 {
				t.Error("a sent batch was not released")
			}
		}
		out.Offer(nil, operator.EndOfInput{})
		p.sent[other] = sum.Sum64()
	}
}

func (p *peerTask) receive(t *testing.T) {
	sums := make([]hash.Hash64, len(p.origins))
	for i := range sums {
		sums[i] = fnv.New64a()
	}
	for open := len(sums); open > 0; {
		channel, item := next(t, p.gate, p.receiver)
		if item.Event != nil {
			p.received[p.origins[channel]] = sums[channel].Sum64()
			p.bytesReceived += headerSize
			open--
			continue
		}
		f := item.Batch.(*Frame)
		fmt.Fprintln(sums[channel], f.Len(), len(f.Bytes()))
		sums[channel].Write(f.Bytes())
		p.bytesReceived += int64(f.Size())
		f.Recycle()
	}
}

// size is mostly small, often 0, and now and then large.
func size(random *rand.Rand) int {
	switch n := random.IntN(100); {
	case n < 20:
		return 0
	case n < 95:
		return random.IntN(20 << 10)
	default:
		return random.IntN(300 << 10)
	}
}
