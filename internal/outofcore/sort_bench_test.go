package outofcore

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
)

type three struct{ A, B, C int64 }

type named struct {
	Name  string
	Value int64
}

// benchRoom returns a room with a share of so many bytes.
func benchRoom(b *testing.B, share int64) (Room, func()) {
	budget := memory.NewBudget(share)
	s, err := budget.Share(share)
	if err != nil {
		b.Fatal(err)
	}
	space := spill.NewSpace(host.New(), []string{b.TempDir()}, memory.Unlimited())
	return Room{s, space}, func() {
		s.Close()
		if err := space.Close(); err != nil {
			b.Error(err)
		}
	}
}

// runSorter sorts rows with a share, and returns the largest part of it in use.
func runSorter[T any](b *testing.B, order Order[T], rows []T, room Room) (peak int64) {
	s := NewSorter(typeOf[T](b), order, room)
	defer s.Close()
	for rest := rows; len(rest) > 0; {
		n := min(1024, len(rest))
		if err := s.Add(rest[:n]); err != nil {
			b.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := s.Sort(); err != nil {
		b.Fatal(err)
	}
	n := 0
	for {
		batch, err := s.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		n += len(batch)
	}
	if n != len(rows) {
		b.Fatalf("%d rows of %d", n, len(rows))
	}
	_, peak = room.Memory.Used()
	return peak
}

// benchmarkSort sorts rows with slices.SortFunc, in memory, and with a quarter of
// the memory.
func benchmarkSort[T any](b *testing.B, name string, order Order[T], rows []T, compare func(a, b T) int) {
	perRow := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
	}
	b.Run(name+"/slices", func(b *testing.B) {
		b.ReportAllocs()
		work := make([]T, len(rows))
		for b.Loop() {
			b.StopTimer()
			copy(work, rows)
			b.StartTimer()
			slices.SortFunc(work, compare)
		}
		perRow(b)
	})
	peak := int64(0)
	b.Run(name+"/memory", func(b *testing.B) {
		b.ReportAllocs()
		room, free := benchRoom(b, 4<<30)
		defer free()
		for b.Loop() {
			peak = runSorter(b, order, rows, room)
		}
		perRow(b)
	})
	if peak == 0 {
		peak = int64(len(rows)) * 32
	}
	b.Run(name+"/quarter", func(b *testing.B) {
		b.ReportAllocs()
		room, free := benchRoom(b, peak/4)
		defer free()
		for b.Loop() {
			runSorter(b, order, rows, room)
		}
		perRow(b)
	})
}

func benchRows[T any](n int, row func(r *rand.Rand) T) []T {
	r := rand.New(rand.NewPCG(1, 2))
	rows := make([]T, n)
	for i := range rows {
		rows[i] = row(r)
	}
	return rows
}

const benchCount = 10_000_000

func BenchmarkSortPairs(b *testing.B) {
	order := By(keyOf(b, func(p *pair) *int64 { return &p.A }), false)
	compare := func(a, b pair) int { return cmp.Compare(a.A, b.A) }
	rows := benchRows(benchCount, func(r *rand.Rand) pair { return pair{int64(r.Uint64()), 1} })
	benchmarkSort(b, "random", order, rows, compare)
	slices.SortFunc(rows, compare)
	benchmarkSort(b, "sorted", order, rows, compare)
	slices.Reverse(rows)
	benchmarkSort(b, "reversed", order, rows, compare)
}

func BenchmarkSortThree(b *testing.B) {
	rows := benchRows(benchCount, func(r *rand.Rand) three { return three{int64(r.Uint64()), 1, 2} })
	benchmarkSort(b, "one", By(keyOf(b, func(p *three) *int64 { return &p.A }), false), rows,
		func(a, b three) int { return cmp.Compare(a.A, b.A) })
	rows = benchRows(benchCount, func(r *rand.Rand) three { return three{r.Int64N(1000), r.Int64N(1000), r.Int64()} })
	benchmarkSort(b, "all", itself[three](b), rows,
		func(a, b three) int {
			return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B), cmp.Compare(a.C, b.C))
		})
}

func BenchmarkSortNames(b *testing.B) {
	compare := func(a, b named) int { return strings.Compare(a.Name, b.Name) }
	order := By(keyOf(b, func(x *named) *string { return &x.Name }), false)
	rows := benchRows(benchCount, func(r *rand.Rand) named { return named{fmt.Sprintf("%016x", r.Uint64()), 1} })
	benchmarkSort(b, "random", order, rows, compare)
	rows = benchRows(benchCount/4, func(r *rand.Rand) named { return named{fmt.Sprintf("https://example.org/%016x", r.Uint64()), 1} })
	benchmarkSort(b, "prefix", order, rows, compare)
	benchmarkSort(b, "function", ByFunc(compare), rows, compare)
}

func BenchmarkSortHundredBytes(b *testing.B) {
	rows := benchRows(benchCount/2, func(r *rand.Rand) (x hundred) {
		for i := range x.Key {
			x.Key[i] = byte(r.Uint32())
		}
		for i := range 20 {
			x.Rest[i] = byte('A' + r.IntN(26))
		}
		return x
	})
	benchmarkSort(b, "random", By(keyOf(b, func(x *hundred) *[10]byte { return &x.Key }), false), rows,
		func(a, b hundred) int { return bytes.Compare(a.Key[:], b.Key[:]) })
}

// BenchmarkSortBeyondMemory sorts more and more rows with the same share, that of
// the rows of 1×.
func BenchmarkSortBeyondMemory(b *testing.B) {
	const unit = 4_000_000
	rows := benchRows(3*unit, func(r *rand.Rand) three { return three{int64(r.Uint64()), 1, 2} })
	order := By(keyOf(b, func(p *three) *int64 { return &p.A }), false)
	benchmarkCurve(b, "pairs", order, rows, unit)
	words := benchRows(3*unit/2, func(r *rand.Rand) named { return named{fmt.Sprintf("%016x", r.Uint64()), 1} })
	byName := By(keyOf(b, func(x *named) *string { return &x.Name }), false)
	benchmarkCurve(b, "names", byName, words, unit/2)
}

func benchmarkCurve[T any](b *testing.B, name string, order Order[T], rows []T, unit int) {
	room, free := benchRoom(b, 4<<30)
	share := runSorter(b, order, rows[:unit], room)
	free()
	for _, factor := range []float64{0.5, 0.75, 0.9, 1, 1.25, 1.5, 2, 2.5, 3} {
		b.Run(fmt.Sprintf("%s/%v", name, factor), func(b *testing.B) {
			n := int(factor * float64(unit))
			room, free := benchRoom(b, share)
			defer free()
			for b.Loop() {
				runSorter(b, order, rows[:n], room)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}
