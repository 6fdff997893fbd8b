package parquet_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/parquet"
	"github.com/thalweg/thalweg/where"
)

func theInt(i *int) *int       { return i }
func theLabel(l *label) *label { return l }

// randomPredicate draws a condition. Those about what is within a group behind a pointer
// are left to the engine.
func randomPredicate(r *rand.Rand, depth int) (p where.Predicate[every], holds bool) {
	if depth > 0 && r.IntN(2) == 0 {
		a, takesA := randomPredicate(r, depth-1)
		b, takesB := randomPredicate(r, depth-1)
		if r.IntN(2) == 0 {
			return where.All(a, b), takesA && takesB
		}
		return where.Any(a, b), takesA && takesB
	}
	i := int64(r.IntN(2000) - 1000)
	s := label(fmt.Sprint(r.IntN(1e6)))
	at := time.Unix(0, r.Int64()-r.Int64())
	all := []where.Predicate[every]{
		where.AtLeast(func(e *every) *int64 { return &e.I64 }, i),
		where.Below(func(e *every) *cents { return &e.Price }, cents(i)),
		where.Above(func(e *every) *label { return &e.Label }, s),
		where.Prefix(func(e *every) *label { return &e.Label }, s[:1]),
		where.AtMost(func(e *every) *label { return &e.Out.In.B }, s),
		where.Before(func(e *every) *time.Time { return &e.Ms }, at),
		where.Since(func(e *every) *time.Time { return &e.Day }, at),
		where.AtLeast(func(e *every) *float64 { return &e.F64 }, []float64{0, 1.5, -2, math.NaN(), math.Inf(1)}[r.IntN(5)]),
		where.Is(func(e *every) *bool { return &e.B }, r.IntN(2) == 0),
		where.Behind(func(e *every) **label { return &e.PS }, where.Between(theLabel, s, "a")),
		where.Behind(func(e *every) **int { return &e.PI }, where.Any(where.AtMost(theInt, int(i)), where.Equal(theInt, 7))),
		where.OneOf(func(e *every) *uint8 { return &e.U8 }, uint8(i), 1, 200),
		where.Below(func(e *every) *days { return &e.Days }, days(i)),
		where.Between(func(e *every) *uint64 { return &e.U64 }, 100, uint64(max(i, 0))),
		where.Above(func(e *every) *time.Duration { return &e.D }, time.Duration(i)),
		where.Above(func(e *every) *uint16 { return &e.E1 }, uint16(i)),
		where.Equal(func(e *every) *int { return &e.None }, 0),
		where.Behind(func(e *every) **outer { return &e.Ptr }, where.Is(func(o *outer) *bool { return &o.Flag }, true)),
	}
	n := r.IntN(len(all))
	return all[n], n < len(all)-2
}

func TestANarrowedSourceEqualsAFilter(t *testing.T) {
	now := uint64(time.Now().UnixNano())
	t.Logf("seed %d", now)
	left, skipped := 0, int64(0)
	for seed := range uint64(6) {
		rows := randomRows(now+seed, 500)
		r := rand.New(rand.NewPCG(now+seed, 2))
		for i := range rows {
			if r.IntN(4) == 0 {
				rows[i].F64 = math.NaN()
			}
			if seed%2 == 0 { // pages differ in their bounds
				rows[i].I64, rows[i].Price, rows[i].U64, rows[i].Days = int64(i-250), cents(i*3-1000), uint64(i), days(i-250)
				rows[i].Label, rows[i].B = label(fmt.Sprintf("%06d", i*1400)), i > 350
			}
		}
		for i, layout := range layouts {
			disk := written(t, rows, layout...)
			for range 12 {
				need, takes := connect.Need[every]{}, []bool(nil)
				for range 1 + r.IntN(2) {
					p, holds := randomPredicate(r, 2)
					need.Where, takes = append(need.Where, p), append(takes, holds)
				}
				source, holds := parquet.Read[every]("out").(connect.Narrowed[every]).Narrow(need)
				if !slices.Equal(holds, takes) {
					t.Fatalf("%v hold of %v", holds, need.Where)
				}
				keep := func(e every, only []bool) bool {
					for i, c := range need.Where {
						if only[i] && !c.Holds(&e) {
							return false
						}
					}
					return true
				}
				var want []string
				for _, e := range rows {
					if keep(e, takes) {
						want = append(want, shown(e))
					}
				}
				got, err := filetest.Read(source, disk, 2)
				var have []string
				for _, e := range got.Rows {
					have = append(have, shown(e))
				}
				if err != nil || len(got.Rejected) > 0 || !slices.Equal(have, want) {
					t.Fatalf("seed %d, layout %d, %v: %d rows, want %d, rejected %v, %v", seed, i, need.Where, len(have), len(want), got.Rejected, err)
				}
				left += len(want)
				_, groups, _ := parquet.CountsOf(source)
				skipped += groups
			}
		}
	}
	if left < 10_000 || skipped == 0 {
		t.Errorf("%d rows matched, and %d row groups were skipped: the test proves little", left, skipped)
	}
}

