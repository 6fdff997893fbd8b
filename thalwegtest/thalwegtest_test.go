package thalwegtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
	"github.com/thalweg/thalweg/window"
)

// order is a record of the tests.
type order struct {
	Customer string
	Units    int64
	Placed   int64 // seconds
}

func customer(o *order) *string { return &o.Customer }
func units(o *order) *int64     { return &o.Units }
func placed(o *order) *int64    { return &o.Placed }

func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// total is the units of a customer at a time.
type total struct {
	Customer string
	Units    int64
	At       int64
}

// everyMinute emits the units of each customer at the end of each minute in which it
// orders.
func everyMinute(orders *stream.DataStream[order]) *stream.DataStream[total] {
	return stream.Process(stream.KeyBy(orders, customer), func(ctx *stream.KeyedContext[string, total]) (stream.Handler[order], error) {
		sum := state.NewValue[int64](ctx, "sum")
		return stream.Handler[order]{
			Record: func(o order) {
				sum.Set(sum.Get() + o.Units)
				ctx.SetTimer(ctx.Time().Truncate(time.Minute).Add(time.Minute))
			},
			Timer: func(at time.Time) { ctx.Emit(total{ctx.Key(), sum.Get(), at.Unix()}) },
		}, nil
	})
}

func expect[T comparable](t *testing.T, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestWatermarksFireTimersOfEventTime(t *testing.T) {
	h := thalwegtest.New(t)
	in := thalwegtest.Source[order](h)
	out := thalwegtest.Collect(h, everyMinute(in.Timed()))
	in.SendAt(at(10), order{"anna", 3, 0})
	in.SendAt(at(70), order{"anna", 4, 0}, order{"bert", 5, 0})
	expect(t, out.Take())
	in.Watermark(at(59))
	expect(t, out.Take())
	in.Watermark(at(60))
	expect(t, out.Take(), total{"anna", 7, 60})
	h.Advance(time.Hour) // says nothing of event time
	expect(t, out.Take())
	in.SendAt(at(75), order{"anna", 1, 0})
	in.Watermark(at(120))
	in.SendAt(at(20), order{"anna", 10, 0}) // late: its timer comes at once
	got := out.Take()
	slices.SortStableFunc(got, func(a, b total) int { return strings.Compare(a.Customer, b.Customer) })
	expect(t, got, total{"anna", 8, 120}, total{"anna", 18, 60}, total{"bert", 5, 120})
	in.SendAt(at(130), order{"carl", 1, 0})
	if _, err := h.End(); err != nil {
		t.Fatal(err)
	}
	expect(t, out.Take(), total{"carl", 1, 180})
}

func TestTheClockFiresWindows(t *testing.T) {
	h := thalwegtest.New(t, thalwegtest.Start(at(1000)))
	in := thalwegtest.Source[order](h)
	sums := stream.KeyBy(in.Stream(), customer).Window(window.Tumbling(10 * time.Second)).Aggregate(agg.Sum(units))
	out := thalwegtest.Collect(h, stream.Map(sums, func(r window.Result[order]) total {
		return total{r.Value.Customer, r.Value.Units, r.End.Unix()}
	}))
	in.Send(order{"anna", 1, 0}, order{"anna", 2, 0})
	h.Advance(9 * time.Second)
	in.Send(order{"anna", 4, 0})
	expect(t, out.Take())
	h.Advance(time.Second)
	expect(t, out.Take(), total{"anna", 7, 1010})
	in.Send(order{"anna", 8, 0})
	h.Advance(24 * time.Hour)
	expect(t, out.Take(), total{"anna", 8, 1020})
	if want := at(1000 + 10 + 24*3600); !h.Now().Equal(want) {
		t.Errorf("the clock shows %v, want %v", h.Now(), want)
	}
}

func TestAnIdleSourceIsNotWaitedFor(t *testing.T) {
	h := thalwegtest.New(t)
	first, second := thalwegtest.Source[order](h), thalwegtest.Source[order](h)
	strategy := eventtime.Seconds(placed).Idle(time.Minute)
	out := thalwegtest.Collect(h, everyMinute(stream.Union(
		stream.AssignTime(first.Stream(), strategy), stream.AssignTime(second.Stream(), strategy))))
	first.Send(order{"anna", 1, 10})
	second.Send(order{"anna", 2, 20})
	first.Send(order{"anna", 4, 200})
	h.Advance(59 * time.Second)
	first.Send(order{"anna", 0, 200})
	expect(t, out.Take())
	h.Advance(time.Second)
	expect(t, out.Take(), total{"anna", 7, 60})
}

func TestAsynchronousCallsTakeTimeOfTheEngine(t *testing.T) {
	h := thalwegtest.New(t)
	in := thalwegtest.Source[int64](h)
	attempts := 0
	answered := stream.Async(in.Timed(), func(ctx context.Context, n int64) (int64, error) {
		attempts++
		if n == 3 && attempts == 3 {
			return 0, h.Sleep(ctx, time.Hour) // the server does not answer
		}
		return 10 * n, h.Sleep(ctx, time.Duration(n)*time.Second)
	}, stream.Timeout(5*time.Second), stream.Retry(1, time.Second))
	out := thalwegtest.Collect(h, answered)
	in.SendAt(at(1), 2)
	in.SendAt(at(1), 1)
	h.Advance(1999 * time.Millisecond)
	expect(t, out.Take())
	h.Advance(time.Millisecond)
	expect(t, out.Take(), 20, 10)
	in.SendAt(at(2), 3)
	h.Advance(5*time.Second + time.Second + 3*time.Second - 1)
	expect(t, out.Take())
	h.Advance(1)
	expect(t, out.Take(), 30)
}

// What has no order comes in one that the seed chooses.
func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	run := func(seed uint64) string {
		h := thalwegtest.New(t, thalwegtest.Seed(seed), thalwegtest.With(thalweg.WithParallelism(7), thalweg.WithoutChaining()))
		in := thalwegtest.Source[order](h)
		out := thalwegtest.Collect(h, everyMinute(in.Timed().Rebalance()))
		for i := range int64(200) {
			in.SendAt(at(i), order{fmt.Sprint(i % 17), i, 0})
		}
		_, err := h.End()
		return fmt.Sprint(out.Take(), err)
	}
	different := map[string]bool{}
	for seed := range uint64(5) {
		first := run(seed)
		different[first] = true
		if again := run(seed); again != first {
			t.Fatalf("seed %d gave\n%s and\n%s", seed, first, again)
		}
	}
	if len(different) < 2 {
		t.Error("all seeds give the same run; the test shows nothing")
	}
}

