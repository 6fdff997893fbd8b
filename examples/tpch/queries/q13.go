package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
)

// CustomerDistribution is a row of the answer to query 13.
type CustomerDistribution struct {
	Count    int64 `csv:"c_count"`
	CustDist int64 `csv:"custdist"`
}

// orderTally is how many orders a customer has placed.
type orderTally struct {
	CustKey int64
	Orders  int64
}

func tallyCustomer(t *orderTally) *int64                   { return &t.CustKey }
func tallyOrders(t *orderTally) *int64                     { return &t.Orders }
func distributionCount(d *CustomerDistribution) *int64     { return &d.Count }
func distributionCustomers(d *CustomerDistribution) *int64 { return &d.CustDist }

// Q13 is the customer distribution query: how many customers have placed how many
// orders, none included; orders with special requests do not count.
func Q13(from Tables) *batch.DataSet[CustomerDistribution] {
	customers := from.Customer()
	orders := from.Orders()
	plain := batch.FilterFields(orders, func(o struct{ Comment string }) bool { return !inTurn(o.Comment, "special", "requests") })

	placed := batch.MapFields(plain, func(o struct{ CustKey int64 }) orderTally { return orderTally{o.CustKey, 1} })
	tallies := batch.GroupBy(placed, tallyCustomer).Aggregate(agg.Sum(tallyOrders))
	counts := batch.LeftJoin(batch.MapFields(customers, keyOfCustomer), tallies, batch.On(itself, tallyCustomer),
		func(_ int64, t batch.Optional[orderTally]) CustomerDistribution {
			return CustomerDistribution{t.Value.Orders, 1} // 0 orders if there is no tally
		})
	distribution := batch.GroupBy(counts, distributionCount).Aggregate(agg.Sum(distributionCustomers))
	return batch.Sort(distribution, batch.Desc(distributionCustomers), batch.Desc(distributionCount))
}
