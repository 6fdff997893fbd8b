package tpchgen

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/examples/tpch/values"
)

// Data that somebody has must be made again by every later version.
func TestTheDataOfASeedIsFrozen(t *testing.T) {
	want := map[string]string{
		"region": "496d6e51a2a5", "nation": "465d3450a22a", "supplier": "5be0d68463bc", "part": "a22453e6b55c",
		"partsupp": "da32e213a527", "customer": "33f39102d6f0", "orders": "9bff2bc2729d", "lineitem": "39954cc91498",
	}
	for _, table := range New(0.001, 1).Tables() {
		text := textOf(table)
		if got := fmt.Sprintf("%.6x", sha256.Sum256(text)); got != want[table.Name] {
			t.Errorf("%s is %s, was %s; it begins with\n%s", table.Name, got, want[table.Name], text[:200])
		}
	}
}

func textOf(table Table) (text []byte) {
	for unit := range table.Units {
		text = table.Append(text, unit)
	}
	return text
}

func TestRowsDoNotDependOnTheOrderTheyAreMadeIn(t *testing.T) {
	forwards, again := New(0.001, 5).Tables(), New(0.001, 5).Tables()
	for i, table := range forwards {
		var units [][]byte
		for unit := table.Units - 1; unit >= 0; unit-- {
			units = append(units, again[i].Append(nil, unit))
		}
		for unit := range table.Units {
			if got := table.Append(nil, unit); !bytes.Equal(got, units[table.Units-1-unit]) {
				t.Fatalf("unit %d of %s is %s and then %s", unit, table.Name, got, units[table.Units-1-unit])
			}
		}
	}
	if other := New(0.001, 6).Tables(); bytes.Equal(textOf(other[7]), textOf(forwards[7])) {
		t.Error("two seeds make the same line items")
	}
}

func TestTablesHaveTheColumnsAndRowsOfTheSpecification(t *testing.T) {
	for i, table := range New(0.01, 3).Tables() {
		lines := strings.SplitAfter(string(textOf(table)), "\n")
		lines = lines[:len(lines)-1]
		rows := []int{5, 25, 100, 2_000, 8_000, 1_500, 15_000, 60_000}[i]
		if slack := rows / 50; table.Name != "lineitem" && len(lines) != rows || len(lines) < rows-slack || len(lines) > rows+slack {
			t.Errorf("%s has %d rows", table.Name, len(lines))
		}
		columns := []int{3, 4, 7, 9, 5, 8, 9, 16}[i]
		for _, l := range lines {
			if strings.Count(l, "|") != columns || !strings.HasSuffix(l, "|\n") {
				t.Fatalf("%s: %s", table.Name, l)
			}
		}
	}
}

func TestPartsAreOfferedByFourSuppliers(t *testing.T) {
	g := New(0.05, 2)
	used := map[int64]int{}
	for part := int64(1); part <= g.Parts(); part++ {
		suppliers := map[int64]bool{}
		for _, offer := range g.PartSupps(part) {
			if offer.SuppKey < 1 || offer.SuppKey > g.Suppliers() {
				t.Fatalf("%+v", offer)
			}
			suppliers[offer.SuppKey] = true
			used[offer.SuppKey]++
		}
		if len(suppliers) != 4 {
			t.Fatalf("part %d has suppliers %v", part, suppliers)
		}
	}
	if int64(len(used)) != g.Suppliers() {
		t.Errorf("%d of %d suppliers offer something", len(used), g.Suppliers())
	}
}

func TestOrdersAndLineItemsFitTogether(t *testing.T) {
	const seed = 11
	g := New(0.01, seed)
	customers := map[int64]bool{}
	status, flags := map[string]int{}, map[string]int{}
	key := int64(0)
	for n := int64(1); n <= g.Orders(); n++ {
		var lines [7]LineItem
		items := g.LineItems(n, &lines)
		o := g.Order(n)
		if o.Key <= key || o.Key > 4*g.Orders()+32 || o.Key%32 >= 8 {
			t.Fatalf("seed %d: order %d has key %d, after %d", seed, n, o.Key, key)
		}
		key = o.Key
		customers[o.CustKey] = true
		status[o.Status]++
		if o.CustKey < 1 || o.CustKey > g.Customers() || o.CustKey%3 == 0 {
			t.Fatalf("seed %d: order of customer %d", seed, o.CustKey)
		}
		if o.Date < values.Day(1992, 1, 1) || o.Date > values.Day(1998, 8, 2) {
			t.Fatalf("seed %d: order of %s", seed, o.Date)
		}
		total, state := 0.0, ""
		for i, l := range items {
			checkLineItem(t, g, &o, &l, i)
			flags[l.ReturnFlag+l.LineStatus]++
			total += l.ExtendedPrice.Float() * (1 - l.Discount.Float()) * (1 + l.Tax.Float())
			if !strings.Contains(state, l.LineStatus) {
				state += l.LineStatus
			}
		}
		if len(state) > 1 {
			state = "P"
		}
		if math.Abs(total-o.TotalPrice.Float()) > 0.006 || state != o.Status {
			t.Fatalf("seed %d: order %+v is %f, %s", seed, o, total, state)
		}
	}
	if len(customers) != 1000 || len(status) != 3 || len(flags) != 4 {
		t.Errorf("%d customers order; status %v, flags %v", len(customers), status, flags)
	}
}

