package stream

import (
	"context"
	"fmt"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Async makes one record of each record by a call that may take long, such as a question
// to a server. Calls run on goroutines of their own, many at the same time, so call must
// be safe for that; when as many records as the [Capacity] are under way, the operator
// takes no more input. Results leave in the order of their records, unless [Unordered],
// and keep the event times of these. Watermarks wait for the records before them, and at
// the end of the input all calls are awaited.
//
// ctx is done when the attempt's [Timeout] is over or the subtask ends: a call that does
// not return then keeps its place, and the job from ending. An error, after the attempts
// of [Retry], fails the job and names the record.
func Async[I, O any](d *DataStream[I], call func(ctx context.Context, record I) (O, error), options ...AsyncOption) *DataStream[O] {
	return AsyncRich(d, skin.Plain(d.flow.Graph, call), options...)
}

// AsyncRich is Async with a function that is made for each subtask, such as one with a
// client of its own; see [MapRich].
func AsyncRich[I, O any](d *DataStream[I], open func(*thalweg.Context) (func(context.Context, I) (O, error), error), options ...AsyncOption) *DataStream[O] {
	return asyncNode(d, func(ctx *thalweg.Context) (step.AsyncCall[I, O], error) {
		call, err := open(ctx)
		return func(ctx context.Context, record I, emit func(O)) error {
			result, err := call(ctx, record)
			if err == nil {
				emit(result)
			}
			return err
		}, err
	}, options)
}

// AsyncFlatMap is Async for calls that make any number of records of each record: they
// return them, in order.
func AsyncFlatMap[I, O any](d *DataStream[I], call func(ctx context.Context, record I) ([]O, error), options ...AsyncOption) *DataStream[O] {
	return AsyncFlatMapRich(d, skin.Plain(d.flow.Graph, call), options...)
}

// AsyncFlatMapRich is AsyncFlatMap with a function that is made for each subtask; see
// [MapRich].
func AsyncFlatMapRich[I, O any](d *DataStream[I], open func(*thalweg.Context) (func(context.Context, I) ([]O, error), error), options ...AsyncOption) *DataStream[O] {
	return asyncNode(d, func(ctx *thalweg.Context) (step.AsyncCall[I, O], error) {
		call, err := open(ctx)
		return func(ctx context.Context, record I, emit func(O)) error {
			results, err := call(ctx, record)
			for _, r := range results {
				emit(r)
			}
			return err
		}, err
	}, options)
}

func asyncNode[I, O any](d *DataStream[I], open step.Open[step.AsyncCall[I, O]], options []AsyncOption) *DataStream[O] {
	g := d.flow.Graph
	o := step.AsyncOptions{Capacity: defaultCapacity}
	for _, option := range options {
		option(&o)
	}
	if o.Capacity < 1 || o.Timeout < 0 || o.Retry.Times < 0 || o.Retry.First < 0 || o.Retry.Most < 0 {
		skin.Mistake(g, fmt.Errorf("async: the capacity must be positive, and no time or number of retries negative: %+v", o))
	}
	return of(skin.Add[O](g, skin.Node{
		Kind: "async", Detail: asyncDetail(o), Time: plan.PassTimes, Factory: step.Async(open, o),
	}, d.flow.Input))
}

// defaultCapacity is how many records are under way in a subtask if the program does not
// say.
const defaultCapacity = 100

// AsyncOption changes how the calls of [Async] are made.
type AsyncOption func(*step.AsyncOptions)

// Capacity sets how many records may be under way in each subtask: as many calls run at
// the same time, at most. It is 100 by default.
func Capacity(n int) AsyncOption { return func(o *step.AsyncOptions) { o.Capacity = n } }

// Unordered has results leave as they come. They still do not go past a watermark, so
// that nothing gets late.
func Unordered() AsyncOption { return func(o *step.AsyncOptions) { o.Unordered = true } }

// Timeout sets how long an attempt may take, by the engine's clock.
func Timeout(d time.Duration) AsyncOption { return func(o *step.AsyncOptions) { o.Timeout = d } }

// Retry has a call that failed tried again up to n times, each time after pause. A panic
// is not tried again.
func Retry(n int, pause time.Duration) AsyncOption {
	return func(o *step.AsyncOptions) { o.Retry.Times, o.Retry.First, o.Retry.Most = n, pause, 0 }
}

// RetryLonger is [Retry] with pauses that double, from first up to most. Each is cut by
// up to a half, at random, so that calls which failed together do not come back together.
func RetryLonger(n int, first, most time.Duration) AsyncOption {
	return func(o *step.AsyncOptions) { o.Retry.Times, o.Retry.First, o.Retry.Most = n, first, most }
}

// RetryIf says which errors are worth another attempt; without it all are.
func RetryIf(worth func(error) bool) AsyncOption {
	return func(o *step.AsyncOptions) { o.Retry.If = worth }
}

// asyncDetail describes the options in plans.
func asyncDetail(o step.AsyncOptions) []string {
	detail := []string{fmt.Sprintf("capacity %d", o.Capacity)}
	if o.Unordered {
		detail = append(detail, "unordered")
	}
	if o.Timeout > 0 {
		detail = append(detail, "timeout "+o.Timeout.String())
	}
	if o.Retry.Times > 0 {
		detail = append(detail, fmt.Sprintf("%d retries", o.Retry.Times))
	}
	return detail
}
