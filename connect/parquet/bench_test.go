package parquet_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	library "github.com/parquet-go/parquet-go"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/parquet"
)

type six struct {
	ID    int64
	Kind  int32
	Name  string
	Price float64
	City  string
	Count *int64
}

type two struct {
	ID    int64
	Price float64
}

const records = 200_000

func sixColumns(n int) []six {
	cities := []string{"Springfield", "Shelbyville", "Ogdenville", "North Haverbrook"}
	rows := make([]six, n)
	for i := range rows {
		count := int64(i % 7)
		rows[i] = six{int64(1_000_000 + i), int32(i % 100), fmt.Sprintf("customer number %d", i), float64(i%1000) + .25, cities[i%4], &count}
		if i%5 == 0 {
			rows[i].Count = nil
		}
	}
	return rows
}

// pass reads all splits of a source once and returns how many records came.
func pass[T any](tb testing.TB, source connect.Source[T], disk *filetest.Disk, rows []T) (n int) {
	c := &filetest.Context{Context: tb.Context(), Disk: disk}
	splits, err := source.Splits(c)
	if err != nil {
		tb.Fatal(err)
	}
	for _, s := range splits {
		r, err := source.Open(c, s)
		for err == nil {
			var m int
			m, err = r.Read(rows)
			n += m
		}
		if err != io.EOF || len(c.Rejected) > 0 {
			tb.Fatal(err, c.Rejected)
		}
		_ = r.Close()
	}
	return n
}

func report(b *testing.B, read int) {
	if read != records {
		b.Fatalf("%d records", read)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
}

func ours[T any](b *testing.B, disk *filetest.Disk) {
	rows := make([]T, 1024)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = pass(b, parquet.Read[T]("out"), disk, rows)
	}
	report(b, n)
}

func theirs[T any](b *testing.B, disk *filetest.Disk) {
	content := disk.Content("out/part-00000.parquet")
	rows := make([]T, 1024)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		r := library.NewGenericReader[T](strings.NewReader(content))
		for {
			m, err := r.Read(rows)
			n += m
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		_ = r.Close()
	}
	report(b, n)
}

// BenchmarkRead compares with the library's own reader of structs.
func BenchmarkRead(b *testing.B) {
	disk := written(b, sixColumns(records))
	b.Run("columns=6/ours", func(b *testing.B) { ours[six](b, disk) })
	b.Run("columns=6/library", func(b *testing.B) { theirs[six](b, disk) })
	b.Run("columns=2/ours", func(b *testing.B) { ours[two](b, disk) })
	b.Run("columns=2/library", func(b *testing.B) { theirs[two](b, disk) })
}

// BenchmarkWhere reads one record in a hundred: neighbours, and every hundredth.
func BenchmarkWhere(b *testing.B) {
	disk := written(b, sixColumns(records))
	for name, o := range map[string]parquet.Option{
		"neighbours": parquet.Where(func(s *six) *int64 { return &s.ID }, parquet.Between[int64](1_050_000, 1_051_999)),
		"scattered":  parquet.Where(func(s *six) *int32 { return &s.Kind }, parquet.Equal[int32](5)),
	} {
		b.Run(name, func(b *testing.B) {
			rows := make([]six, 1024)
			for b.Loop() {
				if n := pass(b, parquet.Read[six]("out", o), disk, rows); n != records/100 {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	rows := sixColumns(records)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			written(b, rows)
		}
		report(b, len(rows))
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w := library.NewGenericWriter[six](io.Discard, library.Compression(&library.Snappy),
				library.DefaultEncodingFor(library.ByteArray, &library.RLEDictionary), library.DictionaryMaxBytes(1<<20))
			if _, err := w.Write(rows); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
		report(b, len(rows))
	})
}

func TestReadingAllocatesNothingPerRecord(t *testing.T) {
	const n = 50_000
	disk := written(t, sixColumns(n))
	source := parquet.Read[six]("out")
	rows := make([]six, 1024)
	// Footers and headers of pages cost some; values behind pointers come 128 at once.
	if allocs := testing.AllocsPerRun(3, func() { pass(t, source, disk, rows) }); allocs > 1000+n/128 {
		t.Errorf("%v allocations for %d records", allocs, n)
	}
}

func TestWritingAllocatesNothingPerRecord(t *testing.T) {
	const n = 50_000
	rows := sixColumns(n)
	for i := range rows { // the library keeps what is in a dictionary by itself
		rows[i].Name = "somebody"
	}
	if allocs := testing.AllocsPerRun(3, func() { written(t, rows) }); allocs > n/20 {
		t.Errorf("%v allocations for %d records", allocs, n)
	}
}
