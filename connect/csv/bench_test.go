package csv_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file/filetest"
)

type six struct {
	ID    int64
	Kind  int32
	Name  string
	Price float64
	City  string
	Count int
}

const lines = 20_000

func sixColumns(quoted bool) string {
	format := "%d,%d,customer number %d,%d.25,Springfield,%d\n"
	if quoted {
		format = "%d,%d,\"customer number %d\",%d.25,\"Springfield\",%d\n"
	}
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, format, 1_000_000+i, i%100, i, i%1000, i%7)
	}
	return b.String()
}

// pass reads all splits of a source once.
func pass[T any](tb testing.TB, source connect.Source[T], disk *filetest.Disk, rows []T) {
	c := &filetest.Context{Context: tb.Context(), Disk: disk}
	splits, err := source.Splits(c)
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for _, s := range splits {
		r, err := source.Open(c, s)
		for err == nil {
			var m int
			m, err = r.Read(rows)
			n += m
		}
		if err != io.EOF {
			tb.Fatal(err)
		}
		_ = r.Close()
	}
	if n != lines {
		tb.Fatalf("%d records, rejected %v", n, c.Rejected)
	}
}

func BenchmarkRead(b *testing.B) {
	for _, quoted := range []bool{false, true} {
		b.Run(fmt.Sprintf("quoted=%t", quoted), func(b *testing.B) {
			content := sixColumns(quoted)
			disk := filetest.NewDisk()
			disk.Put("in", content)
			rows := make([]six, 1024)
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				pass(b, csv.Read[six]("in"), disk, rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/record")
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	rows := make([]six, lines)
	for i := range rows {
		rows[i] = six{int64(1_000_000 + i), int32(i % 100), "customer number", float64(i%1000) + .25, "Springfield", i % 7}
	}
	b.ReportAllocs()
	for b.Loop() {
		disk := filetest.NewDisk()
		if err := filetest.Write(csv.Write[six]("out"), disk, "job", rows); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(disk.Content("out/part-00000.csv"))))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/record")
}

func TestReadingAllocatesNothingPerRecord(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", sixColumns(false))
	disk.Put("quoted", sixColumns(true))
	for _, path := range []string{"in", "quoted"} {
		source := csv.Read[six](path)
		rows := make([]six, 1024)
		if allocs := testing.AllocsPerRun(3, func() { pass(t, source, disk, rows) }); allocs > lines/100 {
			t.Errorf("%s: %v allocations for %d records", path, allocs, lines)
		}
	}
}

func TestWritingAllocatesNothingPerRecord(t *testing.T) {
	rows := make([]six, 1000)
	c := &filetest.Context{Context: t.Context(), Disk: filetest.NewDisk(), Name: "job", Subtasks: 1}
	sink := csv.Write[six]("out")
	if err := sink.(connect.Preparer).Prepare(c); err != nil {
		t.Fatal(err)
	}
	w, err := sink.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 { // the buffer reaches its size
		_ = w.Write(rows)
	}
	if allocs := testing.AllocsPerRun(5, func() { _ = w.Write(rows) }); allocs > 20 {
		t.Errorf("%v allocations for %d records", allocs, len(rows))
	}
}