func checkLineItem(t *testing.T, g *Generator, o *Order, l *LineItem, i int) {
	t.Helper()
	known := values.Day(1995, 6, 17)
	offered := false
	for _, offer := range g.PartSupps(l.PartKey) {
		offered = offered || offer.SuppKey == l.SuppKey
	}
	quantity := int64(l.Quantity / 100)
	for what, ok := range map[string]bool{
		"keys":     l.OrderKey == o.Key && l.LineNumber == int64(i)+1 && offered,
		"quantity": l.Quantity%100 == 0 && quantity >= 1 && quantity <= 50,
		"price":    int64(l.ExtendedPrice) == quantity*int64(g.Part(l.PartKey).RetailPrice),
		"rates":    l.Discount >= 0 && l.Discount <= 10 && l.Tax >= 0 && l.Tax <= 8,
		"dates": l.ShipDate > o.Date && l.ShipDate <= o.Date+121 && l.ReceiptDate > l.ShipDate && l.ReceiptDate <= l.ShipDate+30 &&
			l.CommitDate >= o.Date+30 && l.CommitDate <= o.Date+90,
		"flags": (l.ReturnFlag == "N") == (l.ReceiptDate > known) && (l.LineStatus == "O") == (l.ShipDate > known),
	} {
		if !ok {
			t.Fatalf("%s of %+v, of order %+v", what, l, o)
		}
	}
}

func TestColumnsHoldWhatTheSpecificationSays(t *testing.T) {
	const words = `[A-Za-z' ,.;:?!-]`
	money := `-?\d{1,4}\.\d\d`
	patterns := map[string]string{
		"region":   `[0-4]\|[A-Z ]+\|` + words + `{31,115}\|`,
		"nation":   `\d\d?\|[A-Z ]+\|[0-4]\|` + words + `{31,114}\|`,
		"supplier": `(\d+)\|Supplier#\d{9}\|[\w ,]{10,40}\|\d\d?\|\d\d-\d{3}-\d{3}-\d{4}\|` + money + `\|` + words + `{25,100}\|`,
		"part": `\d+\|[a-z]+( [a-z]+){4}\|Manufacturer#[1-5]\|Brand#[1-5][1-5]\|[A-Z]+ [A-Z]+ED [A-Z]+\|([1-4]?\d|50)\|` +
			`(SM|LG|MED|JUMBO|WRAP) [A-Z]+\|\d{3,4}\.\d\d\|` + words + `{5,22}\|`,
		"partsupp": `\d+\|\d+\|\d{1,4}\|(1000\.00|\d{1,3}\.\d\d)\|` + words + `{49,198}\|`,
		"customer": `\d+\|Customer#\d{9}\|[\w ,]{10,40}\|\d\d?\|\d\d-\d{3}-\d{3}-\d{4}\|` + money +
			`\|(AUTOMOBILE|BUILDING|FURNITURE|MACHINERY|HOUSEHOLD)\|` + words + `{29,116}\|`,
		"orders": `\d+\|\d+\|[FOP]\|\d{3,6}\.\d\d\|199\d-\d\d-\d\d\|(1-URGENT|2-HIGH|3-MEDIUM|4-NOT SPECIFIED|5-LOW)\|Clerk#\d{9}\|0\|` +
			words + `{19,78}\|`,
		"lineitem": `\d+\|\d+\|\d+\|[1-7]\|([1-4]?\d|50)\|\d{3,6}\.\d\d\|0\.(0\d|10)\|0\.0[0-8]\|[RAN]\|[OF]\|199\d-\d\d-\d\d\|199\d-\d\d-\d\d\|` +
			`199\d-\d\d-\d\d\|(DELIVER IN PERSON|COLLECT COD|NONE|TAKE BACK RETURN)\|(REG AIR|AIR|RAIL|SHIP|TRUCK|MAIL|FOB)\|` + words + `{10,43}\|`,
	}
	for _, table := range New(0.01, 4).Tables() {
		pattern := regexp.MustCompile(`^` + patterns[table.Name] + `$`)
		for l := range strings.Lines(string(textOf(table))) {
			if !pattern.MatchString(strings.TrimSuffix(l, "\n")) {
				t.Fatalf("%s: %s", table.Name, l)
			}
		}
	}
}

