package parquet_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	library "github.com/parquet-go/parquet-go"

	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/parquet"
)

type order struct {
	ID    int64
	City  string
	Price int64 `parquet:"price,scale=2"`
	Note  *string
}

func orders(n int) []order {
	rows := make([]order, n)
	for i := range rows {
		rows[i] = order{ID: int64(i), City: fmt.Sprint("city ", i%10), Price: int64(i * 7)}
	}
	return rows
}

func orderID(o *order) *int64 { return &o.ID }

func ExampleRead() {
	disk := filetest.NewDisk()
	note := "fragile"
	err := filetest.Write(parquet.Write[order]("out"), disk, "job", []order{{1, "Bern", 500, nil}, {2, "Basel", 1999, &note}})
	fmt.Println(disk.Names(), err)
	got, err := filetest.Read(parquet.Read[order]("out", parquet.Where(orderID, parquet.AtLeast[int64](2))), disk, 1)
	fmt.Println(got.Rows[0].City, got.Rows[0].Price, *got.Rows[0].Note, len(got.Rows), err)
	// Output:
	// [out/part-00000.parquet] <nil>
	// Basel 1999 fragile 1 <nil>
}

func TestSplitsCoverEveryRowOnce(t *testing.T) {
	rows := orders(20_000)
	for _, subtasks := range []int{1, 3, 50} {
		disk := filetest.NewDisk()
		opts := []parquet.Option{parquet.RowGroupSize(20_000), parquet.Uncompressed()}
		if err := filetest.Write(parquet.Write[order]("in/a", opts...), disk, "job", rows[:5000], nil, rows[5000:]); err != nil {
			t.Fatal(err)
		}
		source := parquet.Read[order]("in/*")
		got, err := filetest.Read(source, disk, subtasks)
		if err != nil || !reflect.DeepEqual(got.Rows, rows) {
			t.Errorf("%d subtasks: %d rows, %v", subtasks, len(got.Rows), err)
		}
		groups, _, _ := parquet.CountsOf(source)
		if groups < 10 {
			t.Errorf("only %d row groups", groups)
		}
		names := map[string]bool{}
		for _, s := range got.Splits {
			if names[s.ID] || s.Size <= 0 {
				t.Errorf("split %+v", s)
			}
			names[s.ID] = true
		}
	}
}

func TestRowGroupsAreReadInParallel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	type noise struct{ Bytes []byte }
	rows := make([]noise, 40_000)
	for i := range rows {
		rows[i].Bytes = make([]byte, 200)
		for j := range rows[i].Bytes {
			rows[i].Bytes[j] = byte(r.Uint32())
		}
	}
	disk := written(t, rows, parquet.RowGroupSize(1<<20))
	got, err := filetest.Read(parquet.Read[noise]("out"), disk, 4)
	if err != nil || len(got.Rows) != len(rows) || len(got.Splits) < 4 {
		t.Errorf("%d rows in %d splits, %v", len(got.Rows), len(got.Splits), err)
	}
}

func TestPagesAndRowGroupsThatCannotMatchAreNotRead(t *testing.T) {
	rows := orders(20_000)
	disk := written(t, rows, parquet.RowGroupSize(200_000), parquet.PageSize(1000))
	all := parquet.Read[order]("out")
	if _, err := filetest.Read(all, disk, 1); err != nil {
		t.Fatal(err)
	}
	groups, skipped, pages := parquet.CountsOf(all)
	if groups < 4 || skipped != 0 || pages < 300 {
		t.Fatalf("%d groups, %d skipped, %d pages", groups, skipped, pages)
	}
	some := parquet.Read[order]("out", parquet.Where(orderID, parquet.Between[int64](7000, 7010)))
	got, err := filetest.Read(some, disk, 1)
	if err != nil || !reflect.DeepEqual(got.Rows, rows[7000:7011]) {
		t.Fatalf("%d rows, %v", len(got.Rows), err)
	}
	g, s, p := parquet.CountsOf(some)
	if g != 1 || s != groups-1 || p > 8 {
		t.Errorf("%d groups, %d skipped, %d pages of %d", g, s, p, pages)
	}
	none := parquet.Read[order]("out", parquet.Where(orderID, parquet.Above[int64](20_000)))
	if got, err := filetest.Read(none, disk, 1); err != nil || len(got.Rows)+len(got.Splits) > 0 {
		t.Errorf("%d rows in %d splits, %v", len(got.Rows), len(got.Splits), err)
	}
}

