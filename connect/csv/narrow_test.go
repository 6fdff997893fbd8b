package csv_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/where"
)

type measured struct {
	ID      int64
	Value   float64
	Place   struct{ Skipped int } `csv:"-"`
	Name    string
	Day     time.Time
	Note    *string
	Extra   extra
	Another uint8
}

// extra is one column.
type extra struct{ text string }

func (e *extra) UnmarshalText(text []byte) error { e.text = string(text); return nil }

func (e *extra) MarshalText() ([]byte, error) { return []byte(e.text), nil }

func measuredID(m *measured) *int64      { return &m.ID }
func measuredValue(m *measured) *float64 { return &m.Value }
func measuredName(m *measured) *string   { return &m.Name }
func measuredDay(m *measured) *time.Time { return &m.Day }
func measuredNote(m *measured) **string  { return &m.Note }
func measuredSkip(m *measured) *int      { return &m.Place.Skipped }
func theText(s *string) *string          { return s }

// randomPredicate draws a condition that a source can answer.
func randomPredicate(r *rand.Rand, depth int) where.Predicate[measured] {
	if depth > 0 && r.IntN(3) == 0 {
		a, b := randomPredicate(r, depth-1), randomPredicate(r, depth-1)
		if r.IntN(2) == 0 {
			return where.All(a, b)
		}
		return where.Any(a, b)
	}
	return []where.Predicate[measured]{
		where.AtLeast(measuredID, r.Int64N(10)), where.Below(measuredValue, float64(r.IntN(10))), where.Prefix(measuredName, "a"),
		where.Since(measuredDay, time.Unix(r.Int64N(10)*86400, 0)), where.Behind(measuredNote, where.Equal(theText, "")),
		where.OneOf(measuredName, "", "b,c", `"`), where.Above(measuredValue, float64(r.IntN(10))),
	}[r.IntN(7)]
}

// table draws a file, of which some lines are no records.
func table(r *rand.Rand, delimiter string) string {
	var b strings.Builder
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	for range r.IntN(60) {
		fields := []string{
			fmt.Sprint(r.Int64N(10)), pick("1.5", "NaN", "-Inf", "7", "3"), pick("", "a", "ab", `"b`+delimiter+`c"`, `"a"""`, "b"),
			time.Unix(r.Int64N(10)*86400, 0).UTC().Format(time.DateOnly), pick("", "", `""`, "x"), pick("e", "f"), pick("1", "2"),
		}
		switch r.IntN(12) {
		case 0:
			fields = append(fields, "one more")
		case 1:
			fields = fields[:r.IntN(6)]
		}
		b.WriteString(strings.Join(fields, delimiter) + "\n")
	}
	return b.String()
}