// told notes what a harness tells its test.
type told struct {
	*testing.T
	fatal    string
	cleanups []func()
}

func (o *told) Fatal(args ...any) {
	o.fatal = fmt.Sprint(args...)
	panic(o)
}
func (o *told) Cleanup(f func()) { o.cleanups = append(o.cleanups, f) }

// fatal runs f and what follows a test, and returns what f has ended with.
func fatal(t *testing.T, f func(thalwegtest.T)) string {
	check := jobtest.Watch(t)
	o := &told{T: t}
	func() {
		defer func() {
			if caught := recover(); caught != nil && caught != any(o) {
				panic(caught)
			}
		}()
		f(o)
	}()
	for _, c := range o.cleanups {
		c()
	}
	check()
	return o.fatal
}

func TestAJobThatFailsEndsTheTest(t *testing.T) {
	sentinel := errors.New("no such customer")
	got := fatal(t, func(t thalwegtest.T) {
		h := thalwegtest.New(t)
		in := thalwegtest.Source[order](h)
		thalwegtest.Collect(h, stream.Map(in.Stream(), func(order) order { panic(sentinel) }))
		in.Send(order{})
		h.Settle()
	})
	if !strings.Contains(got, "no such customer") || !strings.Contains(got, "thalwegtest_test.go:") {
		t.Errorf("the test ended with %q", got)
	}
	h := thalwegtest.New(t)
	in := thalwegtest.Source[order](h)
	thalwegtest.Collect(h, stream.Map(in.Stream(), func(order) order { panic(sentinel) }))
	in.Send(order{})
	if _, err := h.End(); !errors.Is(err, sentinel) {
		t.Errorf("End returned %v", err)
	}
}

func TestATestThatEndsLeavesNothingBehind(t *testing.T) {
	for name, f := range map[string]func(h *thalwegtest.Harness, in *thalwegtest.Input[order]){
		"unused":  func(*thalwegtest.Harness, *thalwegtest.Input[order]) {},
		"running": func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) { in.Send(order{}); h.Settle() },
		"asleep": func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) {
			in.Send(order{Customer: "slow"})
			h.Advance(time.Minute)
		},
		"closed": func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) { in.Close(); h.Settle() },
	} {
		if got := fatal(t, func(t thalwegtest.T) {
			h := thalwegtest.New(t)
			in := thalwegtest.Source[order](h)
			thalwegtest.Collect(h, stream.Async(in.Stream(), func(ctx context.Context, o order) (order, error) {
				if o.Customer == "slow" {
					return o, h.Sleep(ctx, time.Hour)
				}
				return o, nil
			}))
			f(h, in)
		}); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMisuseIsTold(t *testing.T) {
	for want, f := range map[string]func(h *thalwegtest.Harness, in *thalwegtest.Input[order]){
		"need times":           func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) { in.Timed(); in.Send(order{}) },
		"have no times":        func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) { in.Stream(); in.Watermark(at(1)) },
		"has a stream already": func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) { in.Stream(); in.Stream() },
		"is closed": func(h *thalwegtest.Harness, in *thalwegtest.Input[order]) {
			in.Stream()
			in.Close()
			in.Send(order{})
		},
	} {
		if got := fatal(t, func(t thalwegtest.T) {
			h := thalwegtest.New(t)
			f(h, thalwegtest.Source[order](h))
		}); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// BenchmarkADay feeds a day of event time, a record a second, with a watermark each, and
// lets a day of the engine's clock pass.
func BenchmarkADay(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		h := thalwegtest.New(b)
		in := thalwegtest.Source[order](h)
		out := thalwegtest.Collect(h, everyMinute(in.Timed()))
		for i := range int64(24 * 3600) {
			in.SendAt(at(i), order{"anna", 1, 0})
			in.Watermark(at(i))
		}
		h.Advance(24 * time.Hour)
		if n := len(out.Take()); n != 24*60-1 {
			b.Fatal(n)
		}
		if _, err := h.End(); err != nil {
			b.Fatal(err)
		}
	}
}
