package jobtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/internal/sim"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// dawdle lets others run for a while that depends on the record.
func dawdle(_ context.Context, c click) (click, error) {
	for range c.ID * 7919 % 13 {
		runtime.Gosched()
	}
	return c, nil
}

// repeat makes none, one or two of each click.
func repeat(ctx context.Context, c click) ([]click, error) {
	return slices.Repeat([]click{c}, int(c.ID%3)), ctx.Err()
}

// countTimely counts the clicks of each user in each second, and panics if one comes
// late or has lost its time.
func countTimely(clicks *stream.DataStream[click]) *stream.DataStream[bucketCount] {
	keyed := stream.KeyByFunc(clicks, func(c click) bucket { return bucket{c.User, c.Millis / 1000} })
	return stream.Process(keyed, func(ctx *stream.KeyedContext[bucket, bucketCount]) (stream.Handler[click], error) {
		count := state.NewValue[int64](ctx, "count")
		return stream.Handler[click]{
			Record: func(c click) {
				if ctx.Late() || ctx.Time().UnixMilli() != c.Millis {
					panic(fmt.Sprintf("%v has time %v at watermark %v", c, ctx.Time(), ctx.Watermark()))
				}
				count.Set(count.Get() + 1)
				ctx.SetTimer(time.UnixMilli((c.Millis/1000 + 1) * 1000))
			},
			Timer: func(time.Time) {
				ctx.Emit(bucketCount{ctx.Key(), count.Get(), ctx.Time().UnixMilli()})
				count.Clear()
			},
		}, nil
	})
}

func wantTimely(clicks []click) []string {
	counts := map[bucket]int64{}
	for _, c := range clicks {
		counts[bucket{c.User, c.Millis / 1000}] += c.ID % 3
	}
	var rows []bucketCount
	for b, n := range counts {
		if n > 0 {
			rows = append(rows, bucketCount{b, n, (b.Second + 1) * 1000})
		}
	}
	return jobtest.Lines(rows)
}

var asyncTimes = jobtest.Register(&jobtest.Program{
	Name: "asynchronous calls",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		clicks := timedClicks(env, out)
		ordered := stream.Async(clicks, dawdle, stream.Capacity(7))
		jobtest.KeepStream(out, "ordered", countTimely(stream.AsyncFlatMap(ordered, repeat)))
		unordered := stream.AsyncRich(clicks, func(ctx *thalweg.Context) (func(context.Context, click) (click, error), error) {
			calls := new(atomic.Int64)
			ctx.OnClose(func() error {
				ctx.Counter("calls").Add(calls.Load())
				return nil
			})
			return func(job context.Context, c click) (click, error) {
				calls.Add(1)
				return dawdle(job, c)
			}, nil
		}, stream.Unordered(), stream.Timeout(time.Hour), stream.Retry(1, 0))
		jobtest.KeepStream(out, "unordered", countTimely(stream.AsyncFlatMap(unordered, repeat, stream.Unordered(), stream.Capacity(1))))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		want := wantTimely(randomClicks(jobtest.Random(seed), 5000))
		return map[string][]string{"ordered": want, "unordered": slices.Clone(want)}
	},
})

func TestAsynchronousCallsKeepTimesAndWatermarks(t *testing.T) {
	check := jobtest.Watch(t)
	jobtest.Check(t, asyncTimes)
	check()
}

// simulated runs a program on one simulated machine.
func simulated(t *testing.T, seed uint64, build func(h *sim.Host, env *thalweg.Environment), options ...thalweg.Option) error {
	t.Helper()
	h := sim.New(seed)
	var err error
	if simErr := h.Run(func() {
		_, err = thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			build(h, env)
			return nil
		}, append(options, thalweg.OnHost(h))...)
	}); simErr != nil {
		t.Fatal(simErr)
	}
	return err
}

