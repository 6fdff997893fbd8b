package exchange

import (
	"fmt"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// batchRows is what the engine puts into a batch of 24-byte rows.
var batchRows = operator.BatchSize[row]()

// fill makes a full batch, as a chain's writer does.
func fill(pool *operator.Pool[row]) *operator.Batch[row] {
	b := pool.Get()
	b.Rows = b.Rows[:batchRows]
	return b
}

// BenchmarkLocalHop passes batches of 24-byte rows between two goroutines of one
// process.
func BenchmarkLocalHop(b *testing.B) {
	for _, capacity := range []int{2, 4, 16} {
		b.Run(fmt.Sprint("capacity=", capacity), func(b *testing.B) {
			h := host.New()
			receiver, sender := h.NewParker(), h.NewParker()
			gate := NewGate(receiver)
			out := gate.Outlet(gate.Add(capacity), sender)
			group := host.NewGroup(h)
			b.ReportAllocs()
			group.Go(func() { produce(b, out, sender) })
			for {
				_, item := next(b, gate, receiver)
				if item.Event != nil {
					break
				}
				item.Batch.Release()
			}
			group.Wait()
			b.ReportMetric(float64(b.N*batchRows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func produce(b *testing.B, out operator.Outlet, sender host.Parker) {
	pool := operator.NewPool[row](batchRows, false)
	for range b.N {
		batch := fill(pool)
		until(b, sender, "room", func() bool { return out.Offer(batch, nil) })
	}
	out.Offer(nil, operator.EndOfInput{})
}

// BenchmarkMesh sends batches of 24-byte rows over loopback, encoded and decoded.
func BenchmarkMesh(b *testing.B) {
	for _, credits := range []int{4, 16, 64} {
		b.Run(fmt.Sprint("credits=", credits), func(b *testing.B) {
			c := newCluster(b, host.New(), 2)
			receiver, sender := c.host.NewParker(), c.host.NewParker()
			gate := NewGate(receiver)
			id := ChannelID{Edge: 1, From: 0, To: 1}
			c.meshes[1].Receive(id, gate, gate.Add(Unbounded), credits)
			out := c.meshes[0].Outlet(1, id, encodeRows, sender, nil, credits)
			c.connect(b)
			group := host.NewGroup(c.host)
			b.SetBytes(int64(batchRows * rowSize))
			b.ReportAllocs()
			b.ResetTimer()
			group.Go(func() { produce(b, out, sender) })
			rows := make([]row, 0, batchRows)
			for {
				_, item := next(b, gate, receiver)
				if item.Event != nil {
					break
				}
				f := item.Batch.(*Frame)
				rows = decodeRows(rows[:0], f.Bytes())
				f.Recycle()
			}
			b.StopTimer()
			group.Wait()
			b.ReportMetric(float64(b.N*batchRows)/b.Elapsed().Seconds(), "rows/s")
			c.close()
		})
	}
}

// BenchmarkMeshRoundTrip sends a batch of one row to the other process and back.
func BenchmarkMeshRoundTrip(b *testing.B) {
	c := newCluster(b, host.New(), 2)
	var (
		ids     = [2]ChannelID{{Edge: 1, From: 0, To: 1}, {Edge: 1, From: 1, To: 0}}
		parkers [2]host.Parker
		gates   [2]*Gate
		outs    [2]operator.Outlet
	)
	for i := range 2 {
		parkers[i] = c.host.NewParker()
		gates[i] = NewGate(parkers[i])
		c.meshes[i].Receive(ids[1-i], gates[i], gates[i].Add(Unbounded), 4)
		outs[i] = c.meshes[i].Outlet(1-i, ids[i], encodeParcel, parkers[i], nil, 4)
	}
	c.connect(b)
	p := &parcel{rows: 1, bytes: make([]byte, rowSize)}
	send := func(i int) { until(b, parkers[i], "credits", func() bool { return outs[i].Offer(p, nil) }) }
	group := host.NewGroup(c.host)
	b.ResetTimer()
	group.Go(func() {
		for range b.N {
			_, item := next(b, gates[1], parkers[1])
			item.Batch.(*Frame).Recycle()
			send(1)
		}
	})
	for range b.N {
		send(0)
		_, item := next(b, gates[0], parkers[0])
		item.Batch.(*Frame).Recycle()
	}
	b.StopTimer()
	group.Wait()
	c.close()
}
