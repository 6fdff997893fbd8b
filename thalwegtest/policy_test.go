package thalwegtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
)

// Units of customers, of the latest five seconds, every second.
func Example_policies() {
	t := &exampleT{}
	defer t.end()

	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	latest := orders.Stream().Window(policy.Time(5 * time.Second)).Every(policy.Time(time.Second))
	sums := thalwegtest.Collect(h, stream.GroupBy(latest, customer).Aggregate(agg.Sum(units)).Flatten())

	orders.Send(order{Customer: "anna", Units: 3}, order{Customer: "ben", Units: 1}, order{Customer: "anna", Units: 4})
	h.Advance(time.Second)
	fmt.Println(sums.Take())
	orders.Send(order{Customer: "ben", Units: 2})
	h.Advance(time.Second)
	fmt.Println(sums.Take())
	h.Advance(3 * time.Second)
	fmt.Println(len(sums.Take()), "sums in three seconds")
	h.Advance(time.Second)
	fmt.Println(sums.Take())
	h.Advance(time.Second)
	fmt.Println(sums.Take())
	// Output:
	// [{anna 7 0} {ben 1 0}]
	// [{anna 7 0} {ben 3 0}]
	// 6 sums in three seconds
	// [{ben 2 0}]
	// []
}

// list makes a text of the records of a firing.
func list(f stream.WindowFiring[int64], emit func(string)) {
	emit(fmt.Sprint(f.At.Sub(at(0)), " ", f.Rows))
}

func TestWindowsOfAWholeStreamByEventTime(t *testing.T) {
	h := thalwegtest.New(t)
	numbers := thalwegtest.Source[int64](h)
	tumbling := numbers.Timed().Window(policy.Time(5 * time.Second).From(at(0)))
	got := thalwegtest.Collect(h, stream.MapWindows(tumbling, list).Flatten())

	for _, n := range []int64{7, 1, 3} {
		numbers.SendAt(at(n), n)
	}
	numbers.Watermark(at(4))
	expect(t, got.Take())
	numbers.Watermark(at(6))
	expect(t, got.Take(), "4.999999999s [1 3]")
	numbers.SendAt(at(5), 5) // late, and in the window that is open
	numbers.SendAt(at(20), 20)
	numbers.Watermark(at(12))
	expect(t, got.Take(), "9.999999999s [5 7]")
	numbers.Watermark(at(19))
	expect(t, got.Take())
	numbers.Close()
	expect(t, got.Take(), "24.999999999s [20]")
}

func TestWindowsOfKeysKnowNothingOfEachOtherButTime(t *testing.T) {
	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	byCustomer := stream.KeyBy(orders.Timed(), customer)
	of := func(w *stream.Windows[order]) *thalwegtest.Output[string] {
		return thalwegtest.Collect(h, stream.MapWindows(w, func(f stream.WindowFiring[order], emit func(string)) {
			var all []string
			for _, o := range f.Rows {
				all = append(all, fmt.Sprint(o.Customer, o.Units))
			}
			emit(strings.Join(all, " "))
		}).Flatten())
	}
	pairs := of(byCustomer.WindowBy(policy.Count(2)))
	latest := of(byCustomer.WindowBy(policy.Count(3)).Every(policy.Count(2).CountingFrom(-1)))
	times := of(byCustomer.WindowBy(policy.Time(10 * time.Second)))
	ends := of(byCustomer.WindowBy(policy.Punctuation(func(o order) bool { return o.Units == 0 })))

	orders.SendAt(at(1), order{"anna", 1, 0}, order{"ben", 1, 0}, order{"anna", 2, 0}, order{"anna", 3, 0})
	orders.Watermark(at(3))
	expect(t, pairs.Take(), "anna1 anna2")
	expect(t, latest.Take())
	orders.SendAt(at(5), order{"anna", 4, 0}, order{"ben", 0, 0})
	orders.Watermark(at(6))
	expect(t, pairs.Take())
	expect(t, latest.Take(), "anna1 anna2 anna3")
	expect(t, times.Take())
	expect(t, ends.Take(), "ben1")
	orders.SendAt(at(30), order{"carl", 5, 0})
	orders.Watermark(at(10)) // by the time of others
	expect(t, times.Take(), "anna1 anna2 anna3 anna4", "ben1 ben0")
	orders.Close()
	expect(t, pairs.Take(), "anna3 anna4", "ben1 ben0", "carl5")
	expect(t, times.Take(), "carl5")
}

