package outofcore

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
)

// distributions of prefixes that are hard in some way.
var distributions = map[string]func(r *rand.Rand, i int) uint64{
	"random":       func(r *rand.Rand, _ int) uint64 { return r.Uint64() },
	"small":        func(r *rand.Rand, _ int) uint64 { return r.Uint64N(10) },
	"equal":        func(*rand.Rand, int) uint64 { return 1 << 63 },
	"exponential":  func(r *rand.Rand, _ int) uint64 { return r.Uint64() >> r.IntN(64) },
	"low and high": func(r *rand.Rand, _ int) uint64 { return r.Uint64N(3)<<62 | r.Uint64N(100) },
	"almost equal": func(r *rand.Rand, i int) uint64 {
		if i == 777 {
			return 0
		}
		return 1<<63 | r.Uint64N(2)
	},
	"ascending":  func(_ *rand.Rand, i int) uint64 { return uint64(i / 3) },
	"descending": func(_ *rand.Rand, i int) uint64 { return -uint64(i / 3) },
}

func TestRangesOfAnIndexAreSortedByPrefix(t *testing.T) {
	for name, prefix := range distributions {
		t.Run(name, func(t *testing.T) {
			r := random(t)
			for _, stride := range []int{16, 24, 32} {
				for _, scratch := range []int{1, 5000, 100_000} {
					room := testRoom(t, host.New(), 200)
					x := newSortIndex(room.Memory, stride)
					n := 1 + r.IntN(20_000)
					for i := range n {
						if x.room() == 0 {
							x.grow(room.Memory.Page())
						}
						e := x.extend(1)
						binary.NativeEndian.PutUint64(e, prefix(r, i))
						binary.NativeEndian.PutUint64(e[stride-8:], uint64(i))
					}
					gone := r.IntN(n)
					if stride == 16 {
						x.drop(gone)
					}
					checkSort(t, r, &x, scratch)
					x.free()
				}
			}
		})
	}
}

// checkSort sorts a range and compares all of the index with a sorted copy.
func checkSort(t *testing.T, r *rand.Rand, x *sortIndex, scratch int) {
	t.Helper()
	lo := x.head + r.IntN(x.len())
	hi := lo + r.IntN(x.tail-lo+1)
	want := entriesOf(x)
	slices.SortStableFunc(want[lo-x.head:hi-x.head], func(a, b [2]uint64) int {
		if a[0] < b[0] {
			return -1
		}
		return int(min(1, a[0]-b[0]))
	})
	s := newIndexSorter(x)
	s.begin(scratch)
	s.sort(lo, hi)
	got := entriesOf(x)
	for i := range got {
		if got[i][0] != want[i][0] {
			t.Fatalf("range %d to %d: prefix %d is %x, want %x", lo, hi, i, got[i][0], want[i][0])
		}
	}
	all := func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(got, all)
	slices.SortFunc(want, all)
	if !slices.Equal(got, want) {
		t.Fatal("the entries are not those that were there")
	}
}

// entriesOf returns prefixes and last words.
func entriesOf(x *sortIndex) (entries [][2]uint64) {
	e := make([]byte, x.stride)
	for pos := x.head; pos < x.tail; pos++ {
		x.read(pos, e)
		entries = append(entries, [2]uint64{binary.NativeEndian.Uint64(e), binary.NativeEndian.Uint64(e[x.stride-8:])})
	}
	return entries
}

func BenchmarkRadixSort(b *testing.B) {
	const n = 1_000_000
	room, free := benchRoom(b, 256<<20)
	defer free()
	x := newSortIndex(room.Memory, 16)
	s := newIndexSorter(&x)
	r := rand.New(rand.NewPCG(1, 2))
	b.SetBytes(16 * n)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range n {
			if x.room() == 0 {
				x.grow(room.Memory.Page())
			}
			binary.NativeEndian.PutUint64(x.extend(1), r.Uint64())
		}
		s.begin(1 << 20)
		b.StartTimer()
		s.sort(x.head, x.tail)
		b.StopTimer()
		x.free()
		b.StartTimer()
	}
}
