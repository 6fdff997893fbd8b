package queries

import (
	"cmp"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// LocalVolume is a row of the answer to query 5.
type LocalVolume struct {
	Nation  string          `csv:"n_name"`
	Revenue values.Decimal4 `csv:"revenue"`
}

// localOrder is an order of a customer of a nation.
type localOrder struct {
	OrderKey  int64
	NationKey int64
}

// localLine is a line item with its supplier, who may live in the nation.
type localLine struct {
	Supplier resident
	Revenue  values.Decimal4
}

func localOrderKey(o *localOrder) *int64         { return &o.OrderKey }
func localSupplier(l *localLine) *resident       { return &l.Supplier }
func localNation(l *localLine) *int64            { return &l.Supplier.NationKey }
func localRevenue(l *localLine) *values.Decimal4 { return &l.Revenue }

// Q5 is the local supplier volume query: what the customers of each nation of a region
// have ordered in a year from suppliers of their own nation.
func Q5(from Tables) *batch.DataSet[LocalVolume] {
	begin, end := values.Day(1994, 1, 1), values.Day(1995, 1, 1)

	customers := from.Customer()
	orders := from.Orders()
	lineItems := from.LineItem()
	suppliers := from.Supplier()
	asia := inRegion(from, from.Nation(), "ASIA")
	placed := batch.Where(orders, where.AtLeast(orderDate, begin), where.Below(orderDate, end))

	asians := batch.SemiJoin(batch.MapFields(customers, residentCustomer), asia, batch.On(residentNation, nationKey))
	ordered := batch.Join(asians, batch.Pick[purchase](placed), batch.On(residentKey, purchaseCustomer),
		func(r resident, p purchase) localOrder { return localOrder{p.OrderKey, r.NationKey} })
	sold := batch.Join(ordered, batch.MapFields(lineItems, deliveryOf), batch.On(localOrderKey, deliveryOrder),
		func(o localOrder, d delivery) localLine {
			return localLine{resident{d.SuppKey, o.NationKey}, d.Revenue}
		})
	local := batch.SemiJoin(sold, batch.MapFields(suppliers, residentSupplier), batch.On(localSupplier, residentItself))

	sums := batch.GroupBy(local, localNation).Aggregate(agg.Sum(localRevenue))
	volumes := batch.Join(asia, sums, batch.On(nationKey, localNation),
		func(n Nation, l localLine) LocalVolume { return LocalVolume{n.Name, l.Revenue} })
	return batch.Sort(volumes, batch.By(largest))
}

// largest puts higher revenues first.
func largest(a, b LocalVolume) int {
	return cmp.Or(cmp.Compare(b.Revenue, a.Revenue), cmp.Compare(a.Nation, b.Nation))
}
