// Package tpchgen makes the eight tables of the TPC-H benchmark: the value
// ranges, keys, dependencies and grammar of comments that the specification
// documents, drawn from a generator of its own. The data is not that of the
// council's dbgen, whose random streams and pool of text it does not follow, so
// answers published for that do not hold for it. What the tests verify: the number of
// rows of each table, every column's range or grammar, how keys and dates depend on
// each other, and how often the values occur that the queries ask for.
//
//	g := tpchgen.New(0.01, 1)
//	for key := int64(1); key <= g.Customers(); key++ {
//		c := g.Customer(key)
//		…
//	}
//
// Every row has a random stream that begins with seed, table and key. Rows are
// made one by one, in any order, by any number of goroutines, and are the same
// every time; nothing is kept. A [Table] makes the rows of a range of keys in
// dbgen's notation.
//
// See TPC Benchmark H, Standard Specification, Revision 3.0.1, clauses 1.4 and
// 4.2.
package tpchgen

import "math"

// Regions and Nations are how many there are at every scale; their keys begin at 0.
const (
	Regions = 5
	Nations = 25
)

// Generator makes the rows of one scale factor and seed. It is immutable.
type Generator struct {
	seed                                uint64
	suppliers, parts, customers, orders int64
}

// New returns the generator of a scale factor. Scale 1 is about 1 GB of text;
// fractions are for tests. Below 0.01 the four suppliers of a part need not
// differ.
func New(scale float64, seed uint64) *Generator {
	rows := func(n float64) int64 { return max(1, int64(math.Round(n*scale))) }
	return &Generator{seed: seed, suppliers: rows(10_000), parts: rows(200_000), customers: rows(150_000), orders: 10 * rows(150_000)}
}

// How many rows the tables have; those of parts have four in PARTSUPP, orders
// one to seven in LINEITEM. Keys go from 1 to that number, except those of
// orders, see [OrderKey].
func (g *Generator) Suppliers() int64 { return g.suppliers }
func (g *Generator) Parts() int64     { return g.parts }
func (g *Generator) Customers() int64 { return g.customers }
func (g *Generator) Orders() int64    { return g.orders }

// OrderKey returns the key of the nth order, from 1: of every 32 keys the first
// 8 are used, so that there is room for others between them.
func OrderKey(n int64) int64 { return n>>3<<5 | n&7 }

// supplierOf returns the ith of the four suppliers of a part.
func (g *Generator) supplierOf(part, i int64) int64 {
	s := g.suppliers
	return (part+i*(s/4+(part-1)/s))%s + 1
}

// retailPrice returns the price of a part in cents, which its key decides.
func retailPrice(part int64) int64 { return 90_000 + part/10%20_001 + 100*(part%1_000) }

// customerOf draws the customer of an order: one of three never orders.
func (g *Generator) customerOf(s *stream) int64 {
	n := s.between(0, max(1, g.customers-g.customers/3)-1)
	return n/2*3 + n%2 + 1
}