func TestANarrowedFileHasTheRecordsThatAreNeeded(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	kept, dropped := 0, 0
	for range 3000 {
		delimiter := []string{",", "|", "–"}[r.IntN(3)]
		disk := filetest.NewDisk()
		disk.Put("in", table(r, delimiter))
		source := csv.Read[measured]("in", csv.Delimiter([]rune(delimiter)[0]), csv.TimeLayout(time.DateOnly))
		need := connect.Need[measured]{}
		for range r.IntN(3) {
			need.Where = append(need.Where, randomPredicate(r, 2))
		}
		paths := []string{"ID", "Value", "Name", "Day", "Note", "Another"}
		if r.IntN(2) == 0 {
			need.Fields = []string{}
			for _, p := range paths {
				if r.IntN(3) == 0 {
					need.Fields = append(need.Fields, p)
				}
			}
			for _, c := range need.Where {
				for _, p := range c.Places() {
					need.Fields = append(need.Fields, p.Path)
				}
			}
		}
		narrow, holds := source.(connect.Narrowed[measured]).Narrow(need)
		if slices.Contains(holds, false) || len(holds) != len(need.Where) {
			t.Fatalf("%v hold of %v", holds, need.Where)
		}
		all, err := filetest.Read(source, disk, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := filetest.Read(narrow, disk, 1)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, row := range all.Rows {
			if slices.ContainsFunc(need.Where, func(c connect.Condition[measured]) bool { return !c.Holds(&row) }) {
				dropped++
				continue
			}
			kept++
			want = append(want, shownFields(row, need))
		}
		var have []string
		for _, row := range got.Rows {
			have = append(have, shownFields(row, need))
		}
		if !slices.Equal(have, want) {
			t.Fatalf("%v of %q: got %q, want %q", need, disk.Content("in"), have, want)
		}
		if len(got.Rejected) > len(all.Rejected) {
			t.Fatalf("%d pieces were rejected, %d if all is read", len(got.Rejected), len(all.Rejected))
		}
	}
	if kept < 1000 || dropped < 1000 {
		t.Errorf("%d records were kept and %d dropped", kept, dropped)
	}
}

// shownFields are the fields of a record that are needed.
func shownFields(m measured, need connect.Need[measured]) string {
	text, v := "", reflect.ValueOf(m)
	for i := range v.NumField() {
		f := v.Field(i)
		if !need.Reads(v.Type().Field(i).Name) {
			continue
		}
		if f.Kind() == reflect.Pointer && !f.IsNil() {
			f = f.Elem()
		}
		text += fmt.Sprintf("%v|", f)
	}
	return text
}

func TestAConditionAboutNoColumnIsLeft(t *testing.T) {
	source := csv.Read[measured]("in", csv.Only("ID", "Name"))
	_, holds := source.(connect.Narrowed[measured]).Narrow(connect.Need[measured]{Where: []connect.Condition[measured]{
		where.Equal(measuredSkip, 0), where.Equal(measuredValue, 0), where.Any(where.Equal(measuredID, 1), where.Equal(measuredValue, 1)), where.Equal(measuredID, 5),
	}})
	if want := []bool{false, false, false, true}; !slices.Equal(holds, want) {
		t.Errorf("%v hold, want %v", holds, want)
	}
}

// What is wrong is told apart: the number of fields is always counted, what a column
// that is not needed has is not looked at.
func TestOfAnUnwantedLineTheFieldsAreCounted(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", "1,x\n2,3\n1,2,3\n7,8\n")
	type pair struct{ A, B int }
	need := connect.Need[pair]{Where: []connect.Condition[pair]{where.Above(func(p *pair) *int { return &p.A }, 1)}}
	narrow, _ := csv.Read[pair]("in").(connect.Narrowed[pair]).Narrow(need)
	got, err := filetest.Read(narrow, disk, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Rows, []pair{{2, 3}, {7, 8}}) || len(got.Rejected) != 1 || !strings.Contains(got.Rejected[0].Cause, "3 fields") {
		t.Errorf("got %v and rejected %v", got.Rows, got.Rejected)
	}
}

// BenchmarkNarrow reads a file of which one record in ten is wanted, and three of twelve
// columns.
func BenchmarkNarrow(b *testing.B) {
	type wide struct{ A, B, C, D, E, F, G, H, I, J, K, L int64 }
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,123456,123456,123456,123456,123456,%d,123456,123456,123456,123456,123456\n", i, i%10)
	}
	disk := filetest.NewDisk()
	disk.Put("in", text.String())
	full := csv.Read[wide]("in")
	conditions := []connect.Condition[wide]{where.Equal(func(w *wide) *int64 { return &w.G }, 3)}
	for name, need := range map[string]connect.Need[wide]{
		"all": {}, "records": {Where: conditions}, "columns": {Fields: []string{"A", "B", "G"}}, "both": {Where: conditions, Fields: []string{"A", "B", "G"}},
	} {
		narrow, _ := full.(connect.Narrowed[wide]).Narrow(need)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if _, err := filetest.Read(narrow, disk, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
