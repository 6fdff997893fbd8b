package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
)

// ImportantStock is a row of the answer to query 11.
type ImportantStock struct {
	PartKey int64           `csv:"ps_partkey"`
	Value   values.Decimal2 `csv:"value"`
}

// stock is what a supplier has of a part.
type stock struct {
	ImportantStock
	SuppKey int64
}

func stockSupplier(s *stock) *int64                 { return &s.SuppKey }
func stockPart(s *ImportantStock) *int64            { return &s.PartKey }
func stockValue(s *ImportantStock) *values.Decimal2 { return &s.Value }

// Q11 is the important stock identification query: the parts that are more than a ten
// thousandth of the value of what the suppliers of a nation have in stock. The
// specification divides that fraction by the scale factor; here it is that of scale
// factor 1.
func Q11(from Tables) *batch.DataSet[ImportantStock] {
	partSupps := from.PartSupp()
	suppliers := from.Supplier()
	germany := theNation(from, "GERMANY")

	stocks := batch.MapFields(partSupps, func(p struct {
		offerKey
		AvailQty   int64
		SupplyCost values.Decimal2
	}) stock {
		return stock{ImportantStock{p.PartKey, p.SupplyCost * values.Decimal2(p.AvailQty)}, p.SuppKey}
	})
	germans := keysIn(germany, batch.MapFields(suppliers, residentSupplier))
	german := batch.SemiJoin(stocks, germans, batch.On(stockSupplier, itself))
	values := batch.Project(german, func(s stock) ImportantStock { return s.ImportantStock })

	sums := batch.GroupBy(values, stockPart).Aggregate(agg.Sum(stockValue))
	total := sums.Aggregate(agg.Sum(stockValue))
	important := batch.CrossFlat(sums, total, func(part, all ImportantStock, emit func(ImportantStock)) {
		if part.Value*10_000 > all.Value {
			emit(part)
		}
	})
	return batch.Sort(important, batch.Desc(stockValue), batch.Asc(stockPart))
}