func TestOrderedCallsKeepTheOrderUnderEverySchedule(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		capacity, failing := 1+r.IntN(9), r.Int64N(4)
		var running, most atomic.Int64
		var tries [200]atomic.Int64
		var got []int64
		err := simulated(t, seed, func(h *sim.Host, env *thalweg.Environment) {
			n := stream.Sequence(env, 0, 200, 0).WithParallelism(1)
			stream.Collect(stream.Async(n, func(_ context.Context, n int64) (int64, error) {
				most.Store(max(most.Load(), running.Add(1)))
				defer running.Add(-1)
				h.Sleep(time.Duration(h.Random() % uint64(time.Second)))
				if tries[n].Add(1) <= n*failing%3 {
					return 0, errors.New("not yet")
				}
				return n, nil
			}, stream.Capacity(capacity), stream.RetryLonger(2, time.Second, time.Minute)).WithParallelism(1), &got)
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, n := range got {
			if n != int64(i) {
				t.Fatalf("seed %d: record %d is %d", seed, i, n)
			}
		}
		if len(got) != 200 || most.Load() != int64(capacity) {
			t.Fatalf("seed %d: %d records, %d of %d calls at a time", seed, len(got), most.Load(), capacity)
		}
	}
}

func TestUnorderedCallsGiveTheSameUnderAnySchedule(t *testing.T) {
	overtaken := 0
	for seed := range uint64(40) {
		clicks := randomClicks(jobtest.Random(seed), 400)
		var got []bucketCount
		var order []int64
		err := simulated(t, seed, func(h *sim.Host, env *thalweg.Environment) {
			timed := stream.AssignTime(stream.FromSlice(env, clicks), eventtime.Millis(clickMillis).Disorder(clickDisorder).OrderedSplits())
			answered := stream.Async(timed, func(_ context.Context, c click) (click, error) {
				h.Sleep(time.Duration(h.Random() % uint64(20*time.Millisecond)))
				order = append(order, c.ID)
				return c, nil
			}, stream.Unordered(), stream.Capacity(20))
			stream.Collect(countTimely(stream.AsyncFlatMap(answered, repeat, stream.Unordered())), &got)
		}, thalweg.WithParallelism(2))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if d := jobtest.Difference(jobtest.Lines(got), wantTimely(clicks)); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
		if !slices.IsSorted(order) {
			overtaken++
		}
	}
	if overtaken == 0 {
		t.Error("no call has overtaken another; the test shows nothing")
	}
}

// A call that is not answered in time is given up, tried again, and then fails the job.
func TestACallThatTakesTooLongIsTriedAgainAndThenFailsTheJob(t *testing.T) {
	var began []time.Duration
	err := simulated(t, jobtest.Seed(t), func(h *sim.Host, env *thalweg.Environment) {
		start := h.Now()
		stream.Discard(stream.Async(stream.FromSlice(env, []click{{ID: 5}}), func(ctx context.Context, c click) (click, error) {
			began = append(began, h.Now().Sub(start).Round(time.Second))
			for ctx.Err() == nil {
				h.Sleep(100 * time.Millisecond)
			}
			return c, fmt.Errorf("the server: %w", ctx.Err())
		}, stream.Timeout(10*time.Second), stream.Retry(2, time.Minute)))
	}, thalweg.WithParallelism(1))
	for _, part := range []string{`operator "async"`, "record 0", "ID:5", "after 3 attempts: no answer within 10s"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	if len(began) != 3 || (began[1]-began[0]).Round(5*time.Second) != 70*time.Second {
		t.Errorf("attempts began at %v", began)
	}
}

// A timeout is met by code that waits for its context, too.
func TestATimeoutEndsACallThatWaitsForItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			stream.Discard(stream.Async(stream.Sequence(env, 0, 10, 0), func(ctx context.Context, n int64) (int64, error) {
				if n == 3 {
					<-ctx.Done()
				}
				return n, ctx.Err()
			}, stream.Timeout(time.Minute)))
			return nil
		}, thalweg.WithParallelism(1))
		if !errors.Is(err, context.DeadlineExceeded) && (err == nil || !strings.Contains(err.Error(), "no answer within 1m0s")) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took < time.Minute || took > 2*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAFailingCallFailsTheJobAndLeavesNothingBehind(t *testing.T) {
	for how, want := range map[string]string{
		"error": "no such user", "panic": "panic: no such user", "goexit": "has ended its goroutine", "if": "no such user",
	} {
		check := jobtest.Watch(t)
		var calls atomic.Int64
		_, err := thalweg.Run(jobtest.Deadline(t), func(env *thalweg.Environment) error {
			stream.Discard(stream.Async(stream.Sequence(env, 0, 1000, 0), func(ctx context.Context, n int64) (int64, error) {
				if n != 77 {
					return n, nil
				}
				calls.Add(1)
				switch how {
				case "panic":
					panic("no such user")
				case "goexit":
					runtime.Goexit()
				}
				return n, errors.New("no such user")
			}, stream.Retry(3, 0), stream.RetryIf(func(error) bool { return how != "if" })))
			return nil
		}, thalweg.WithParallelism(1))
		for _, part := range []string{want, "record 77 77", "async_test.go:"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not say %q: %v", how, part, err)
			}
		}
		if n := calls.Load(); how == "error" && n != 4 || how != "error" && n != 1 {
			t.Errorf("%s: %d calls", how, n)
		}
		check()
	}
}

// A cancelled job ends calls that wait, also if the operator is full and its task waits.
func TestCancellingAJobEndsItsCalls(t *testing.T) {
	for _, capacity := range []int{1, 1000} {
		check := jobtest.Watch(t)
		ctx, cancel := context.WithCancel(jobtest.Deadline(t))
		_, err := thalweg.Run(ctx, func(env *thalweg.Environment) error {
			stream.Discard(stream.Async(stream.Sequence(env, 0, 100, 0), func(job context.Context, n int64) (int64, error) {
				if n == 0 {
					cancel()
				}
				<-job.Done()
				return 0, job.Err()
			}, stream.Capacity(capacity)))
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		check()
	}
}

func TestImpossibleAsyncOptionsRefuseTheProgram(t *testing.T) {
	_, err := thalweg.Run(jobtest.Deadline(t), func(env *thalweg.Environment) error {
		stream.Discard(stream.Async(stream.Sequence(env, 0, 100, 0), func(context.Context, int64) (int64, error) { return 0, nil }, stream.Capacity(0)))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "async_test.go:") || !strings.Contains(err.Error(), "capacity") {
		t.Errorf("got %v", err)
	}
}
