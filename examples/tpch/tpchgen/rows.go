package tpchgen

import (
	"slices"

	"github.com/thalweg/thalweg/examples/tpch/values"
)

// The rows of the tables, with all their columns in the order of the
// specification.
type (
	Region struct {
		Key           int64
		Name, Comment string
	}

	Nation struct {
		Key       int64
		Name      string
		RegionKey int64
		Comment   string
	}

	Supplier struct {
		Key           int64
		Name, Address string
		NationKey     int64
		Phone         string
		AcctBal       values.Decimal2
		Comment       string
	}

	Part struct {
		Key                     int64
		Name, Mfgr, Brand, Type string
		Size                    int64
		Container               string
		RetailPrice             values.Decimal2
		Comment                 string
	}

	PartSupp struct {
		PartKey, SuppKey, AvailQty int64
		SupplyCost                 values.Decimal2
		Comment                    string
	}

	Customer struct {
		Key           int64
		Name, Address string
		NationKey     int64
		Phone         string
		AcctBal       values.Decimal2
		MktSegment    string
		Comment       string
	}

	Order struct {
		Key, CustKey    int64
		Status          string
		TotalPrice      values.Decimal2
		Date            values.Date
		Priority, Clerk string
		ShipPriority    int64
		Comment         string
	}

	LineItem struct {
		OrderKey, PartKey, SuppKey, LineNumber int64
		Quantity, ExtendedPrice, Discount, Tax values.Decimal2
		ReturnFlag, LineStatus                 string
		ShipDate, CommitDate, ReceiptDate      values.Date
		ShipInstruct, ShipMode, Comment        string
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
