package step

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// visits64 is a record of the benchmarks of windows.
type visits64 struct{ Page, Count int64 }

func page64(v *visits64) *int64 { return &v.Page }

func countOf64(b *testing.B) *agg.Program[visits64, visits64] {
	p, err := agg.Compile(agg.Count(func(v *visits64) *int64 { return &v.Count }))
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// discardRig drives a step whose results are counted.
type discardRig struct {
	collect func([]visits64) error
	in      *operator.Stamps
	mark    operator.Marker
	out     *tallyOf
}

type tallyOf struct{ n int64 }

func (c *tallyOf) Collect(rows []window.Result[visits64]) error {
	c.n += int64(len(rows))
	return nil
}

func newDiscardRig(b *testing.B, f operator.Factory) discardRig {
	r := discardRig{in: &operator.Stamps{}, out: &tallyOf{}}
	inst, err := f(operator.Wiring{
		Context:  operator.NewContext(operator.Spec{Job: context.Background(), Parallelism: 1, Meter: &metrics.Operator{}}),
		Outputs:  []any{r.out, &nothing[visits64]{}},
		Received: []*operator.Stamps{r.in}, Sent: []*operator.Stamps{{}, {}},
	})
	if err != nil {
		b.Fatal(err)
	}
	r.collect, r.mark = inst.Inputs[0].(operator.Collector[visits64]).Collect, inst.Body.(operator.Marker)
	return r
}

// heap returns the bytes that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkAnHour has 2,000,000 records of a million keys come in ten seconds, at the end
// of an hour. The hour that slides by a second fires ten times in it, the one that
// tumbles once, for all keys that have come. What is reported is the time for each
// record that comes or goes, and the memory that is held before the last second fires,
// for each record.
func BenchmarkAnHour(b *testing.B) {
	const records, keys, second = 2_000_000, 1_000_000, int64(time.Second)
	random := seeded(b)
	rows := make([]visits64, records)
	times := make([]int64, records)
	for i := range rows {
		rows[i].Page = int64(random.IntN(keys))
		times[i] = int64(time.Hour) - 10*second + int64(i)*10*second/records
	}
	for _, a := range []window.Assigner{window.Tumbling(time.Hour), window.Sliding(time.Hour, time.Second)} {
		b.Run(a.String(), func(b *testing.B) {
			b.ReportAllocs()
			var out, held int64
			for b.Loop() {
				b.StopTimer()
				before := heap()
				r := newDiscardRig(b, WindowAggregate(keyOf(b, page64), a, true, countOf64(b)))
				b.StartTimer()
				for from := 0; from < records; from += 1000 {
					r.in.Times = times[from : from+1000]
					if err := r.collect(rows[from : from+1000]); err != nil {
						b.Fatal(err)
					}
					if from == records-1000 {
						b.StopTimer()
						held = heap() - before
						b.StartTimer()
					}
					if mark := times[from+999]; mark/second != times[max(from-1, 0)]/second || from == records-1000 {
						mark = (mark + second/2) / second * second
						if _, err := r.mark.Advance(operator.Watermark{Time: mark}); err != nil {
							b.Fatal(err)
						}
					}
				}
				out = r.out.n
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(records+out), "ns/record")
			b.ReportMetric(float64(held)/records, "held-B/record")
			b.ReportMetric(float64(out), "results")
		})
	}
}

// BenchmarkAnInputThatIsBehind has two inputs of a million records each, of which one is
// five seconds behind the other, in windows of ten seconds that slide by 20 ms: the
// watermark follows the later one. Beside it, both are in step.
func BenchmarkAnInputThatIsBehind(b *testing.B) {
	const records, keys, span = 2_000_000, 10_000, 10 * int64(time.Second)
	random := seeded(b)
	rows := make([]visits64, records)
	for i := range rows {
		rows[i].Page = int64(random.IntN(keys))
	}
	for _, behind := range []int64{0, int64(5 * time.Second)} {
		b.Run(time.Duration(behind).String(), func(b *testing.B) {
			times := make([]int64, records)
			for b.Loop() {
				r := newDiscardRig(b, WindowAggregate(keyOf(b, page64), window.Sliding(10*time.Second, 20*time.Millisecond), true, countOf64(b)))
				for from := 0; from < records; from += 1000 {
					for i := range 1000 {
						times[from+i] = int64(from+i) * span / records
						if from/1000%2 == 0 {
							times[from+i] -= behind
						}
					}
					r.in.Times = times[from : from+1000]
					if err := r.collect(append([]visits64(nil), rows[from:from+1000]...)); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}
