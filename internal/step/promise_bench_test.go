package step

import (
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
)

type wide struct{ A, B, C, D int64 }
type narrow struct{ A, D int64 }

// BenchmarkPickingFields compares a projection by a function, without and with promises
// that are checked, with one by copiers.
func BenchmarkPickingFields(b *testing.B) {
	pick := Map(Plain(func(w wide) narrow { return narrow{w.A, w.D} }))
	copiers := Fields([]FieldCopier[wide, narrow]{
		func(out []narrow, in []wide) {
			for i := range in {
				out[i].A = in[i].A
			}
		},
		func(out []narrow, in []wide) {
			for i := range in {
				out[i].D = in[i].D
			}
		},
	})
	promise := operator.Promise{Holds: func(in *wide, out *narrow) (was, is any, holds bool) { return nil, nil, in.A == out.A }}
	for _, c := range []struct {
		name     string
		factory  operator.Factory
		promises []operator.Promise
	}{{"function", pick, nil}, {"checked", pick, []operator.Promise{promise}}, {"fields", copiers, nil}} {
		b.Run(c.name, func(b *testing.B) {
			instance, err := c.factory(operator.Wiring{
				Context: operator.NewContext(operator.Spec{Promises: c.promises}), Outputs: []any{discard[narrow]{}},
			})
			if err != nil {
				b.Fatal(err)
			}
			if o, ok := instance.Body.(operator.Opener); ok {
				if err := o.Open(); err != nil {
					b.Fatal(err)
				}
			}
			in := instance.Inputs[0].(operator.Collector[wide])
			rows := make([]wide, operator.BatchSize[wide]())
			b.SetBytes(int64(len(rows)) * 32)
			b.ReportAllocs()
			for b.Loop() {
				if err := in.Collect(rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
