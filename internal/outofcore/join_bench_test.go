package outofcore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
	"github.com/thalweg/thalweg/types"
)

type (
	joinBenchPair struct{ Key, Value int64 }
	joinBenchName struct {
		Name  string
		Value int64
	}
	joinBenchWide struct {
		Key  int64
		Body [1016]byte
	}
)

// joinBenchRoom returns a room of a number of bytes on the machine's own disk.
func joinBenchRoom(b *testing.B, bytes int64) Room {
	budget := memory.NewBudget(bytes)
	share, err := budget.Share(bytes)
	if err != nil {
		b.Fatal(err)
	}
	space := spill.NewSpace(host.New(), []string{b.TempDir()}, memory.Unlimited())
	b.Cleanup(func() {
		if now, _ := share.Used(); now != 0 {
			b.Errorf("%d bytes are in use", now)
		}
		if err := space.Close(); err != nil {
			b.Error(err)
		}
	})
	return Room{share, space}
}

// joinBenchHash measures an inner join in a share; its times are for each row of both
// sides.
func joinBenchHash[T, K any](b *testing.B, key *types.Key[T, K], bytes int64, build, probe []T, want int) {
	room := joinBenchRoom(b, bytes)
	pairs := 0
	spec := JoinSpec[T, T, K]{
		Build: typeOf[T](b), Probe: typeOf[T](b), BuildKey: key, ProbeKey: key,
		Match: func(l, r *T) error { pairs++; return nil },
	}
	b.ReportAllocs()
	for b.Loop() {
		pairs = 0
		j, err := NewJoin(spec, room)
		if err != nil {
			b.Fatal(err)
		}
		err = joinBatches(build, j.Build)
		if err == nil {
			err = j.BuildDone()
		}
		if err == nil {
			err = joinBatches(probe, j.Probe)
		}
		if err == nil {
			err = j.ProbeDone()
		}
		j.Close()
		if err != nil || pairs != want {
			b.Fatalf("%d pairs, want %d, %v", pairs, want, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(build)+len(probe)), "ns/row")
}

func joinBatches[T any](rows []T, f func([]T) error) error {
	for n := 0; len(rows) > 0; rows = rows[n:] {
		n = min(len(rows), 1024)
		if err := f(rows[:n]); err != nil {
			return err
		}
	}
	return nil
}

// joinBenchMap is what a program does by hand: it collects one side, which comes in
// batches as well, in a slice with a map of the keys.
func joinBenchMap[T any, K comparable](b *testing.B, key func(*T) K, build, probe []T, want int) {
	b.ReportAllocs()
	for b.Loop() {
		rows, next := make([]T, 0, len(build)), make([]int32, len(build))
		first := make(map[K]int32, len(build))
		_ = joinBatches(build, func(batch []T) error {
			for i := range batch {
				k := key(&batch[i])
				if at, ok := first[k]; ok {
					next[len(rows)+i] = at + 1
				}
				first[k] = int32(len(rows) + i)
			}
			rows = append(rows, batch...)
			return nil
		})
		pairs, sum := 0, 0
		for i := range probe {
			at, ok := first[key(&probe[i])]
			for ; ok; at, ok = next[at]-1, next[at] > 0 {
				pairs++
				sum += len(rows[at : at+1])
			}
		}
		if pairs != want {
			b.Fatalf("%d pairs, want %d", pairs, want)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(build)+len(probe)), "ns/row")
}

// joinShuffled returns the numbers below n, each of them times over.
func joinShuffled(n, times int) []int {
	r := rand.New(rand.NewPCG(uint64(n), uint64(times)))
	numbers := make([]int, 0, n*times)
	for i := range n * times {
		numbers = append(numbers, i%n)
	}
	r.Shuffle(len(numbers), func(i, k int) { numbers[i], numbers[k] = numbers[k], numbers[i] })
	return numbers
}

func joinBenchRows[T any](keys []int, row func(key int) T) []T {
	rows := make([]T, len(keys))
	for i, k := range keys {
		rows[i] = row(k)
	}
	return rows
}

// joinBenchAll joins 1:1 and 1:10, by hand and in shares of memory that are ample, and
// a part of what the build side takes.
func joinBenchAll[T any, K comparable](b *testing.B, n int, ref func(*T) *K, row func(key int) T, rowBytes int64) {
	key := fieldKey(b, ref)
	for _, times := range []int{1, 10} {
		build, probe := joinBenchRows(joinShuffled(n/times, times), row), joinBenchRows(joinShuffled(n/times, max(times/10, 1)), row)
		if times == 1 {
			probe = joinBenchRows(joinShuffled(n, 1), row)
		}
		want := len(build)
		name := fmt.Sprintf("1to%d", times)
		b.Run(name+"/map", func(b *testing.B) {
			joinBenchMap(b, func(r *T) K { return *ref(r) }, build, probe, want)
		})
		whole := int64(n) * (rowBytes + 24)
		for _, share := range []struct {
			name  string
			bytes int64
		}{{"ample", 2 * whole}, {"4_3", whole * 4 / 3}, {"1_1", whole}, {"3_4", whole * 3 / 4}, {"1_2", whole / 2}, {"1_3", whole / 3}, {"1_4", whole / 4}, {"1_16", whole / 16}} {
			b.Run(name+"/"+share.name, func(b *testing.B) { joinBenchHash(b, key, share.bytes, build, probe, want) })
		}
	}
}

func BenchmarkJoinOfNumbers(b *testing.B) {
	joinBenchAll(b, 10_000_000, func(p *joinBenchPair) *int64 { return &p.Key },
		func(key int) joinBenchPair { return joinBenchPair{int64(key), 1} }, 16)
}

func BenchmarkJoinOfStrings(b *testing.B) {
	joinBenchAll(b, 3_000_000, func(n *joinBenchName) *string { return &n.Name },
		func(key int) joinBenchName { return joinBenchName{fmt.Sprintf("customer-%09d", key), 1} }, 40)
}

func BenchmarkJoinOfKilobytes(b *testing.B) {
	joinBenchAll(b, 500_000, func(w *joinBenchWide) *int64 { return &w.Key },
		func(key int) joinBenchWide { return joinBenchWide{Key: int64(key)} }, 1024)
}

// One key that half of the build rows have must not cost the rows with other keys.
func BenchmarkJoinWithAHeavyKey(b *testing.B) {
	const n = 2_000_000
	row := func(key int) joinBenchPair { return joinBenchPair{int64(key), 1} }
	build, probe := joinBenchRows(joinShuffled(n, 1), row), joinBenchRows(joinShuffled(n, 1), row)
	heavy := slices.Clone(build)
	for i := range heavy {
		if heavy[i].Key >= n/2 {
			heavy[i].Key = -1
		}
	}
	key := fieldKey(b, func(p *joinBenchPair) *int64 { return &p.Key })
	for _, share := range []struct {
		name  string
		bytes int64
	}{{"ample", n * 80}, {"1_4", n * 10}} {
		b.Run("even/"+share.name, func(b *testing.B) { joinBenchHash(b, key, share.bytes, build, probe, n) })
		b.Run("heavy/"+share.name, func(b *testing.B) { joinBenchHash(b, key, share.bytes, heavy, probe, n/2) })
	}
}
