package queries

import (
	"slices"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// choice is parts of a brand in some containers up to a size, and how many pieces of
// one are ordered at once.
type choice struct {
	brand       string
	containers  []string
	size        int64
	least, most values.Decimal2
}

var choices = []choice{
	{"Brand#12", []string{"SM CASE", "SM BOX", "SM PACK", "SM PKG"}, 5, 1_00, 11_00},
	{"Brand#23", []string{"MED BAG", "MED BOX", "MED PKG", "MED PACK"}, 10, 10_00, 20_00},
	{"Brand#34", []string{"LG CASE", "LG BOX", "LG PACK", "LG PKG"}, 15, 20_00, 30_00},
}

// chosenPart is a part of one of the choices.
type chosenPart struct {
	PartKey     int64
	Least, Most values.Decimal2
}

// quantitySale is what query 19 needs of a line item.
type quantitySale struct {
	PartKey  int64
	Quantity values.Decimal2
	Revenue  values.Decimal4
}

func chosenKey(c *chosenPart) *int64          { return &c.PartKey }
func quantitySalePart(s *quantitySale) *int64 { return &s.PartKey }

// Q19 is the discounted revenue query: what was paid for line items that came by air
// and were delivered in person, of certain parts in certain quantities. Of no line
// items it makes no row.
func Q19(from Tables) *batch.DataSet[Revenue] {
	var wanted []where.Predicate[Part]
	for _, c := range choices {
		wanted = append(wanted, where.All(where.Equal(brand, c.brand), where.Between(partSize, 1, c.size), where.OneOf(container, c.containers...)))
	}
	flown := batch.Where(from.LineItem(), where.OneOf(lineShipMode, "AIR", "AIR REG"), where.Equal(shipInstruct, "DELIVER IN PERSON"),
		where.Between(quantity, 1_00, 30_00))
	sales := batch.MapFields(flown, func(l struct {
		PartKey  int64
		Quantity values.Decimal2
		priced
	}) quantitySale {
		return quantitySale{l.PartKey, l.Quantity, l.revenue()}
	})

	chosen := batch.MapFields(batch.Where(from.Part(), where.Any(wanted...)), quantities)
	revenues := batch.JoinFlat(chosen, sales, batch.On(chosenKey, quantitySalePart),
		func(c chosenPart, s quantitySale, emit func(Revenue)) {
			if s.Quantity >= c.Least && s.Quantity <= c.Most {
				emit(Revenue{s.Revenue})
			}
		})
	return revenues.Aggregate(agg.Sum(revenue))
}

// quantities makes of a part that is among the choices what the join needs of it. No part
// is in two: their brands differ.
func quantities(p struct {
	PartKey int64
	Brand   string
}) chosenPart {
	i := slices.IndexFunc(choices, func(c choice) bool { return c.brand == p.Brand })
	return chosenPart{p.PartKey, choices[i].least, choices[i].most}
}
