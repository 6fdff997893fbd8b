package thalwegtest_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
	"github.com/thalweg/thalweg/window"
)

// unitsIn lists the units of a firing.
func unitsIn(f stream.Firing[order, string], emit func(string)) {
	text := f.Key
	for _, o := range f.Rows {
		text += fmt.Sprint(" ", o.Units)
	}
	emit(text)
}

func sendUnits(in *thalwegtest.Input[order], who string, units ...int64) {
	for _, n := range units {
		in.SendAt(at(n), order{Customer: who, Units: n})
	}
}

func TestSlidingCountsHaveTheLatestRecords(t *testing.T) {
	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	w := stream.KeyBy(orders.Timed(), customer).Window(window.CountSliding(4, 2))
	lists := thalwegtest.Collect(h, stream.ProcessWindow(w, unitsIn))
	sums := thalwegtest.Collect(h, stream.Map(w.Aggregate(agg.Sum(units)), func(r window.Result[order]) int64 { return r.Value.Units }))
	most := thalwegtest.Collect(h, stream.Map(w.Reduce(func(a, b order) order { a.Units = max(a.Units, b.Units); return a }),
		func(r window.Result[order]) int64 { return r.Value.Units }))

	sendUnits(orders, "anna", 1, 2, 3)
	expect(t, lists.Take(), "anna 1 2")
	sendUnits(orders, "ben", 1)
	sendUnits(orders, "anna", 4, 5, 6, 7)
	expect(t, lists.Take(), "anna 1 2 3 4", "anna 3 4 5 6")
	orders.Close()
	expect(t, lists.Take(), "anna 4 5 6 7", "ben 1")
	expect(t, sums.Take(), 3, 10, 18, 22, 1)
	expect(t, most.Take(), 2, 4, 6, 7, 1)
}

func TestWindowsLetRecordsGo(t *testing.T) {
	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	w := stream.KeyBy(orders.Timed(), customer).Window(window.Tumbling(time.Minute)).Trigger(window.Repeat(window.AfterCount(2)))
	distance := func(a, b order) float64 { return math.Abs(float64(a.Units - b.Units)) }
	recent := thalwegtest.Collect(h, stream.ProcessWindow(w.Evict(policy.Time(3*time.Second)), unitsIn))
	near := thalwegtest.Collect(h, stream.ProcessWindow(w.Evict(policy.Delta(3, distance, order{})), unitsIn))
	after := thalwegtest.Collect(h, stream.ProcessWindow(w.EvictAfter(policy.Count(1)), unitsIn))

	sendUnits(orders, "anna", 1, 2, 3, 5, 9, 6)
	expect(t, recent.Take(), "anna 1 2", "anna 3 5", "anna 9")
	expect(t, near.Take(), "anna 1 2", "anna 3 5", "anna 5 6")
	expect(t, after.Take(), "anna 1 2", "anna 2 3 5", "anna 5 9 6")
}

func TestWindowsFireByWhatIsInTheirRecords(t *testing.T) {
	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	w := stream.KeyBy(orders.Stream(), customer).Window(window.Global())
	distance := func(a, b order) float64 { return math.Abs(float64(a.Units - b.Units)) }
	far := thalwegtest.Collect(h, stream.ProcessWindow(w.Trigger(window.Repeat(window.AfterDelta(2, distance, order{}))).Discarding(), unitsIn))
	even := thalwegtest.Collect(h, stream.ProcessWindow(w.Trigger(window.Repeat(window.AfterRecord(func(o order) bool { return o.Units%2 == 0 }))), unitsIn))

	for _, n := range []int64{1, 3, 4, 5, 6, 1} {
		orders.Send(order{"anna", n, 0}, order{"ben", n % 3, 0})
	}
	expect(t, far.Take(), "anna 1 3", "anna 4 5 6", "anna 1") // ben's are all near
	expect(t, even.Take(), "ben 1 0", "anna 1 3 4", "ben 1 0 1 2", "anna 1 3 4 5 6", "ben 1 0 1 2 0")
}