// shown is a record as text: NaNs are equal.
func shown(e every) string {
	text := ""
	var show func(v reflect.Value)
	show = func(v reflect.Value) {
		switch {
		case v.Type() == reflect.TypeFor[time.Time]():
			text += fmt.Sprint(v.Interface().(time.Time).UnixNano(), " ")
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				show(v.Field(i))
			}
		case v.Kind() == reflect.Pointer && !v.IsNil():
			show(v.Elem())
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				show(v.Index(i))
			}
			text += "; "
		default:
			text += fmt.Sprint(v, " ")
		}
	}
	show(reflect.ValueOf(e))
	return text
}

func TestOnlyNeededColumnsAreRead(t *testing.T) {
	rows := randomRows(5, 50)
	disk := written(t, rows)
	for _, c := range []struct {
		fields []string
		where  []connect.Condition[every]
		want   func(e, full every) every // copies what is read
	}{
		{[]string{"I64", "embedded.E1"}, nil, func(e, full every) every { e.I64, e.E1 = full.I64, full.E1; return e }},
		{[]string{"Out.In"}, nil, func(e, full every) every { e.Out.In = full.Out.In; return e }},
		{[]string{"Ptr"}, nil, func(e, full every) every { e.Ptr = full.Ptr; return e }},
		{[]string{"LS"}, []connect.Condition[every]{where.AtMost(func(e *every) *uint8 { return &e.U8 }, 255)}, func(e, full every) every {
			e.LS, e.U8 = full.LS, full.U8
			return e
		}},
		{[]string{"None"}, nil, func(e, full every) every { e.E1 = full.E1; return e }}, // of something it must know how many there are
		{nil, nil, func(_, full every) every { return full }},
	} {
		source, _ := parquet.Read[every]("out").(connect.Narrowed[every]).Narrow(connect.Need[every]{Fields: c.fields, Where: c.where})
		got, err := filetest.Read(source, disk, 1)
		if err != nil || len(got.Rows) != len(rows) {
			t.Fatalf("%q: %d rows, %v", c.fields, len(got.Rows), err)
		}
		for i, e := range got.Rows {
			if want := shown(c.want(every{}, rows[i])); shown(e) != want {
				t.Fatalf("%q: row %d is\n%s, want\n%s", c.fields, i, shown(e), want)
			}
		}
	}
}

func TestOptionsOfTheProgramStayWhatTheyAre(t *testing.T) {
	rows := randomRows(6, 200)
	disk := written(t, rows)
	i64, u8 := func(e *every) *int64 { return &e.I64 }, func(e *every) *uint8 { return &e.U8 }
	full := parquet.Read[every]("out", parquet.Columns("U8"), parquet.Where(i64, parquet.AtLeast[int64](0)))
	source, holds := full.(connect.Narrowed[every]).Narrow(connect.Need[every]{
		Fields: []string{"U8", "S"},
		Where:  []connect.Condition[every]{where.Above(u8, 3), where.Prefix(func(e *every) *string { return &e.S }, "")},
	})
	if !slices.Equal(holds, []bool{true, false}) {
		t.Errorf("%v hold: the second one is about a column that is left out", holds)
	}
	var want []every
	for _, e := range rows {
		if e.I64 >= 0 && e.U8 > 3 {
			want = append(want, every{I64: e.I64, U8: e.U8})
		}
	}
	for range 2 { // the source that is narrowed is not changed
		got, err := filetest.Read(source, disk, 1)
		if err != nil || !reflect.DeepEqual(got.Rows, want) {
			t.Fatalf("%d rows, want %d, %v", len(got.Rows), len(want), err)
		}
		all, err := filetest.Read(full, disk, 1)
		if err != nil || len(all.Rows) <= len(want) {
			t.Fatalf("%d rows of all, %v", len(all.Rows), err)
		}
	}
}

// Of a condition about several columns a row with a NULL may satisfy the part about
// another one: it is rejected, as it is without the condition.
func TestRowsThatMayBeWantedAreRejected(t *testing.T) {
	type source struct {
		ID   *int64 `parquet:"id,optional"`
		City string `parquet:"city"`
	}
	type target struct {
		ID   int64
		City string
	}
	one := int64(1)
	disk := foreign(t, source{&one, "a"}, source{nil, "b"}, source{nil, "c"})
	id, city := func(r *target) *int64 { return &r.ID }, func(r *target) *string { return &r.City }
	for _, c := range []struct {
		condition      where.Predicate[target]
		rows, rejected int
	}{
		{where.Any(where.Equal(id, 1), where.Equal(city, "b")), 1, 2},
		{where.AtMost(id, 5), 1, 0},
		{where.Equal(city, "b"), 0, 1},
	} {
		narrow, _ := parquet.Read[target]("in").(connect.Narrowed[target]).Narrow(connect.Need[target]{Where: []connect.Condition[target]{c.condition}})
		got, err := filetest.Read(narrow, disk, 1)
		if err != nil || len(got.Rows) != c.rows || len(got.Rejected) != c.rejected {
			t.Errorf("%s: %v, rejected %v, %v", c.condition, got.Rows, got.Rejected, err)
		}
	}
}
