package queries

import (
	"strings"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// PromoRevenue is the answer to query 14.
type PromoRevenue struct {
	Percent float64 `csv:"promo_revenue"`
}

// promo is the revenue of parts on promotion, and of all.
type promo struct{ Promoted, All values.Decimal4 }

func promoted(p *promo) *values.Decimal4 { return &p.Promoted }
func all(p *promo) *values.Decimal4      { return &p.All }

// sale is what query 14 needs of a line item.
type sale struct {
	PartKey int64
	Revenue values.Decimal4
}

// promotedPart is what it needs of a part.
type promotedPart struct {
	PartKey  int64
	Promoted bool
}

func promotedPartKey(p *promotedPart) *int64 { return &p.PartKey }
func salePart(s *sale) *int64                { return &s.PartKey }

// Q14 is the promotion effect query: how much of a month's revenue came from parts
// on promotion. Of no line items it makes no row, where SQL makes one with a null.
func Q14(from Tables) *batch.DataSet[PromoRevenue] {
	begin, end := values.Day(1995, 9, 1), values.Day(1995, 10, 1)

	lineItems := from.LineItem()
	parts := from.Part()
	shipped := batch.Where(lineItems, where.AtLeast(shipDate, begin), where.Below(shipDate, end))
	sales := batch.MapFields(shipped, func(l struct {
		PartKey int64
		priced
	}) sale {
		return sale{l.PartKey, l.revenue()}
	})

	kinds := batch.MapFields(parts, func(p struct {
		PartKey int64
		Type    string
	}) promotedPart {
		return promotedPart{p.PartKey, strings.HasPrefix(p.Type, "PROMO")}
	})

	revenues := batch.Join(sales, kinds, batch.On(salePart, promotedPartKey), func(s sale, p promotedPart) promo {
		if p.Promoted {
			return promo{s.Revenue, s.Revenue}
		}
		return promo{0, s.Revenue}
	})
	sum := revenues.Aggregate(agg.Sum(promoted), agg.Sum(all))
	return batch.Map(sum, func(p promo) PromoRevenue { return PromoRevenue{100 * p.Promoted.Float() / p.All.Float()} })
}
