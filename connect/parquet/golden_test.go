package parquet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/parquet"
)

type point struct {
	X int64   `parquet:"x"`
	Y *string `parquet:"y"`
}

// everything is a row of the files in testdata, which testdata/generate.py has
// made with other implementations.
type everything struct {
	B       bool
	I8      int8
	I16     int16
	I32     int32
	I64     int
	U8      uint8
	U16     uint16
	U32     uint32
	U64     uint64
	F32     float32
	F64     float64
	S       string
	Unique  string
	Raw     []byte
	Fixed   []byte
	Day     time.Time
	Ms, Us  time.Time
	Clock   time.Duration
	Dec9    float64
	Dec18   int64 `parquet:"dec18,scale=4"`
	Opt     *int64
	Opts    *string
	List    []int64
	Strings []string
	Group   point
	Maybe   *point
}

const goldenRows = 150

func goldenRow(i int) everything {
	start := time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	e := everything{
		B: i%3 == 0, I8: int8(i%256 - 128), I16: int16(i*100 - 15000), I32: int32(i * 1000003), I64: i*1e12 - 7,
		U8: uint8(i), U16: uint16(i * 200), U32: ^uint32(0) - uint32(i), U64: ^uint64(0) - uint64(i),
		F32: float32(i) / 4, F64: float64(i) / 3,
		S: fmt.Sprintf("row %d", i/10), Unique: fmt.Sprintf("prefix-%06d-ä", i),
		Raw: []byte{byte(i), 0, 255}, Fixed: []byte{byte(i), 1, 2, 3},
		Day: time.Date(1970, 1, 1+i-100, 0, 0, 0, 0, time.UTC),
		Ms:  start.Add(time.Duration(i*7) * time.Millisecond), Us: start.Add(time.Duration(i*7) * time.Microsecond),
		Clock: time.Hour + 2*time.Minute + 3*time.Second + time.Duration(i)*time.Microsecond,
		Dec9:  float64(i-150) / 100, Dec18: int64(i)*1e12 - 150,
		Group: point{X: int64(i)}, Strings: []string{},
	}
	if i%7 != 3 {
		n, s, z := int64(i), fmt.Sprintf("s%d", i%5), fmt.Sprintf("z%d", i)
		e.Opt, e.Opts, e.Maybe = &n, &s, &point{-n, &z}
	}
	if i%11 != 5 {
		e.List = []int64{}
		for j := range i % 4 {
			e.List = append(e.List, int64(j))
		}
	}
	for j := range i % 3 {
		e.Strings = append(e.Strings, fmt.Sprintf("e%d", j))
	}
	if i%5 != 1 {
		y := fmt.Sprintf("y%d", i)
		e.Group.Y = &y
	}
	return e
}

// onDisk puts the files of testdata on a disk.
func onDisk(t testing.TB) (disk *filetest.Disk, names []string) {
	t.Helper()
	disk = filetest.NewDisk()
	paths, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files in testdata", err)
	}
	for _, p := range paths {
		content, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		disk.Put(p, string(content))
	}
	return disk, paths
}

func TestFilesOfOtherImplementationsAreRead(t *testing.T) {
	disk, names := onDisk(t)
	for _, name := range names {
		if strings.Contains(name, "lists_across") {
			continue
		}
		got, err := filetest.Read(parquet.Read[everything](name), disk, 2)
		if err != nil || len(got.Rejected) > 0 {
			t.Errorf("%s: %v, rejected %v", name, err, got.Rejected)
			continue
		}
		if len(got.Rows) != goldenRows {
			t.Errorf("%s: %d rows", name, len(got.Rows))
		}
		for i, r := range got.Rows {
			if want := goldenRow(i); !reflect.DeepEqual(r, want) {
				t.Errorf("%s: row %d is\n%+v, want\n%+v", name, i, r, want)
				break
			}
		}
	}
}

func TestDatesAreReadAsDaysAndIntegersAsDecimals(t *testing.T) {
	type row struct {
		Day days  `parquet:",date"`
		I8  int64 `parquet:",scale=15"`
		I32 cents `parquet:",scale=8"`
		U32 int64 `parquet:",scale=2"`
	}
	disk, names := onDisk(t)
	for _, name := range names {
		if strings.Contains(name, "lists_across") {
			continue
		}
		got, err := filetest.Read(parquet.Read[row](name), disk, 2)
		if err != nil || len(got.Rows) != goldenRows {
			t.Errorf("%s: %d rows, %v", name, len(got.Rows), err)
			continue
		}
		for i, r := range got.Rows {
			e := goldenRow(i)
			want := row{days(i - 100), int64(e.I8) * 1e15, cents(e.I32) * 1e8, int64(e.U32) * 100}
			if r != want {
				t.Errorf("%s: row %d is %+v, want %+v", name, i, r, want)
				break
			}
		}
	}
}

