package step

import (
	"context"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// BenchmarkAsync shows what a call costs beside what is done in it, ordered, unordered
// and with a timeout, which nothing reaches.
func BenchmarkAsync(b *testing.B) {
	for name, o := range map[string]AsyncOptions{
		"ordered":   {Capacity: 100},
		"unordered": {Capacity: 100, Unordered: true},
		"timeout":   {Capacity: 100, Timeout: time.Hour},
	} {
		b.Run(name, func(b *testing.B) {
			h := host.New()
			parker := h.NewParker()
			ctx := operator.NewContext(operator.Spec{
				Job: context.Background(), Host: h, Parallelism: 1, Wake: parker.Unpark,
				Await: func(ready func() bool) error {
					for !ready() {
						parker.Park(time.Time{})
					}
					return nil
				},
			})
			call := func(_ context.Context, n int64, emit func(int64)) error {
				emit(n)
				return nil
			}
			inst, err := Async(Plain[AsyncCall[int64, int64]](call), o)(operator.Wiring{Context: ctx, Outputs: []any{&catch[int64]{}}})
			if err != nil {
				b.Fatal(err)
			}
			s := inst.Body.(*asyncStep[int64, int64])
			if err := s.Open(); err != nil {
				b.Fatal(err)
			}
			rows := make([]int64, 1000)
			b.ReportAllocs()
			for i := 0; i < b.N; i += len(rows) {
				if err := s.Collect(rows); err != nil {
					b.Fatal(err)
				}
				s.out.out.(*catch[int64]).rows = s.out.out.(*catch[int64]).rows[:0]
			}
			if err := s.Finish(); err != nil {
				b.Fatal(err)
			}
			if err := s.Close(true); err != nil {
				b.Fatal(err)
			}
		})
	}
}
