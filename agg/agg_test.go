package agg

import (
	"fmt"
	"math"
	"testing"

	"github.com/thalweg/thalweg/types"
)

type inner struct{ X, Y int64 }

type order struct {
	Customer string
	Price    float64
	Units    int8
	Note     string
	Inner    inner
	Series   [2]int64
}

func customer(o *order) *string { return &o.Customer }
func price(o *order) *float64   { return &o.Price }
func units(o *order) *int8      { return &o.Units }
func note(o *order) *string     { return &o.Note }
func whole(o *order) *inner     { return &o.Inner }
func part(o *order) *int64      { return &o.Inner.Y }
func second(o *order) *int64    { return &o.Series[1] }

type summary struct {
	Who   string
	Total int64
	Mean  float64
	N     uint8
	In    inner
}

func who(s *summary) *string    { return &s.Who }
func totalOf(s *summary) *int64 { return &s.Total }
func meanOf(s *summary) *float64 {
	return &s.Mean
}
func number(s *summary) *uint8 { return &s.N }
func in(s *summary) *inner     { return &s.In }
func inX(s *summary) *int64    { return &s.In.X }

var elsewhere int8

func outside(*order) *int8 { return &elsewhere }

// compute runs a program over one group, in batches of a given size, and through
// as many partial states.
func compute[T, R any](p *Program[T, R], rows []T, batch int) (direct, merged R) {
	var arena types.Arena
	groups := make([]int32, len(rows))
	acc := make([]Partial[R], 1)
	p.Start(&acc[0], &rows[0], &arena)
	var partials []Partial[R]
	for i := 0; i < len(rows); i += batch {
		part := rows[i:min(i+batch, len(rows))]
		p.Update(acc, groups, part, &arena)
		one := make([]Partial[R], 1)
		p.Start(&one[0], &part[0], nil)
		p.Update(one, groups, part, nil)
		partials = append(partials, one[0])
	}
	total := make([]Partial[R], 1)
	p.Restart(&total[0], &partials[0], &arena)
	p.Merge(total, groups, partials, &arena)
	p.Finish(acc)
	p.Finish(total)
	return acc[0].Row, total[0].Row
}

// checkProgram compares what a list of aggregates makes of rows with want.
func checkProgram[T, R any](t *testing.T, rows []T, want string, list ...Aggregate[T, R]) {
	t.Helper()
	p, err := Compile(list...)
	if err != nil {
		t.Fatal(err)
	}
	for batch := 1; batch <= len(rows); batch++ {
		direct, merged := compute(p, rows, batch)
		if got := fmt.Sprintf("%+v", direct); got != want {
			t.Errorf("%v in batches of %d:\ngot  %s\nwant %s", p, batch, got, want)
		}
		if got := fmt.Sprintf("%+v", merged); got != want {
			t.Errorf("%v of %d partials:\ngot  %s\nwant %s", p, (len(rows)+batch-1)/batch, got, want)
		}
	}
}

func TestAggregates(t *testing.T) {
	nan := math.NaN()
	rows := []order{
		{"b", 3, 100, "first", inner{1, 5}, [2]int64{1, 10}},
		{"a", nan, 100, "second", inner{2, 9}, [2]int64{2, 30}},
		{"c", -1, 60, "third", inner{3, 9}, [2]int64{3, 20}},
		{"b", 7, 1, "fourth", inner{4, 2}, [2]int64{4, 0}},
	}
	checkProgram(t, rows, "{Customer:b Price:3 Units:5 Note:first Inner:{X:1 Y:5} Series:[1 10]}", Sum(units))
	checkProgram(t, rows, "{Customer:a Price:-1 Units:1 Note:first Inner:{X:1 Y:5} Series:[1 10]}", Min(customer), Min(price), Min(units))
	checkProgram(t, rows, "{Customer:c Price:7 Units:100 Note:first Inner:{X:1 Y:9} Series:[1 30]}", Max(customer), Max(price), Max(units), Max(part), Max(second))
	checkProgram(t, rows, "{Customer:b Price:3 Units:4 Note:first Inner:{X:1 Y:25} Series:[1 60]}", Count(units), Sum(part), Sum(second))
	checkProgram(t, rows[2:], "{Customer:c Price:3 Units:60 Note:third Inner:{X:3 Y:9} Series:[3 20]}", Average(price))
	checkProgram(t, rows, "{Customer:c Price:-1 Units:60 Note:third Inner:{X:3 Y:9} Series:[3 20]}", MinBy(price))
	checkProgram(t, rows, "{Customer:b Price:7 Units:1 Note:fourth Inner:{X:4 Y:2} Series:[4 0]}", MaxBy(price))
	checkProgram(t, rows, "{Customer:a Price:NaN Units:100 Note:second Inner:{X:2 Y:9} Series:[2 30]}", MaxBy(part))
	checkProgram(t, rows[1:2], "{Customer:a Price:NaN Units:100 Note:second Inner:{X:2 Y:9} Series:[2 30]}", MaxBy(price), Max(customer))
	checkProgram(t, rows, "{Customer:a Price:7 Units:4 Note:fourth Inner:{X:4 Y:25} Series:[4 30]}",
		Sum(part), Min(customer), MaxBy(price), Count(units), Max(second))
	checkProgram(t, rows, "{Who:b Total:261 Mean:65.25 N:4 In:{X:1 Y:5}}",
		FirstInto(customer, who), SumInto(units, totalOf), AverageInto(units, meanOf), CountInto[order](number), FirstInto(whole, in))
	checkProgram(t, rows, "{Who:a Total:0 Mean:7 N:0 In:{X:9 Y:0}}", MinInto(customer, who), MaxInto(price, meanOf), MaxInto(part, inX))
}