func TestSomeSuppliersHaveComplaints(t *testing.T) {
	g := New(10, 1)
	complaints, praise := 0, 0
	for key := int64(1); key <= g.Suppliers(); key++ {
		if c := g.Supplier(key).Comment; strings.Contains(c, "Customer") {
			complaints += strings.Count(c, "Complaints")
			praise += strings.Count(c, "Recommends")
		}
	}
	if complaints < 30 || complaints > 75 || praise < 30 || praise > 75 {
		t.Errorf("%d complaints and %d recommendations, of about 50 each", complaints, praise)
	}
}

// The numbers of clause 4.2.5; those of line items are drawn.
func TestTablesHaveTheRowsOfTheSpecificationAtEveryScale(t *testing.T) {
	for _, scale := range []int64{1, 10, 100} {
		g := New(float64(scale), 1)
		got := [4]int64{g.Suppliers(), g.Parts(), g.Customers(), g.Orders()}
		if want := [4]int64{10_000 * scale, 200_000 * scale, 150_000 * scale, 1_500_000 * scale}; got != want {
			t.Errorf("scale %d has %d suppliers, parts, customers and orders, not %d", scale, got, want)
		}
	}
}

// What the queries ask for must be as frequent as the specification's uniform draws
// make it, or their answers would be of another size. Deviations are of four standard
// ones at most, of a fixed seed.
func TestValuesThatQueriesAskForAreAsFrequentAsTheyShouldBe(t *testing.T) {
	const seed = 8
	g := New(0.05, seed)
	n := map[string]int64{}
	count := func(what string, yes bool) {
		if yes {
			n[what]++
		}
	}
	for key := int64(1); key <= g.Parts(); key++ {
		p := g.Part(key)
		count("brass of size 15", p.Size == 15 && strings.HasSuffix(p.Type, "BRASS"))
		count("a type", p.Type == "ECONOMY ANODIZED STEEL")
		count("green", strings.Contains(p.Name, "green"))
		count("forest first", strings.HasPrefix(p.Name, "forest"))
		count("a brand and container", p.Brand == "Brand#23" && p.Container == "MED BOX")
	}
	lines := int64(0)
	for order := int64(1); order <= g.Orders(); order++ {
		var items [7]LineItem
		for _, l := range g.LineItems(order, &items) {
			lines++
			count("by air and in person", l.ShipMode == "AIR" && l.ShipInstruct == "DELIVER IN PERSON")
			count("small discounts", l.Discount >= 5 && l.Discount <= 7)
		}
	}
	for key := int64(1); key <= g.Customers(); key++ {
		c := g.Customer(key)
		count("builders", c.MktSegment == "BUILDING")
		count("of a country", strings.HasPrefix(c.Phone, "13-"))
		count("solvent", c.AcctBal > 0)
	}
	for _, c := range []struct {
		what  string
		of    int64
		share float64
	}{
		{"brass of size 15", g.Parts(), 1.0 / 50 / 5},
		{"a type", g.Parts(), 1.0 / 150},
		{"green", g.Parts(), 5.0 / float64(len(colors))},
		{"forest first", g.Parts(), 1 / float64(len(colors))},
		{"a brand and container", g.Parts(), 1.0 / 25 / 40},
		{"by air and in person", lines, 1.0 / 7 / 4},
		{"small discounts", lines, 3.0 / 11},
		{"builders", g.Customers(), 1.0 / 5},
		{"of a country", g.Customers(), 1.0 / 25},
		{"solvent", g.Customers(), 999_999.0 / (999_999 + 99_999 + 1)},
	} {
		want := float64(c.of) * c.share
		if deviation := math.Sqrt(want * (1 - c.share)); math.Abs(float64(n[c.what])-want) > 4*deviation {
			t.Errorf("seed %d: %d of %d are %s, not %.0f", seed, n[c.what], c.of, c.what, want)
		}
	}
	if want := 4 * float64(g.Orders()); math.Abs(float64(lines)-want) > 4*2*math.Sqrt(float64(g.Orders())) {
		t.Errorf("seed %d: %d line items, not about %.0f", seed, lines, want)
	}
}

func BenchmarkTables(b *testing.B) {
	for _, table := range New(0.01, 1).Tables() {
		b.Run(table.Name, func(b *testing.B) {
			b.ReportAllocs()
			var text []byte
			for b.Loop() {
				text = text[:0]
				for unit := range min(table.Units, 1000) {
					text = table.Append(text, unit)
				}
			}
			b.SetBytes(int64(len(text)))
		})
	}
}
