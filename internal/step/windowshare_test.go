package step

import (
	"fmt"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// kindOf has the outputs of one kind of windows only.
func kindOf(f operator.Factory, kind, kinds int) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		all := w
		all.Outputs, all.Sent = nil, nil
		for i := range 2 * kinds {
			switch i {
			case kind, kinds + kind:
				all.Outputs, all.Sent = append(all.Outputs, w.Outputs[i/kinds]), append(all.Sent, w.Sent[i/kinds])
			default:
				var nowhere any = discard[window.Result[sample[int]]]{}
				if i >= kinds {
					nowhere = discard[sample[int]]{}
				}
				all.Outputs, all.Sent = append(all.Outputs, nowhere), append(all.Sent, &operator.Stamps{})
			}
		}
		return f(all)
	}
}

// TestWindowsTogetherAreThoseApart has records in any order, some of them late for all kinds
// of windows, some for none, though their pane was full.
func TestWindowsTogetherAreThoseApart(t *testing.T) {
	random := seeded(t)
	for round := range 40 {
		var kinds []window.Assigner
		for range 1 + random.IntN(3) {
			slide := time.Duration(2 * (1 + random.IntN(4)))
			kinds = append(kinds, window.Sliding(slide*time.Duration(1+random.IntN(5)), slide).Offset(time.Duration(random.IntN(9))))
		}
		type rig = timedRig[sample[int], window.Result[sample[int]]]
		var together, apart []*rig
		key := keyOf(t, keyField[int])
		all := WindowsAggregate(key, kinds, everything[int](t))
		for i, a := range kinds {
			together = append(together, newTimedRig[sample[int], window.Result[sample[int]]](t, kindOf(all, i, len(kinds))))
			apart = append(apart, newTimedRig[sample[int], window.Result[sample[int]]](t, WindowAggregate(key, a, true, everything[int](t))))
		}
		now, mark := int64(1000), int64(0)
		for step := range 50 {
			rows := samples(random, 1+random.IntN(700), func(n int) int { return n % 50 })
			times := make([]int64, len(rows))
			for i := range rows {
				rows[i].Seq += int64(step) << 32
				times[i] = now - int64(random.IntN(3))
				if random.IntN(10) == 0 {
					times[i] = now - int64(random.IntN(60))
				}
			}
			for i := range kinds {
				together[i].send(rows, times)
				apart[i].send(rows, times)
			}
			now += int64(random.IntN(5))
			if random.IntN(2) == 0 {
				mark = max(mark, now-2)
				for i := range kinds {
					together[i].watermark(mark)
					apart[i].watermark(mark)
				}
			}
		}
		for i, a := range kinds {
			together[i].watermark(operator.EndOfTime)
			apart[i].watermark(operator.EndOfTime)
			show := func(r *rig) (lines []string) {
				for _, w := range r.out.rows {
					s := w.Value
					lines = append(lines, fmt.Sprintf("%v %d: %d %v %v %s %d %.9g", w.Window, s.Key, s.Seq, s.Units, s.Low, s.High, s.N, s.Mean))
				}
				for _, l := range r.late.rows {
					lines = append(lines, fmt.Sprint("late ", l.Key, " ", l.Seq))
				}
				return lines
			}
			same(t, fmt.Sprint("round ", round, ": ", a, " of ", kinds), show(together[i]), show(apart[i]), false)
		}
	}
}

// BenchmarkThreeKindsOfWindows has a million records, of 10,000 keys, of 20 minutes.
func BenchmarkThreeKindsOfWindows(b *testing.B) {
	const records, keys, step = 1_000_000, 10_000, 20 * time.Minute / 1_000_000
	kinds := []window.Assigner{window.Tumbling(time.Minute), window.Tumbling(5 * time.Minute), window.Sliding(10*time.Minute, time.Minute)}
	random := seeded(b)
	rows, times := make([]visits64, records), make([]int64, records)
	for i := range rows {
		rows[i].Page, times[i] = int64(random.IntN(keys)), int64(i)*int64(step)
	}
	key, p := keyOf(b, page64), countOf64(b)
	apart := func(w operator.Wiring) (operator.Instance, error) {
		var all windowsApart
		for _, a := range kinds {
			inst, err := WindowAggregate(key, a, true, p)(w)
			if err != nil {
				return inst, err
			}
			all = append(all, inst.Body.(*eventWindowStep[visits64, visits64]))
		}
		return operator.Instance{Inputs: []any{all}, Body: all}, nil
	}
	together := func(w operator.Wiring) (operator.Instance, error) {
		out := w.Outputs[0]
		w.Outputs, w.Sent = nil, nil
		for range kinds {
			w.Outputs, w.Sent = append(w.Outputs, out), append(w.Sent, &operator.Stamps{})
		}
		for range kinds {
			w.Outputs, w.Sent = append(w.Outputs, &nothing[visits64]{}), append(w.Sent, &operator.Stamps{})
		}
		return WindowsAggregate(key, kinds, p)(w)
	}
	for _, c := range []struct {
		name string
		f    operator.Factory
	}{{"apart", apart}, {"together", together}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				r := newDiscardRig(b, c.f)
				for from := 0; from < records; from += 1000 {
					r.in.Times = times[from : from+1000]
					if err := r.collect(rows[from : from+1000]); err != nil {
						b.Fatal(err)
					}
					if _, err := r.mark.Advance(operator.Watermark{Time: times[from+999]}); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}

// windowsApart gives everything to each operator.
type windowsApart []*eventWindowStep[visits64, visits64]

func (w windowsApart) Collect(rows []visits64) error {
	for _, s := range w {
		if err := s.Collect(rows); err != nil {
			return err
		}
	}
	return nil
}

func (w windowsApart) Advance(in operator.Watermark) (operator.Watermark, error) {
	for _, s := range w {
		if _, err := s.Advance(in); err != nil {
			return in, err
		}
	}
	return in, nil
}
