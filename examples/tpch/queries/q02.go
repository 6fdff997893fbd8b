package queries

import (
	"cmp"
	"iter"
	"strings"

	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/examples/tpch/values"
	"github.com/thalweg/thalweg/where"
)

// MinimumCostSupplier is a row of the answer to query 2.
type MinimumCostSupplier struct {
	AcctBal values.Decimal2 `csv:"s_acctbal"`
	Name    string          `csv:"s_name"`
	Nation  string          `csv:"n_name"`
	PartKey int64           `csv:"p_partkey"`
	Mfgr    string          `csv:"p_mfgr"`
	Address string          `csv:"s_address"`
	Phone   string          `csv:"s_phone"`
	Comment string          `csv:"s_comment"`
}

// made is what query 2 needs of a part.
type made struct {
	PartKey int64
	Mfgr    string
}

// offer is what a supplier wants for a part.
type offer struct {
	made
	SuppKey int64
	Cost    values.Decimal2
}

// european is a supplier of a part who may be the cheapest.
type european struct {
	MinimumCostSupplier
	Cost values.Decimal2
}

func madeKey(m *made) *int64                    { return &m.PartKey }
func offerSupplier(o *offer) *int64             { return &o.SuppKey }
func europeanPart(e *european) *int64           { return &e.PartKey }
func europeanCost(e *european) *values.Decimal2 { return &e.Cost }

// Q2 is the minimum cost supplier query: the suppliers of a region who ask least for
// parts of a size and a metal, each as often as it has such parts; the hundred with
// most money.
func Q2(from Tables) *batch.DataSet[MinimumCostSupplier] {
	partSupps := batch.Pick[pricedOffer](from.PartSupp())
	suppliers := from.Supplier()
	europe := inRegion(from, from.Nation(), "EUROPE")

	sized := batch.Where(from.Part(), where.Equal(partSize, 15))
	brass := batch.FilterFields(sized, func(p struct{ Type string }) bool { return strings.HasSuffix(p.Type, "BRASS") })
	offers := batch.Join(batch.Pick[made](brass), partSupps,
		batch.On(madeKey, pricedPart),
		func(m made, p pricedOffer) offer { return offer{m, p.SuppKey, p.SupplyCost} })
	sellers := batch.Join(europe, suppliers, batch.On(nationKey, supplierNationKey), batch.MakePair[Nation, Supplier])
	candidates := batch.Join(offers, sellers, batch.On(offerSupplier, sellerKey), candidate)

	byPart := batch.SortGroups(batch.GroupBy(candidates, europeanPart), batch.Asc(europeanCost))
	return batch.ReduceGroup(byPart, cheapest).Top(100, richest)
}

func sellerKey(p *batch.Pair[Nation, Supplier]) *int64 { return &p.Second.SuppKey }

func candidate(o offer, p batch.Pair[Nation, Supplier]) european {
	n, s := p.First, p.Second
	return european{MinimumCostSupplier{s.AcctBal, s.Name, n.Name, o.PartKey, o.Mfgr, s.Address, s.Phone, s.Comment}, o.Cost}
}

// cheapest keeps the suppliers of a part, of which the cheapest come first, that are
// as cheap as the first one.
func cheapest(suppliers iter.Seq[european], emit func(MinimumCostSupplier)) {
	least := values.Decimal2(-1)
	for s := range suppliers {
		if least >= 0 && s.Cost > least {
			return
		}
		least = s.Cost
		emit(s.MinimumCostSupplier)
	}
}

// richest puts higher balances first, then nations and names.
func richest(a, b MinimumCostSupplier) int {
	return cmp.Or(cmp.Compare(b.AcctBal, a.AcctBal), cmp.Compare(a.Nation, b.Nation), cmp.Compare(a.Name, b.Name), cmp.Compare(a.PartKey, b.PartKey))
}