func TestOnlyTheColumnsAskedForAreRead(t *testing.T) {
	rows := orders(1000)
	disk := written(t, rows)
	whole, err := filetest.Read(parquet.Read[order]("out"), disk, 1)
	if err != nil {
		t.Fatal(err)
	}
	source := parquet.Read[order]("out", parquet.Columns("CITY"), parquet.Where(orderID, parquet.Below[int64](3)))
	got, err := filetest.Read(source, disk, 1)
	if want := []order{{ID: 0, City: "city 0"}, {ID: 1, City: "city 1"}, {ID: 2, City: "city 2"}}; err != nil || !reflect.DeepEqual(got.Rows, want) {
		t.Errorf("got %+v, %v", got.Rows, err)
	}
	if got.Splits[0].Size >= whole.Splits[0].Size {
		t.Errorf("%d bytes to read, %d of all columns", got.Splits[0].Size, whole.Splits[0].Size)
	}
	_, _, pages := parquet.CountsOf(source)
	if pages != 2 {
		t.Errorf("%d pages", pages)
	}
}

// foreign writes a file with the library, from another struct than it is read
// into.
func foreign[T any](t *testing.T, rows ...T) *filetest.Disk {
	t.Helper()
	var b strings.Builder
	w := library.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	disk := filetest.NewDisk()
	disk.Put("in", b.String())
	return disk
}

