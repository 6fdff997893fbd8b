package thalwegtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/thalwegtest"
	"github.com/thalweg/thalweg/window"
)

type payment struct{ Payer string }

func payer(p *payment) *string { return &p.Payer }

// toldOf is what a window of orders and payments gave.
func toldOf(f stream.CoFiring[order, payment, string], emit func(string)) {
	emit(fmt.Sprint(f.Key, " ", len(f.First), " ", len(f.Second), " ", f.Timing))
}

func TestAWindowOfTwoStreamsWaitsForBothAndTakesLateRecordsOfBoth(t *testing.T) {
	h := thalwegtest.New(t)
	orders, payments := thalwegtest.Source[order](h), thalwegtest.Source[payment](h)
	lateOrders, latePayments := stream.NewSide[order]("late orders"), stream.NewSide[payment]("late payments")
	both := stream.WindowBoth(stream.KeyBy(orders.Timed(), customer), stream.KeyBy(payments.Timed(), payer), window.Tumbling(time.Minute)).
		Lateness(time.Minute)
	got := thalwegtest.Collect(h, stream.CoGroupWindow(both.LateTo(lateOrders, latePayments), toldOf))
	joined := thalwegtest.Collect(h, stream.JoinWindow(both, func(o order, p payment) int64 { return o.Units }))
	dropped, droppedToo := thalwegtest.Collect(h, lateOrders.Stream()), thalwegtest.Collect(h, latePayments.Stream())

	orders.SendAt(at(10), order{"anna", 3, 0}, order{"ben", 4, 0})
	payments.SendAt(at(50), payment{"anna"})
	orders.Watermark(at(60))
	expect(t, got.Take())
	payments.Watermark(at(60))
	expect(t, got.Take(), "anna 1 1 on time", "ben 1 0 on time")
	expect(t, joined.Take(), 3)
	payments.SendAt(at(20), payment{"ben"})
	expect(t, got.Take(), "ben 1 1 late")
	orders.Watermark(at(120))
	payments.Watermark(at(120))
	orders.SendAt(at(30), order{"ben", 9, 0})
	payments.SendAt(at(30), payment{"carl"})
	expect(t, got.Take())
	expect(t, joined.Take(), 4)
	expect(t, dropped.Take(), order{"ben", 9, 0})
	expect(t, droppedToo.Take(), payment{"carl"})
}

func TestAWindowOfTwoStreamsCountsBoth(t *testing.T) {
	h := thalwegtest.New(t)
	orders, payments := thalwegtest.Source[order](h), thalwegtest.Source[payment](h)
	both := stream.WindowBoth(stream.KeyBy(orders.Stream(), customer), stream.KeyBy(payments.Stream(), payer), window.Count(3))
	got := thalwegtest.Collect(h, stream.CoGroupWindow(both, toldOf))

	orders.Send(order{"anna", 3, 0}, order{"anna", 4, 0})
	expect(t, got.Take())
	payments.Send(payment{"anna"}, payment{"anna"})
	expect(t, got.Take(), "anna 2 1 early")
	orders.Close()
	payments.Close()
	expect(t, got.Take(), "anna 0 1 on time")
}
