package thalwegtest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
)

// exampleT stands for the *testing.T that a test has and an example has not.
type exampleT struct{ cleanups []func() }

func (*exampleT) Helper()            {}
func (*exampleT) Error(args ...any)  { fmt.Println(args...) }
func (*exampleT) Fatal(args ...any)  { panic(fmt.Sprint(args...)) }
func (t *exampleT) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
}

// A program that sums up orders at the end of each minute of event time.
func Example() {
	t := &exampleT{}
	defer t.end()

	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	totals := thalwegtest.Collect(h, everyMinute(orders.Timed()))

	orders.SendAt(at(10), order{Customer: "anna", Units: 3})
	orders.SendAt(at(50), order{Customer: "anna", Units: 4})
	orders.Watermark(at(59))
	fmt.Println("before the end of the minute:", totals.Take())
	orders.Watermark(at(60))
	fmt.Println("after it:", totals.Take())
	// Output:
	// before the end of the minute: []
	// after it: [{anna 7 60}]
}

// A server that takes three seconds for an answer.
func ExampleHarness_Sleep() {
	t := &exampleT{}
	defer t.end()

	h := thalwegtest.New(t)
	questions := thalwegtest.Source[string](h)
	answers := thalwegtest.Collect(h, stream.Async(questions.Stream(), func(ctx context.Context, q string) (string, error) {
		return q + "!", h.Sleep(ctx, 3*time.Second)
	}))

	questions.Send("well", "really")
	h.Advance(2 * time.Second)
	fmt.Println(answers.Take())
	h.Advance(time.Second)
	fmt.Println(answers.Take())
	// Output:
	// []
	// [well! really!]
}

// A stream of which each record goes on once an hour only: what was seen has a time to
// live.
func Example_timeToLive() {
	t := &exampleT{}
	defer t.end()

	h := thalwegtest.New(t)
	clicks := thalwegtest.Source[string](h)
	byName := stream.KeyByFunc(clicks.Stream(), func(name string) string { return name })
	first := thalwegtest.Collect(h, stream.Process(byName, func(ctx *stream.KeyedContext[string, string]) (stream.Handler[string], error) {
		seen := state.NewValue[bool](ctx, "seen", state.TTL(time.Hour))
		return stream.Handler[string]{Record: func(name string) {
			if !seen.Get() {
				seen.Set(true)
				ctx.Emit(name)
			}
		}}, nil
	}))

	clicks.Send("anna", "anna", "ben")
	fmt.Println(first.Take())
	h.Advance(59 * time.Minute)
	clicks.Send("anna")
	fmt.Println(first.Take())
	h.Advance(time.Minute)
	clicks.Send("anna")
	fmt.Println(first.Take())
	// Output:
	// [anna ben]
	// []
	// [anna]
}