func TestWindowsOfTheClockFireWithoutRecords(t *testing.T) {
	h := thalwegtest.New(t)
	numbers := thalwegtest.Source[int64](h)
	w := numbers.Stream().Window(policy.Time(3*time.Second)).Every(policy.Time(2*time.Second), policy.Punctuation(func(n int64) bool { return n < 0 }))
	rows := func(f stream.WindowFiring[int64], emit func(string)) { emit(fmt.Sprint(f.Rows)) }
	got := thalwegtest.Collect(h, stream.MapWindows(w, rows).Flatten())
	all := thalwegtest.Collect(h, stream.MapWindows(w.Empty(), rows).Flatten())

	h.Advance(10 * time.Second)
	expect(t, all.Take()) // there was no record yet
	numbers.Send(1)
	h.Advance(time.Second)
	numbers.Send(2, -1)
	expect(t, got.Take(), "[1 2]")
	h.Advance(time.Second)
	expect(t, got.Take(), "[1 2 -1]")
	h.Advance(2 * time.Second)
	expect(t, got.Take(), "[2 -1]")
	h.Advance(4 * time.Second)
	expect(t, got.Take())
	expect(t, all.Take(), "[1 2]", "[1 2 -1]", "[2 -1]", "[]", "[]")
}

func TestWhatIsDoneWithWindowsIsDoneWithinThem(t *testing.T) {
	h := thalwegtest.New(t)
	orders := thalwegtest.Source[order](h)
	w := orders.Stream().Window(policy.Count(4))
	byCustomer := stream.GroupBy(w, customer)
	add := func(a, b order) order { a.Units += b.Units; return a }
	zero := func() int64 { return 0 }
	sum := func(n int64, o order) int64 { return n + o.Units }
	reduced := thalwegtest.Collect(h, w.Reduce(add).Flatten())
	folded := thalwegtest.Collect(h, stream.FoldWindows(w, zero, sum).Flatten())
	most := thalwegtest.Collect(h, w.Aggregate(agg.Max(units)).Flatten())
	each := thalwegtest.Collect(h, byCustomer.Reduce(add).Flatten())
	eachFolded := thalwegtest.Collect(h, stream.FoldGroups(byCustomer, zero, sum).Flatten())
	again := thalwegtest.Collect(h, byCustomer.Aggregate(agg.Sum(units)).Aggregate(agg.Max(units)).Flatten())
	mapped := thalwegtest.Collect(h, stream.MapGroups(byCustomer, func(g stream.WindowGroup[order, string], emit func(string)) {
		emit(fmt.Sprint(g.Key, len(g.Rows), g.Rows[len(g.Rows)-1].Units))
	}).Flatten())
	whole := thalwegtest.Collect(h, stream.Map(stream.Firings(w), func(f stream.WindowFiring[order]) int { return len(f.Rows) }))

	orders.Send(order{"anna", 1, 0}, order{"ben", 2, 0}, order{"anna", 3, 0}, order{"anna", 4, 0}, order{"ben", 5, 0})
	expect(t, reduced.Take(), order{"anna", 10, 0})
	expect(t, folded.Take(), 10)
	expect(t, most.Take(), order{"anna", 4, 0})
	expect(t, each.Take(), order{"anna", 8, 0}, order{"ben", 2, 0})
	expect(t, eachFolded.Take(), 8, 2)
	expect(t, again.Take(), order{"anna", 8, 0})
	expect(t, mapped.Take(), "anna3 4", "ben1 2")
	expect(t, whole.Take(), 4)
	orders.Close()
	expect(t, each.Take(), order{"ben", 5, 0})
	expect(t, whole.Take(), 1)
}

func TestAFullStreamIsNeverEvicted(t *testing.T) {
	h := thalwegtest.New(t)
	numbers := thalwegtest.Source[float64](h)
	far := policy.Delta(2, policy.Euclidean(func(x float64) []float64 { return []float64{x} }), 0)
	got := thalwegtest.Collect(h, stream.Map(stream.Firings(numbers.Stream().Every(far)), func(f stream.WindowFiring[float64]) string { return fmt.Sprint(f.Rows) }))

	numbers.Send(1, 2, 3, 4, 5.5)
	expect(t, got.Take(), "[1 2]", "[1 2 3 4]")
	numbers.Close()
	expect(t, got.Take(), "[1 2 3 4 5.5]")
}
