package thalwegtest_test

import (
	"context"
	"fmt"
	"time"

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
