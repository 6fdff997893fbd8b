package tpchgen

import (
	"slices"

	"github.com/thalweg/thalweg/examples/tpch/values"
)

// The rows of the tables, with all their columns in the order and by the names of
// the specification.
type (
	Region struct {
		Key     int64  `csv:"r_regionkey" parquet:"r_regionkey"`
		Name    string `csv:"r_name" parquet:"r_name"`
		Comment string `csv:"r_comment" parquet:"r_comment"`
	}

	Nation struct {
		Key       int64  `csv:"n_nationkey" parquet:"n_nationkey"`
		Name      string `csv:"n_name" parquet:"n_name"`
		RegionKey int64  `csv:"n_regionkey" parquet:"n_regionkey"`
		Comment   string `csv:"n_comment" parquet:"n_comment"`
	}

	Supplier struct {
		Key       int64           `csv:"s_suppkey" parquet:"s_suppkey"`
		Name      string          `csv:"s_name" parquet:"s_name"`
		Address   string          `csv:"s_address" parquet:"s_address"`
		NationKey int64           `csv:"s_nationkey" parquet:"s_nationkey"`
		Phone     string          `csv:"s_phone" parquet:"s_phone"`
		AcctBal   values.Decimal2 `csv:"s_acctbal" parquet:"s_acctbal,scale=2"`
		Comment   string          `csv:"s_comment" parquet:"s_comment"`
	}

	Part struct {
		Key         int64           `csv:"p_partkey" parquet:"p_partkey"`
		Name        string          `csv:"p_name" parquet:"p_name"`
		Mfgr        string          `csv:"p_mfgr" parquet:"p_mfgr"`
		Brand       string          `csv:"p_brand" parquet:"p_brand"`
		Type        string          `csv:"p_type" parquet:"p_type"`
		Size        int64           `csv:"p_size" parquet:"p_size"`
		Container   string          `csv:"p_container" parquet:"p_container"`
		RetailPrice values.Decimal2 `csv:"p_retailprice" parquet:"p_retailprice,scale=2"`
		Comment     string          `csv:"p_comment" parquet:"p_comment"`
	}

	PartSupp struct {
		PartKey    int64           `csv:"ps_partkey" parquet:"ps_partkey"`
		SuppKey    int64           `csv:"ps_suppkey" parquet:"ps_suppkey"`
		AvailQty   int64           `csv:"ps_availqty" parquet:"ps_availqty"`
		SupplyCost values.Decimal2 `csv:"ps_supplycost" parquet:"ps_supplycost,scale=2"`
		Comment    string          `csv:"ps_comment" parquet:"ps_comment"`
	}

	Customer struct {
		Key        int64           `csv:"c_custkey" parquet:"c_custkey"`
		Name       string          `csv:"c_name" parquet:"c_name"`
		Address    string          `csv:"c_address" parquet:"c_address"`
		NationKey  int64           `csv:"c_nationkey" parquet:"c_nationkey"`
		Phone      string          `csv:"c_phone" parquet:"c_phone"`
		AcctBal    values.Decimal2 `csv:"c_acctbal" parquet:"c_acctbal,scale=2"`
		MktSegment string          `csv:"c_mktsegment" parquet:"c_mktsegment"`
		Comment    string          `csv:"c_comment" parquet:"c_comment"`
	}

	Order struct {
		Key          int64           `csv:"o_orderkey" parquet:"o_orderkey"`
		CustKey      int64           `csv:"o_custkey" parquet:"o_custkey"`
		Status       string          `csv:"o_orderstatus" parquet:"o_orderstatus"`
		TotalPrice   values.Decimal2 `csv:"o_totalprice" parquet:"o_totalprice,scale=2"`
		Date         values.Date     `csv:"o_orderdate" parquet:"o_orderdate,date"`
		Priority     string          `csv:"o_orderpriority" parquet:"o_orderpriority"`
		Clerk        string          `csv:"o_clerk" parquet:"o_clerk"`
		ShipPriority int64           `csv:"o_shippriority" parquet:"o_shippriority"`
		Comment      string          `csv:"o_comment" parquet:"o_comment"`
	}

	LineItem struct {
		OrderKey      int64           `csv:"l_orderkey" parquet:"l_orderkey"`
		PartKey       int64           `csv:"l_partkey" parquet:"l_partkey"`
		SuppKey       int64           `csv:"l_suppkey" parquet:"l_suppkey"`
		LineNumber    int64           `csv:"l_linenumber" parquet:"l_linenumber"`
		Quantity      values.Decimal2 `csv:"l_quantity" parquet:"l_quantity,scale=2"`
		ExtendedPrice values.Decimal2 `csv:"l_extendedprice" parquet:"l_extendedprice,scale=2"`
		Discount      values.Decimal2 `csv:"l_discount" parquet:"l_discount,scale=2"`
		Tax           values.Decimal2 `csv:"l_tax" parquet:"l_tax,scale=2"`
		ReturnFlag    string          `csv:"l_returnflag" parquet:"l_returnflag"`
		LineStatus    string          `csv:"l_linestatus" parquet:"l_linestatus"`
		ShipDate      values.Date     `csv:"l_shipdate" parquet:"l_shipdate,date"`
		CommitDate    values.Date     `csv:"l_commitdate" parquet:"l_commitdate,date"`
		ReceiptDate   values.Date     `csv:"l_receiptdate" parquet:"l_receiptdate,date"`
		ShipInstruct  string          `csv:"l_shipinstruct" parquet:"l_shipinstruct"`
		ShipMode      string          `csv:"l_shipmode" parquet:"l_shipmode"`
		Comment       string          `csv:"l_comment" parquet:"l_comment"`
	}
)