func TestARecordCanBeANumber(t *testing.T) {
	itself := func(v *float64) *float64 { return v }
	checkProgram(t, []float64{3, 4, 11}, "6", Average(itself))
	checkProgram(t, []float64{3, 1, 2}, "1", MinBy(itself))
	p, _ := Compile(Sum(itself))
	_, err := Compile(Sum(itself), MinBy(itself))
	if got, want := fmt.Sprint(p, "; ", err), "sum(record); agg: minBy(record) compares a field that sum(record) overwrites"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOverflowWrapsAround(t *testing.T) {
	type small struct {
		A int8
		N uint8
	}
	rows := make([]small, 300)
	for i := range rows {
		rows[i].A = 1
	}
	p, err := Compile(Sum(func(s *small) *int8 { return &s.A }), Count(func(s *small) *uint8 { return &s.N }))
	if err != nil {
		t.Fatal(err)
	}
	if direct, merged := compute(p, rows, 7); direct != (small{44, 44}) || merged != direct {
		t.Errorf("got %v and %v", direct, merged)
	}
}

func TestMistakesAreFoundWhenCompiled(t *testing.T) {
	type bad struct{ C chan int }
	for _, c := range []struct{ got, want string }{
		{message(Compile[order, order]()), "agg: there is nothing to aggregate"},
		{message(Compile(Sum(units), Aggregate[order, order]{})), "agg: aggregate 2 is the zero Aggregate"},
		{message(Compile(Sum(outside))), "agg: sum: types: a field of agg.order: the reference points outside of the value; what lies behind a pointer or must be computed takes a func(T) V"},
		{message(Compile(MinBy[order, int8](nil))), "agg: minBy: types: a field of agg.order: the reference is nil"},
		{message(Compile(Count[order, int8](nil))), "agg: count: types: a field of agg.order: the reference is nil"},
		{message(Compile(SumInto[order, summary, int8, int64](nil, nil))), "agg: sum: types: a field of agg.order: the reference is nil\ntypes: a field of agg.summary: the reference is nil"},
		{message(Compile(Sum(units), Min(price), Count(units))), "agg: sum(Units) and count(Units) both write field Units"},
		{message(Compile(Sum(units), Sum(units))), "agg: sum(Units) and sum(Units) both write field Units"},
		{message(Compile(MinBy(price), MaxBy(units))), "agg: minBy(Price) and maxBy(Units) both choose the whole record"},
		{message(Compile(MinBy(price), Average(price))), "agg: minBy(Price) compares a field that average(Price) overwrites"},
		{message(Compile(Average(price), MinBy(price))), "agg: minBy(Price) compares a field that average(Price) overwrites"},
		{message(Compile(FirstInto(whole, in), MaxInto(part, inX))), "agg: first(Inner) into In and max(Inner.Y) into In.X both write field In.X"},
		{message(Compile(SumInto(units, totalOf), CountInto[order](totalOf))), "agg: sum(Units) into Total and count(Total) both write field Total"},
		{message(Compile(Min(note), Max(note), Sum(outside))), "agg: min(Note) and max(Note) both write field Note\nagg: sum: types: a field of agg.order: the reference points outside of the value; what lies behind a pointer or must be computed takes a func(T) V"},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
	if _, err := Compile(FirstInto(func(o *order) *string { return &o.Note }, func(b *struct {
		S string
		bad
	}) *string {
		return &b.S
	})); err == nil {
		t.Error("a result with a channel was accepted")
	}
}

func message(_ any, err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}

func TestFieldsOverlapOnlyAlongTheirPaths(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"A", "A", true}, {"A", "AB", false}, {"A.B", "A", true}, {"A", "A[1]", true}, {"A.B", "A.C", false}, {"", "A", true}} {
		if overlap(c.a, c.b) != c.want || overlap(c.b, c.a) != c.want {
			t.Errorf("overlap(%q, %q) is not %v", c.a, c.b, c.want)
		}
	}
}

func TestResultsShareNoMemoryWithTheirRecords(t *testing.T) {
	typ, err := types.Of[order]()
	if err != nil {
		t.Fatal(err)
	}
	// Strings of decoded rows are pieces of the bytes they came from.
	source := typ.AppendRows(nil, []order{{Customer: "zeta", Note: "zeta"}, {Customer: "alfa", Note: "alfa", Price: -1}})
	rows := make([]order, 2)
	if _, err := typ.DecodeRows(source, rows); err != nil {
		t.Fatal(err)
	}
	p, err := Compile(Min(customer), MinBy(price))
	if err != nil {
		t.Fatal(err)
	}
	var arena types.Arena
	acc := make([]Partial[order], 1)
	p.Start(&acc[0], &rows[0], &arena)
	p.Update(acc, make([]int32, 2), rows, &arena)
	clear(source)
	if row := acc[0].Row; rows[1].Note == "alfa" || row.Customer != "alfa" || row.Note != "alfa" {
		t.Errorf("%+v became %+v", rows[1], row)
	}
}

func ExampleCompile() {
	p, err := Compile(Sum(units), MinBy(price))
	fmt.Println(p, err)
	q, err := Compile(FirstInto(customer, who), CountInto[order](number))
	fmt.Println(q, err)
	// Output:
	// sum(Units), minBy(Price) <nil>
	// first(Customer) into Who, count(N) <nil>
}