func TestListsGoOnInTheNextPage(t *testing.T) {
	type lists struct {
		I32     int32
		List    []int64
		Strings []string
		Group   *point
	}
	disk, _ := onDisk(t)
	const name = "testdata/arrow_v1_lists_across_pages.parquet"
	for low := range int32(goldenRows) {
		source := parquet.Read[lists](name, parquet.Where(func(l *lists) *int32 { return &l.I32 }, parquet.AtLeast(low*1000003)))
		got, err := filetest.Read(source, disk, 1)
		if err != nil || len(got.Rows) != goldenRows-int(low) {
			t.Fatalf("from %d: %d rows, rejected %v, %v", low, len(got.Rows), got.Rejected, err)
		}
		for i, r := range got.Rows {
			w := goldenRow(i + int(low))
			if want := (lists{w.I32, w.List, w.Strings, &w.Group}); !reflect.DeepEqual(r, want) {
				t.Fatalf("from %d: row %d is %+v, want %+v", low, i, r, want)
			}
		}
	}
}

func TestStatisticsOfOtherImplementationsExcludeNoRowThatMatches(t *testing.T) {
	disk, names := onDisk(t)
	var all []everything
	for i := range goldenRows {
		all = append(all, goldenRow(i))
	}
	for at := 0; at < goldenRows; at += 21 {
		e := goldenRow(at)
		check(t, disk, names, all, parquet.Where(func(e *everything) *int8 { return &e.I8 }, parquet.AtMost(e.I8)), func(o everything) bool { return o.I8 <= e.I8 })
		check(t, disk, names, all, parquet.Where(func(e *everything) *uint32 { return &e.U32 }, parquet.Above(e.U32)), func(o everything) bool { return o.U32 > e.U32 })
		check(t, disk, names, all, parquet.Where(func(e *everything) *uint64 { return &e.U64 }, parquet.Equal(e.U64)), func(o everything) bool { return o.U64 == e.U64 })
		check(t, disk, names, all, parquet.Where(func(e *everything) *float32 { return &e.F32 }, parquet.Below(e.F32)), func(o everything) bool { return o.F32 < e.F32 })
		check(t, disk, names, all, parquet.Where(func(e *everything) *string { return &e.S }, parquet.OneOf(e.S, "row 1")), func(o everything) bool { return o.S == e.S || o.S == "row 1" })
		check(t, disk, names, all, parquet.Where(func(e *everything) *string { return &e.Unique }, parquet.AtLeast(e.Unique)), func(o everything) bool { return o.Unique >= e.Unique })
		check(t, disk, names, all, parquet.Where(func(e *everything) *time.Time { return &e.Day }, parquet.AtLeast(e.Day)), func(o everything) bool { return !o.Day.Before(e.Day) })
		check(t, disk, names, all, parquet.Where(func(e *everything) *time.Time { return &e.Ms }, parquet.Equal(e.Ms)), func(o everything) bool { return o.Ms.Equal(e.Ms) })
		check(t, disk, names, all, parquet.Where(func(e *everything) *time.Duration { return &e.Clock }, parquet.Above(e.Clock)), func(o everything) bool { return o.Clock > e.Clock })
		check(t, disk, names, all, parquet.Where(func(e *everything) *float64 { return &e.Dec9 }, parquet.AtMost(e.Dec9)), func(o everything) bool { return o.Dec9 <= e.Dec9 })
		check(t, disk, names, all, parquet.Where(func(e *everything) *int64 { return &e.Dec18 }, parquet.Between(-150, e.Dec18)), func(o everything) bool { return o.Dec18 <= e.Dec18 })
		check(t, disk, names, all, parquet.Where(func(e *everything) *int64 { return &e.Group.X }, parquet.AtLeast(e.Group.X)), func(o everything) bool { return o.Group.X >= e.Group.X })
		check(t, disk, names, all, parquet.Where(func(e *everything) *bool { return &e.B }, parquet.Equal(e.B)), func(o everything) bool { return o.B == e.B })
		if e.Opts != nil {
			check(t, disk, names, all, parquet.WhereNotNull(func(e *everything) **string { return &e.Opts }, parquet.AtMost(*e.Opts)), func(o everything) bool { return o.Opts != nil && *o.Opts <= *e.Opts })
		}
	}
}

// check reads all files with a condition and compares with filtering.
func check(t *testing.T, disk *filetest.Disk, names []string, all []everything, o parquet.Option, keep func(everything) bool) {
	t.Helper()
	var want []everything
	for _, e := range all {
		if keep(e) {
			want = append(want, e)
		}
	}
	for _, name := range names {
		if strings.Contains(name, "lists_across") {
			continue
		}
		got, err := filetest.Read(parquet.Read[everything](name, o), disk, 2)
		if err != nil || !reflect.DeepEqual(got.Rows, want) {
			t.Errorf("%s, %s: %d rows, want %d, %v", name, o, len(got.Rows), len(want), err)
		}
	}
}
