package queries

import (
	"slices"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
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
	var brands, containers []string
	for _, c := range choices {
		brands, containers = append(brands, c.brand), append(containers, c.containers...)
	}
	parts := from.Part(Scan[Part]{
		Columns: []string{"p_partkey", "p_brand", "p_size", "p_container"},
		Texts:   append(texts(brand, brands...), texts(container, containers...)...),
	})
	lineItems := from.LineItem(Scan[LineItem]{
		Columns: []string{"l_partkey", "l_quantity", "l_extendedprice", "l_discount", "l_shipinstruct", "l_shipmode"},
		Numbers: []Range[LineItem, values.Decimal2]{{quantity, 1_00, 30_00}},
		Texts:   append(texts(lineShipMode, "AIR", "AIR REG"), texts(shipInstruct, "DELIVER IN PERSON")...),
	})
	flown := lineItems.Filter(func(l LineItem) bool {
		return (l.ShipMode == "AIR" || l.ShipMode == "AIR REG") && l.ShipInstruct == "DELIVER IN PERSON" &&
			l.Quantity >= 1_00 && l.Quantity <= 30_00
	})
	sales := batch.Project(flown, func(l LineItem) quantitySale { return quantitySale{l.PartKey, l.Quantity, l.revenue()} })

	chosen := batch.FlatMap(parts, choose)
	revenues := batch.JoinFlat(chosen, sales, batch.On(chosenKey, quantitySalePart),
		func(c chosenPart, s quantitySale, emit func(Revenue)) {
			if s.Quantity >= c.Least && s.Quantity <= c.Most {
				emit(Revenue{s.Revenue})
			}
		})
	return revenues.Aggregate(agg.Sum(revenue))
}

// choose makes of a part that is among the choices what the join needs of it. No part
// is in two: their brands differ.
func choose(p Part, emit func(chosenPart)) {
	for _, c := range choices {
		if p.Brand == c.brand && p.Size >= 1 && p.Size <= c.size && slices.Contains(c.containers, p.Container) {
			emit(chosenPart{p.PartKey, c.least, c.most})
		}
	}
}
