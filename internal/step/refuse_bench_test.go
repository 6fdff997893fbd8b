package step

import (
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// BenchmarkQuarantine compares operators with and without a quarantine, on records of
// which none is refused.
func BenchmarkQuarantine(b *testing.B) {
	key := keyOf(b, func(n *int64) *int64 { return n })
	typ := typeOf[int64](b)
	chain := func(w operator.Wiring) (operator.Instance, error) {
		double := Map(Plain(func(n int64) int64 { return 2 * n }))
		filter := Filter(Plain(func(n int64) bool { return n%3 > 0 }))
		for _, f := range []operator.Factory{double, filter, double} {
			i, err := f(w)
			if o, ok := i.Body.(operator.Opener); ok && err == nil {
				err = o.Open()
			}
			if err != nil {
				return i, err
			}
			w.Outputs = i.Inputs
		}
		return operator.Instance{Inputs: w.Outputs}, nil
	}
	process := Process(key, func(c *KeyedContext[int64, int64]) (Handler[int64], error) {
		return Handler[int64]{Record: func(n int64) { c.Emit(n) }}, nil
	}, nil)
	first := Plain(func(a, b int64) int64 { return a })
	windows := Windows[int64]{Of: AlignedSpans[int64](window.Tumbling(10)), Event: true}
	for _, c := range []struct {
		name  string
		f     operator.Factory
		timed bool
	}{
		{"chain", chain, false},
		{"process", process, false},
		{"window", WindowReduce(key, typ, window.Tumbling(1<<40), true, first), true},
		{"triggered", TriggeredReduce(key, windows, typ, first), true},
		{"reduce", Reduce(key, typ, first), false},
	} {
		for _, on := range []string{"off", "on"} {
			b.Run(c.name+"/"+on, func(b *testing.B) {
				dir := ""
				if on == "on" {
					dir = b.TempDir()
				}
				first := any(discard[int64]{})
				if c.timed {
					first = discard[window.Result[int64]]{}
				}
				r := newRefusing(b, dir, c.f, c.timed, first, discard[int64]{})
				in := r.inst.Inputs[0].(operator.Collector[int64])
				rows, times := make([]int64, 1024), make([]int64, 1024)
				for i := range rows {
					rows[i] = int64(i) * 7 % 1000
				}
				b.ReportAllocs()
				b.SetBytes(int64(len(rows)))
				for b.Loop() {
					if c.timed {
						r.in.Times = times
					}
					if err := in.Collect(rows); err != nil {
						b.Fatal(err)
					}
				}
				if r.writer != nil && r.writer.Len() > 0 {
					b.Fatal("something was refused")
				}
			})
		}
	}
}
