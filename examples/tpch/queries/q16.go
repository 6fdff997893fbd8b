package queries

import (
	"strings"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/where"
)

// SupplierCount is a row of the answer to query 16.
type SupplierCount struct {
	PartKind
	Suppliers int64 `csv:"supplier_cnt"`
}

// PartKind is what query 16 groups by.
type PartKind struct {
	Brand string `csv:"p_brand"`
	Type  string `csv:"p_type"`
	Size  int64  `csv:"p_size"`
}

// kindPart is what query 16 needs of a part.
type kindPart struct {
	PartKey int64
	PartKind
}

// kindOffer says that a supplier has parts of a kind.
type kindOffer struct {
	PartKind
	SuppKey int64
}

func kindPartKey(p *kindPart) *int64           { return &p.PartKey }
func kindSupplier(o *kindOffer) *int64         { return &o.SuppKey }
func countedKind(c *SupplierCount) *PartKind   { return &c.PartKind }
func countedSuppliers(c *SupplierCount) *int64 { return &c.Suppliers }

// Q16 is the parts/supplier relationship query: how many suppliers, of whom no customer
// complains, have parts of a brand, type and size.
func Q16(from Tables) *batch.DataSet[SupplierCount] {
	partSupps := from.PartSupp()
	parts := from.Part()
	suppliers := from.Supplier()
	sized := batch.Where(parts, where.OneOf(partSize, 49, 14, 23, 45, 19, 3, 36, 9))
	wanted := batch.FilterFields(sized, func(p struct{ Brand, Type string }) bool {
		return p.Brand != "Brand#45" && !strings.HasPrefix(p.Type, "MEDIUM POLISHED")
	})
	bad := batch.FilterFields(suppliers, func(s struct{ Comment string }) bool { return inTurn(s.Comment, "Customer", "Complaints") })

	offers := batch.Pick[offerKey](partSupps)
	kinds := batch.Pick[kindPart](wanted)
	ofKinds := batch.Join(kinds, offers, batch.On(kindPartKey, offerPart),
		func(p kindPart, o offerKey) kindOffer { return kindOffer{p.PartKind, o.SuppKey} })
	good := batch.AntiJoin(ofKinds, batch.MapFields(bad, keyOfSupplier), batch.On(kindSupplier, itself))
	distinct := batch.Project(batch.Distinct(good), func(o kindOffer) SupplierCount { return SupplierCount{o.PartKind, 1} })
	counts := batch.GroupBy(distinct, countedKind).Aggregate(agg.Sum(countedSuppliers))
	return batch.Sort(counts, batch.Desc(countedSuppliers), batch.Asc(countedKind))
}