func TestRowsThatAreNoRecordsAreRejected(t *testing.T) {
	type source struct {
		ID   *int64 `parquet:"id,optional"`
		City string `parquet:"city"`
	}
	type target struct {
		ID   int64
		City string
	}
	one, three := int64(1), int64(3)
	disk := foreign(t, source{&one, "a"}, source{nil, "b"}, source{&three, "c"}, source{nil, "d"})
	got, err := filetest.Read(parquet.Read[target]("in"), disk, 1)
	if want := []target{{1, "a"}, {3, "c"}}; err != nil || !reflect.DeepEqual(got.Rows, want) {
		t.Errorf("got %v, %v", got.Rows, err)
	}
	if len(got.Rejected) != 2 || got.Rejected[1].Origin != "in" ||
		!strings.HasPrefix(got.Rejected[1].Cause, `row 3, column "id" for the field parquet_test.target.ID: it is NULL`) {
		t.Errorf("rejected %v", got.Rejected)
	}
	// A NULL satisfies no condition, so its row is not rejected, but dropped.
	source1 := parquet.Read[target]("in", parquet.Where(func(r *target) *int64 { return &r.ID }, parquet.AtMost[int64](5)))
	if got, err := filetest.Read(source1, disk, 1); err != nil || len(got.Rows) != 2 || len(got.Rejected) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	// A row is rejected only if the conditions want it.
	source2 := parquet.Read[target]("in", parquet.Where(func(r *target) *string { return &r.City }, parquet.Above("c")))
	if got, err := filetest.Read(source2, disk, 1); err != nil || len(got.Rows) != 0 || len(got.Rejected) != 1 ||
		!strings.HasPrefix(got.Rejected[0].Cause, "row 3") {
		t.Errorf("got %+v, %v", got, err)
	}
	c := &filetest.Context{Context: t.Context(), Disk: disk, Budget: 1}
	splits, err := parquet.Read[target]("in").Splits(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filetest.ReadSplit(parquet.Read[target]("in"), c, splits[0], 10); !errors.Is(err, filetest.ErrBudget) {
		t.Errorf("got %v", err)
	}
}

func TestColumnsThatDoNotFitAreRefused(t *testing.T) {
	type inside struct{ Y int32 }
	type columns struct {
		I64  int64     `parquet:"i64"`
		U32  uint32    `parquet:"u32"`
		I32  int32     `parquet:"i32"`
		Date int32     `parquet:"date,date"`
		F64  float64   `parquet:"f64"`
		S    string    `parquet:"s"`
		T    time.Time `parquet:"t,timestamp(millisecond)"`
		Dec  int64     `parquet:"dec,decimal(4:18)"`
		Wide [16]byte  `parquet:"wide,decimal(2:38)"`
		L    []int64   `parquet:"l,list"`
		G    inside    `parquet:"g"`
		X    int64     `parquet:"x"`
		XX   int64     `parquet:"X"`
	}
	disk := foreign(t, columns{})
	for _, c := range []struct {
		try  func() error
		want string
	}{
		{reading[struct{ I64 int32 }](disk), `in: column "I64", INT(64,true), has values that do not fit into the field struct { I64 int32 }.I64 of type int32`},
		{reading[struct{ U32 int32 }](disk), "has values that do not fit"},
		{reading[struct{ U32 string }](disk), "does not fit into"},
		{reading[struct{ I64 uint64 }](disk), "has values that do not fit"},
		{reading[struct{ F64 float32 }](disk), "has values that do not fit"},
		{reading[struct{ F64 int64 }](disk), "does not fit"},
		{reading[struct{ S int64 }](disk), "does not fit"},
		{reading[struct{ S []string }](disk), "does not fit"},
		{reading[struct{ T int64 }](disk), "TIMESTAMP"},
		{reading[struct{ Dec int64 }](disk), "the tag scale=4 would be enough"},
		{reading[struct {
			Dec int64 `parquet:",scale=5"`
		}](disk), "has values that do not fit"},
		{reading[struct{ Dec float64 }](disk), "has values that do not fit"},
		{reading[struct {
			Wide int64 `parquet:",scale=2"`
		}](disk), "has values that do not fit"},
		{reading[struct {
			U32 int64 `parquet:",scale=9"`
		}](disk), "has values that do not fit"},
		{reading[struct {
			X int64 `parquet:",scale=1"`
		}](disk), "has values that do not fit"},
		{reading[struct{ Date int32 }](disk), "DATE, does not fit"},
		{reading[struct {
			I32 int32 `parquet:",date"`
		}](disk), "does not fit"},
		{reading[struct {
			T int32 `parquet:",date"`
		}](disk), "does not fit"},
		{reading[struct{ L int64 }](disk), "does not fit"},
		{reading[struct{ L struct{ List int64 } }](disk), "does not fit"},
		{reading[struct{ G int64 }](disk), "a group, does not fit"},
		{reading[struct{ G struct{ Z int32 } }](disk), `there is no column "g.Z" for the field`},
		{reading[struct{ Missing int64 }](disk), `there is no column "Missing" for the field struct { Missing int64 }.Missing; the columns are`},
		{reading[struct {
			Y int64 `parquet:"x"`
		}](disk), ""},
		{reading[struct{ X int64 }](disk), ""},
		{reading[struct {
			Dec int64 `parquet:",scale=4"`
		}](disk), ""},
	} {
		err := c.try()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	type twin struct {
		A int `parquet:"abc"`
		B int `parquet:"ABC"`
	}
	if err := reading[struct{ Abc int64 }](foreign(t, twin{}))(); err == nil || !strings.Contains(err.Error(), `both columns "abc" and "ABC" could be`) &&
		!strings.Contains(err.Error(), `both columns "ABC" and "abc" could be`) {
		t.Errorf("got %v", err)
	}
}

func reading[T any](disk *filetest.Disk) func() error {
	return func() error {
		_, err := filetest.Read(parquet.Read[T]("in"), disk, 1)
		return err
	}
}

func TestMistakesAreKnownBeforeTheJob(t *testing.T) {
	type self struct {
		A    int
		Next *self
	}
	type twice struct {
		A int
		B int `parquet:"a"`
	}
	type tagged struct {
		A string `parquet:"a,scale=2"`
	}
	type wide struct {
		A int64 `parquet:"a,date"`
	}
	type behind struct{ P *struct{ X int64 } }
	for _, c := range []struct {
		source any
		want   string
	}{
		{parquet.Read[int]("in"), "int is no struct"},
		{parquet.Read[time.Time]("in"), "time.Time is no struct"},
		{parquet.Read[struct{ x int }]("in"), "no exported field"},
		{parquet.Read[struct{ C chan int }]("in"), "a chan int cannot be a column"},
		{parquet.Read[struct{ M map[string]int }]("in"), "a map[string]int cannot be a column"},
		{parquet.Read[struct{ P **int }]("in"), "a *int cannot be a column"},
		{parquet.Read[struct{ L [][]int }]("in"), "elements are single values"},
		{parquet.Read[struct{ L []*int }]("in"), "elements are single values"},
		{parquet.Read[struct{ L *[]int }]("in"), "a list is nil where it is NULL"},
		{parquet.Read[self]("in"), "within itself"},
		{parquet.Read[twice]("in"), `both called "a"`},
		{parquet.Read[tagged]("in"), `"scale=2" means nothing in the tag of a string`},
		{parquet.Read[wide]("in"), `"date" means nothing in the tag of a int64`},
		{parquet.Read[order]("in", parquet.Columns()), "no columns"},
		{parquet.Read[order]("in", parquet.Columns("id", "x")), `there is no column "x"`},
		{parquet.Read[order]("in", parquet.Where(func(e *every) *bool { return &e.B }, parquet.Equal(true))), "about another type"},
		{parquet.Read[order]("in", parquet.Where(func(o *order) *string { return o.Note }, parquet.Equal(""))), "parquet.Where(?"},
		{parquet.Read[order]("in", parquet.Where(orderID, parquet.Test[int64]{})), "the test is empty"},
		{parquet.Read[behind]("in", parquet.Where(func(b *behind) *int64 { return &b.P.X }, parquet.Equal[int64](1))), "behind a pointer"},
		{parquet.Read[every]("in", parquet.Where(func(e *every) *int { return &e.None }, parquet.Equal(1))), "no column with a single value"},
		{parquet.Read[order]("in", parquet.Zstd()), "no option for reading"},
		{parquet.Read[order]("in", file.Overwrite()), "no option for reading"},
		{parquet.Read[order]("in", csv.Header()), "option of another format"},
		{parquet.Write[order]("out", parquet.Columns("id")), "no option for writing"},
		{parquet.Write[order]("out", parquet.Where(orderID, parquet.Equal[int64](1))), "no option for writing"},
		{parquet.Write[order]("out", file.Gzip()), "drop file.Gzip()"},
		{parquet.Write[order]("out", file.Immediate()), "can be read only when it is complete"},
		{parquet.Write[order]("out", parquet.PageSize(0)), "must be from 1"},
		{parquet.Write[order]("out", parquet.RowGroupSize(0)), "at least 1"},
		{parquet.Write[func()]("out"), "is no struct"},
	} {
		err := c.source.(interface{ Err() error }).Err()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, err := parquet.Read[int]("in").Splits(nil); err == nil {
		t.Error("no error from Splits")
	}
	if err := filetest.Write(parquet.Write[int]("out"), filetest.NewDisk(), "job", nil); err == nil {
		t.Error("no error from Prepare")
	}
}

func TestSourceAndSinkDescribeTheirConfiguration(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	source := parquet.Read[every]("in", parquet.Columns("b"), file.Recursive(),
		parquet.Where(func(e *every) *time.Time { return &e.Out.In.List[0] }, parquet.Equal(at)),
		parquet.Where(func(e *every) *label { return &e.Out.In.B }, parquet.OneOf[label]("x", "y")),
		parquet.WhereNotNull(func(e *every) **time.Time { return &e.PTime }, parquet.Below(at)))
	want := `parquet.Read("in", parquet.Columns(["b"]), file.Recursive(), parquet.Where(?, parquet.Equal(2026-01-02T03:04:05.000000006Z)), ` +
		`parquet.Where(Out.In.B, parquet.OneOf("x", "y")), parquet.WhereNotNull(PTime, parquet.Below(2026-01-02T03:04:05.000000006Z)))`
	if got := source.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := parquet.Write[order]("out", parquet.Zstd(), parquet.RowGroupSize(5)).String(); got != `parquet.Write("out", parquet.Zstd(), parquet.RowGroupSize(5))` {
		t.Error(got)
	}
}

func TestValuesThatParquetCannotHoldAreErrors(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for want, rows := range map[string][]every{
		`record 1: column "S": "\xff" is no UTF-8`:                     {{}, {S: "\xff"}},
		`column "Us": 2026-01-02T03:04:05.000000006Z is no whole`:      {{Us: at}},
		`column "Ms": 2026-01-02T03:04:05.000000006Z is no whole`:      {{Ms: at}},
		`column "Day": 2026-01-02T03:04:05.000000006Z is not midnight`: {{Day: at}},
		`column "secs": 1ns is no whole number of 1s`:                  {{Whole: 1}},
		`column "Time": 2400-01-01T00:00:00Z is out of range in units`: {{Time: time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC)}},
		`column "price": 1000000000000000000 has more than the 18`:     {{Price: 1e18}},
	} {
		for i := range rows {
			if rows[i].Time.IsZero() {
				rows[i].Time = time.Unix(0, 0)
			}
			rows[i].In.B = "x"
		}
		disk := filetest.NewDisk()
		err := filetest.Write(parquet.Write[every]("out"), disk, "job", rows)
		if err == nil || !strings.Contains(err.Error(), want) || len(disk.Names()) != 0 {
			t.Errorf("got %v, want %s; left %q", err, want, disk.Names())
		}
	}
}

func TestFilesAppearOnlyWhenTheJobIsComplete(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Space = 10_000
	if err := filetest.Write(parquet.Write[order]("out"), disk, "job", orders(10_000)); !errors.Is(err, syscall.ENOSPC) || len(disk.Names()) > 0 {
		t.Errorf("got %v, left %q", err, disk.Names())
	}
	disk.Space = -1
	if err := filetest.Write(parquet.Write[order]("out"), disk, "job", orders(10), nil); err != nil {
		t.Fatal(err)
	}
	if want := []string{"out/part-00000.parquet", "out/part-00001.parquet"}; !slices.Equal(disk.Names(), want) {
		t.Errorf("got %q", disk.Names())
	}
	if err := filetest.Write(parquet.Write[order]("out"), disk, "job2", orders(5)); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v", err)
	}
	if err := filetest.Write(parquet.Write[order]("out", file.Overwrite()), disk, "job3", orders(5)); err != nil {
		t.Fatal(err)
	}
	if got, err := filetest.Read(parquet.Read[order]("out"), disk, 1); err != nil || !reflect.DeepEqual(got.Rows, orders(5)) {
		t.Errorf("got %v, %v", got.Rows, err)
	}
}

func TestReadingFailsWhereTheDiskDoes(t *testing.T) {
	disk := written(t, orders(1000))
	broken := errors.New("broken")
	for fail := 1; ; fail++ {
		n := 0
		disk.Fail = func(operation, path string) error {
			if n++; n == fail && operation != "stat" && operation != "close" {
				return broken
			}
			return nil
		}
		got, err := filetest.Read(parquet.Read[order]("out"), disk, 1)
		if err == nil && n < fail {
			return
		}
		if err == nil && len(got.Rows) != 1000 || err != nil && !errors.Is(err, broken) {
			t.Fatalf("operation %d: %d rows, %v", fail, len(got.Rows), err)
		}
	}
}

func TestAFileThatHasChangedIsNoticed(t *testing.T) {
	disk := written(t, orders(1000))
	source := parquet.Read[order]("out")
	c := &filetest.Context{Context: t.Context(), Disk: disk, Subtasks: 1}
	splits, err := source.Splits(c)
	if err != nil {
		t.Fatal(err)
	}
	disk.Put("out/part-00000.parquet", written(t, orders(10)).Content("out/part-00000.parquet"))
	if _, err := source.Open(c, splits[0]); err == nil || !strings.Contains(err.Error(), "when the job began") {
		t.Errorf("got %v", err)
	}
}

func TestASampleHasRowsOfSeveralRowGroups(t *testing.T) {
	for _, n := range []int{0, 1, 255, 20_000} {
		rows := orders(n)
		disk := filetest.NewDisk()
		opts := []parquet.Option{parquet.RowGroupSize(20_000)}
		if err := filetest.Write(parquet.Write[order]("in", opts...), disk, "job", rows[:n/4], rows[n/4:]); err != nil {
			t.Fatal(err)
		}
		s, err := filetest.CheckSample(parquet.Read[order]("in"), disk, 16)
		if err != nil || s.Size.Records != int64(n) || s.Rows > 4*256 {
			t.Errorf("%d rows: %+v, %d in the sample, %v", n, s.Size, s.Rows, err)
		}
		if n == 20_000 && (len(s.Places) != 4 || s.Rows != 4*256) {
			t.Errorf("%d places, %d rows", len(s.Places), s.Rows)
		}
		// Half of the cities come before this one.
		half := parquet.Where(func(o *order) *string { return &o.City }, parquet.Below("city 5"))
		s, err = filetest.CheckSample(parquet.Read[order]("in", half), disk, 16)
		if err != nil || s.Size.Records != -1 {
			t.Fatalf("%d rows, half of them: %+v, %v", n, s.Size, err)
		}
		if got := s.Estimate(); n == 20_000 && (got < 5000 || got > 20_000) {
			t.Errorf("%d rows, half of them: %.0f", n, got)
		}
	}
}
