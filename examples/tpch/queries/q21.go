package queries

import (
	"cmp"
	"math"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// WaitingSupplier is a row of the answer to query 21.
type WaitingSupplier struct {
	Name    string `csv:"s_name"`
	NumWait int64  `csv:"numwait"`
}

// seller is what query 21 needs of a supplier.
type seller struct {
	SuppKey   int64
	Name      string
	NationKey int64
}

// waiting is what query 21 needs of a line item, and of all those of an order: the
// least and the greatest key of their suppliers, and of the suppliers of those that
// came late, and how many came late. A set has one element if its least and greatest
// are the same, which is how the query's "other suppliers" are found without pairs.
type waiting struct {
	OrderKey            int64
	Least, Greatest     int64
	LateLeast, LateMost int64 // in this order; if none came late the other way round
	Late                int64
}

func sellerSupplier(s *seller) *int64      { return &s.SuppKey }
func sellerNation(s *seller) *int64        { return &s.NationKey }
func waitingOrder(w *waiting) *int64       { return &w.OrderKey }
func waitingLeast(w *waiting) *int64       { return &w.Least }
func waitingGreatest(w *waiting) *int64    { return &w.Greatest }
func waitingLateLeast(w *waiting) *int64   { return &w.LateLeast }
func waitingLateMost(w *waiting) *int64    { return &w.LateMost }
func waitingLate(w *waiting) *int64        { return &w.Late }
func waitedFor(s *WaitingSupplier) *string { return &s.Name }
func numWait(s *WaitingSupplier) *int64    { return &s.NumWait }

// Q21 is the suppliers who kept orders waiting query: the hundred suppliers of a nation
// who, in orders of several suppliers, have most often been the only ones who were
// late.
func Q21(from Tables) *batch.DataSet[WaitingSupplier] {
	suppliers := batch.Pick[seller](from.Supplier())
	lineItems := from.LineItem()
	orders := from.Orders()
	arabia := theNation(from, "SAUDI ARABIA")
	finished := batch.Where(orders, where.Equal(orderStatus, "F"))

	lines := batch.MapFields(lineItems, func(l struct {
		OrderKey, SuppKey       int64
		CommitDate, ReceiptDate values.Date
	}) waiting {
		if l.ReceiptDate > l.CommitDate {
			return waiting{l.OrderKey, l.SuppKey, l.SuppKey, l.SuppKey, l.SuppKey, 1}
		}
		return waiting{l.OrderKey, l.SuppKey, l.SuppKey, math.MaxInt64, math.MinInt64, 0}
	})
	byOrder := batch.GroupBy(lines, waitingOrder).Aggregate(
		agg.Min(waitingLeast), agg.Max(waitingGreatest), agg.Min(waitingLateLeast), agg.Max(waitingLateMost), agg.Sum(waitingLate))
	alone := byOrder.Filter(func(w waiting) bool { return w.Least < w.Greatest && w.LateLeast == w.LateMost })

	arabian := batch.SemiJoin(suppliers, arabia, batch.On(sellerNation, nationKey))
	failed := batch.SemiJoin(alone, batch.MapFields(finished, keyOfOrder), batch.On(waitingOrder, itself))
	waits := batch.Join(arabian, failed, batch.On(sellerSupplier, waitingLateLeast),
		func(s seller, w waiting) WaitingSupplier { return WaitingSupplier{s.Name, w.Late} })
	return batch.GroupBy(waits, waitedFor).Aggregate(agg.Sum(numWait)).Top(100, mostWaited)
}

// mostWaited puts suppliers who were waited for more often first.
func mostWaited(a, b WaitingSupplier) int {
	return cmp.Or(cmp.Compare(b.NumWait, a.NumWait), cmp.Compare(a.Name, b.Name))
}
