package thalwegtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
)

func TestALoopGoesOnAsLongAsItsInput(t *testing.T) {
	h := thalwegtest.New(t)
	numbers := thalwegtest.Source[int64](h)
	halves := stream.Iterate(numbers.Stream(), func(all *stream.DataStream[int64]) (back, out *stream.DataStream[int64]) {
		half := stream.Map(all, func(n int64) int64 { return n / 2 })
		return half.Filter(func(n int64) bool { return n > 0 }), half
	})
	got := thalwegtest.Collect(h, halves)

	numbers.Send(9)
	expect(t, got.Take(), 4, 2, 1, 0)
	h.Advance(time.Hour)
	numbers.Send(2)
	expect(t, got.Take(), 1, 0)
	numbers.Close()
	expect(t, got.Take())
}

func TestWhatComesBackToALoopThatIsOverIsAnError(t *testing.T) {
	h := thalwegtest.New(t)
	numbers := thalwegtest.Source[int64](h)
	sums := stream.Iterate(numbers.Stream(), func(all *stream.DataStream[int64]) (back, out *stream.DataStream[int64]) {
		sum := all.Window(policy.Count(3)).Reduce(func(a, b int64) int64 { return a + b }).Flatten()
		return sum.Filter(func(n int64) bool { return n < 100 }), sum
	})
	got := thalwegtest.Collect(h, sums)

	numbers.Send(1, 2, 3, 4)
	expect(t, got.Take(), 6)
	numbers.Close()
	_, err := h.End()
	if err == nil || !strings.Contains(err.Error(), "a record came back to a loop that was over") {
		t.Errorf("the job ended with %v", err)
	}
}
