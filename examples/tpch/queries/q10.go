package queries

import (
	"cmp"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// ReturningCustomer is a row of the answer to query 10.
type ReturningCustomer struct {
	CustKey int64           `csv:"c_custkey"`
	Name    string          `csv:"c_name"`
	Revenue values.Decimal4 `csv:"revenue"`
	AcctBal values.Decimal2 `csv:"c_acctbal"`
	Nation  string          `csv:"n_name"`
	Address string          `csv:"c_address"`
	Phone   string          `csv:"c_phone"`
	Comment string          `csv:"c_comment"`
}

// returning is what query 10 needs of a customer.
type returning struct {
	CustKey   int64
	Name      string
	Address   string
	NationKey int64
	Phone     string
	AcctBal   values.Decimal2
	Comment   string
}

// loss is what a customer has returned.
type loss struct {
	CustKey int64
	Revenue values.Decimal4
}

func lossCustomer(l *loss) *int64              { return &l.CustKey }
func lossRevenue(l *loss) *values.Decimal4     { return &l.Revenue }
func customerNationKey(c *returning) *int64    { return &c.NationKey }
func returningKey(r *ReturningCustomer) *int64 { return &r.CustKey }

// Q10 is the returned item reporting query: the twenty customers who have returned
// most of what they ordered in a quarter.
func Q10(from Tables) *batch.DataSet[ReturningCustomer] {
	begin, end := values.Day(1993, 10, 1), values.Day(1994, 1, 1)

	orders := from.Orders()
	lineItems := from.LineItem()
	everybody := batch.Pick[returning](from.Customer())
	nations := from.Nation()
	placed := batch.Where(orders, where.AtLeast(orderDate, begin), where.Below(orderDate, end))
	returned := batch.Where(lineItems, where.Equal(returnFlag, "R"))

	losses := batch.Join(batch.Pick[purchase](placed), batch.MapFields(returned, lineOf), batch.On(purchaseOrder, lineOrderKey),
		func(o purchase, l Line) loss { return loss{o.CustKey, l.Revenue} })
	sums := batch.GroupBy(losses, lossCustomer).Aggregate(agg.Sum(lossRevenue))

	customers := batch.Join(everybody, nations, batch.On(customerNationKey, nationKey),
		func(c returning, n Nation) ReturningCustomer {
			return ReturningCustomer{c.CustKey, c.Name, 0, c.AcctBal, n.Name, c.Address, c.Phone, c.Comment}
		}, batch.SecondIsTiny)
	answer := batch.Join(sums, customers, batch.On(lossCustomer, returningKey),
		func(l loss, r ReturningCustomer) ReturningCustomer { r.Revenue = l.Revenue; return r })
	return answer.Top(20, mostReturned)
}

// mostReturned puts higher revenues first.
func mostReturned(a, b ReturningCustomer) int {
	return cmp.Or(cmp.Compare(b.Revenue, a.Revenue), cmp.Compare(a.CustKey, b.CustKey))
}