// Region returns a region.
func (g *Generator) Region(key int64) Region {
	s := g.row(ofRegion, key)
	return Region{key, regions[key], s.text(31, 115)}
}

// Nation returns a nation.
func (g *Generator) Nation(key int64) Nation {
	s := g.row(ofNation, key)
	return Nation{key, nations[key].name, nations[key].region, s.text(31, 114)}
}

// Supplier returns a supplier. About five in 10,000 comments speak of complaints
// of customers, and as many of recommendations.
func (g *Generator) Supplier(key int64) Supplier {
	s := g.row(ofSupplier, key)
	nation := s.nation()
	r := Supplier{key, numbered("Supplier#", key), s.address(), nation, s.phone(nation), s.balance(), s.text(25, 100)}
	switch n := s.between(0, 9_999); {
	case n < 5:
		r.Comment = s.praise(r.Comment, "Complaints")
	case n < 10:
		r.Comment = s.praise(r.Comment, "Recommends")
	}
	return r
}

// praise hides "Customer", some of the comment, and what customers have, in it.
func (s *stream) praise(comment, what string) string {
	const who = "Customer"
	free := int64(len(comment) - len(who) - len(what))
	before := s.between(0, free)
	between := s.between(0, free-before)
	rest := before + between
	return comment[:before] + who + comment[before:rest] + what + comment[rest:free]
}

func (s *stream) nation() int64 { return s.between(0, Nations-1) }

func (s *stream) balance() values.Decimal2 { return values.Decimal2(s.between(-999_99, 9_999_99)) }

// Part returns a part.
func (g *Generator) Part(key int64) Part {
	s := g.row(ofPart, key)
	maker := s.between(1, 5)
	digits := string('0' + rune(maker))
	return Part{
		Key:         key,
		Name:        s.partName(),
		Mfgr:        "Manufacturer#" + digits,
		Brand:       "Brand#" + digits + string('0'+rune(s.between(1, 5))),
		Type:        pick(&s, typeSizes) + " " + pick(&s, typeFinishes) + " " + pick(&s, typeMetals),
		Size:        s.between(1, 50),
		Container:   pick(&s, boxSizes) + " " + pick(&s, boxKinds),
		RetailPrice: values.Decimal2(retailPrice(key)),
		Comment:     s.text(5, 22),
	}
}

// partName draws five different colors.
func (s *stream) partName() string {
	var drawn [5]string
	name := make([]byte, 0, 64)
	for i := 0; i < len(drawn); {
		color := pick(s, colors)
		if slices.Contains(drawn[:i], color) {
			continue
		}
		drawn[i] = color
		if i > 0 {
			name = append(name, ' ')
		}
		name = append(name, color...)
		i++
	}
	return string(name)
}

// PartSupps returns what four suppliers offer of a part.
func (g *Generator) PartSupps(part int64) (rows [4]PartSupp) {
	s := g.row(ofPartSupp, part)
	for i := range rows {
		rows[i] = PartSupp{part, g.supplierOf(part, int64(i)), s.between(1, 9_999), values.Decimal2(s.between(1_00, 1_000_00)), s.text(49, 198)}
	}
	return rows
}

// Customer returns a customer.
func (g *Generator) Customer(key int64) Customer {
	s := g.row(ofCustomer, key)
	nation := s.nation()
	return Customer{
		key, numbered("Customer#", key), s.address(), nation, s.phone(nation), s.balance(), pick(&s, segments), s.text(29, 116),
	}
}
