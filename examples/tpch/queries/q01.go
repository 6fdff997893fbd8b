package queries

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// PricingSummary is a row of the answer to query 1.
type PricingSummary struct {
	Flags
	SumQty       values.Decimal2 `csv:"sum_qty"`
	SumBasePrice values.Decimal2 `csv:"sum_base_price"`
	SumDiscPrice values.Decimal4 `csv:"sum_disc_price"`
	SumCharge    values.Decimal6 `csv:"sum_charge"`
	AvgQty       float64         `csv:"avg_qty"`
	AvgPrice     float64         `csv:"avg_price"`
	AvgDisc      float64         `csv:"avg_disc"`
	CountOrder   int64           `csv:"count_order"`
}

// Flags are what query 1 groups by.
type Flags struct {
	ReturnFlag string `csv:"l_returnflag"`
	LineStatus string `csv:"l_linestatus"`
}

func flags(p *PricingSummary) *Flags                  { return &p.Flags }
func sumQty(p *PricingSummary) *values.Decimal2       { return &p.SumQty }
func sumBasePrice(p *PricingSummary) *values.Decimal2 { return &p.SumBasePrice }
func sumDiscPrice(p *PricingSummary) *values.Decimal4 { return &p.SumDiscPrice }
func sumCharge(p *PricingSummary) *values.Decimal6    { return &p.SumCharge }
func avgQty(p *PricingSummary) *float64               { return &p.AvgQty }
func avgPrice(p *PricingSummary) *float64             { return &p.AvgPrice }
func avgDisc(p *PricingSummary) *float64              { return &p.AvgDisc }
func countOrder(p *PricingSummary) *int64             { return &p.CountOrder }

// pricedLine is what query 1 reads of a line item.
type pricedLine struct {
	Flags
	Quantity values.Decimal2
	Tax      values.Decimal2
	priced
}

// charge is the revenue with tax.
func (l *pricedLine) charge() values.Decimal6 {
	return values.Decimal6(l.revenue()) * values.Decimal6(100+l.Tax)
}

// Q1 is the pricing summary report: all that was shipped by a day, by flags.
func Q1(from Tables) *batch.DataSet[PricingSummary] {
	last := values.Day(1998, 12, 1) - 90

	shipped := batch.Where(from.LineItem(), where.AtMost(shipDate, last))
	lines := batch.MapFields(shipped, func(l pricedLine) PricingSummary {
		return PricingSummary{
			Flags:  l.Flags,
			SumQty: l.Quantity, SumBasePrice: l.ExtendedPrice, SumDiscPrice: l.revenue(), SumCharge: l.charge(),
			// Floats that are whole numbers add up exactly: these are hundredths.
			AvgQty: float64(l.Quantity), AvgPrice: float64(l.ExtendedPrice), AvgDisc: float64(l.Discount),
		}
	})
	sums := batch.GroupBy(lines, flags).Aggregate(
		agg.Sum(sumQty), agg.Sum(sumBasePrice), agg.Sum(sumDiscPrice), agg.Sum(sumCharge),
		agg.Sum(avgQty), agg.Sum(avgPrice), agg.Sum(avgDisc), agg.Count(countOrder))
	answer := batch.Map(sums, func(p PricingSummary) PricingSummary {
		hundredths := 100 * float64(p.CountOrder)
		p.AvgQty /= hundredths
		p.AvgPrice /= hundredths
		p.AvgDisc /= hundredths
		return p
	})
	return batch.Sort(answer, batch.Asc(flags))
}
