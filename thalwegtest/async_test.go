package thalwegtest_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
)

// answerAfter answers an order after as many seconds as it has units.
func answerAfter(h *thalwegtest.Harness) func(context.Context, order) (order, error) {
	return func(ctx context.Context, o order) (order, error) {
		return o, h.Sleep(ctx, time.Duration(o.Units)*time.Second)
	}
}

func TestAWatermarkWaitsForTheCallsBeforeItAndStopsThoseBehindIt(t *testing.T) {
	h := thalwegtest.New(t)
	in := thalwegtest.Source[order](h)
	answered := stream.Async(in.Timed(), answerAfter(h), stream.Unordered())
	totals := thalwegtest.Collect(h, everyMinute(answered))
	answers := thalwegtest.Collect(h, answered)
	slow, fast, behind := order{"anna", 9, 0}, order{"anna", 1, 0}, order{"anna", 2, 0}
	in.SendAt(at(10), slow, fast)
	in.Watermark(at(60))
	in.SendAt(at(70), behind)
	in.Watermark(at(120))
	h.Advance(8 * time.Second)
	expect(t, answers.Take(), fast)
	expect(t, totals.Take())
	h.Advance(time.Second)
	expect(t, answers.Take(), slow, behind)
	got := totals.Take()
	if len(got) != 2 || got[0].Units < 10 || got[1] != (total{"anna", 12, 120}) {
		t.Errorf("got %v", got)
	}
}

// Whatever calls take and watermarks say, nothing comes late behind the operator that
// was not late before it.
func TestNoRecordGetsLateInAnAsynchronousCall(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		options := []stream.AsyncOption{stream.Capacity(1 + r.IntN(6))}
		if r.IntN(2) == 0 {
			options = append(options, stream.Unordered())
		}
		h := thalwegtest.New(t, thalwegtest.Seed(seed))
		in := thalwegtest.Source[order](h)
		answered := stream.Async(in.Timed(), answerAfter(h), options...)
		out := thalwegtest.Collect(h, stream.Process(stream.KeyBy(answered, customer),
			func(ctx *stream.KeyedContext[string, int64]) (stream.Handler[order], error) {
				return stream.Handler[order]{Record: func(o order) {
					if ctx.Late() || ctx.Time() != at(o.Placed) {
						t.Errorf("seed %d: %v has time %v at watermark %v", seed, o, ctx.Time(), ctx.Watermark())
					}
					ctx.Emit(o.Placed)
				}}, nil
			}))
		mark, sum, got := int64(0), int64(0), int64(0)
		for range 60 {
			switch r.IntN(3) {
			case 0:
				mark += r.Int64N(5)
				in.Watermark(at(mark))
			case 1:
				h.Advance(time.Duration(r.IntN(5)) * time.Second)
			default:
				o := order{"anna", r.Int64N(20), mark + r.Int64N(4)}
				sum += o.Placed
				in.SendAt(at(o.Placed), o)
			}
		}
		if _, err := h.End(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, placed := range out.Take() {
			got += placed
		}
		if got != sum {
			t.Errorf("seed %d: the times add up to %d, want %d", seed, got, sum)
		}
	}
}
