package outofcore

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

func TestABucketHasThePrefixesBetweenItsBounds(t *testing.T) {
	r := random(t)
	for range 100 {
		var f sortFan
		for i := range fanWidth - 1 {
			f.bounds[i] = r.Uint64N(1 << (1 + r.IntN(63)))
		}
		f.bounds[r.IntN(fanWidth-1)] = math.MaxUint64 * uint64(r.IntN(2))
		bounds := f.bounds[:fanWidth-1]
		slices.Sort(bounds)
		prefixes := append([]uint64{0, 1, math.MaxUint64, r.Uint64()}, bounds...)
		for _, p := range prefixes {
			for _, p := range []uint64{p - 1, p, p + 1} {
				want := sort.Search(len(bounds), func(i int) bool { return bounds[i] > p })
				if got := f.bucket(p); got != uint64(want) {
					t.Fatalf("%x is in bucket %d of %x, want %d", p, got, bounds, want)
				}
			}
		}
	}
}

func TestRowsThatAreSpreadComeOutInOrder(t *testing.T) {
	r := random(t)
	order := By(keyOf(t, func(x *hundred) *[10]byte { return &x.Key }), false)
	for name, key := range map[string]func(i int) uint64{
		"random":    func(int) uint64 { return r.Uint64() },
		"few":       func(int) uint64 { return r.Uint64N(3) << 50 },
		"one":       func(int) uint64 { return 7 },
		"ascending": func(i int) uint64 { return uint64(i) << 20 },
		"falling":   func(i int) uint64 { return -uint64(i) << 20 },
		"two parts": func(i int) uint64 { return uint64(i/100_000)<<60 | r.Uint64N(1000) },
	} {
		rows := make([]hundred, 200_000)
		for i := range rows {
			binary.BigEndian.PutUint64(rows[i].Key[:], key(i))
			binary.BigEndian.PutUint32(rows[i].Rest[40:], uint32(i))
		}
		room := testRoom(t, host.New(), fanPages+r.IntN(50))
		s := NewSorter(typeOf[hundred](t), order, room)
		for rest := rows; len(rest) > 0; {
			n := min(len(rest), r.IntN(1500))
			if err := s.Add(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if s.table.fan == nil {
			t.Errorf("%s: the rows were not spread", name)
		}
		if err := s.Sort(); err != nil {
			t.Fatal(err)
		}
		got := allSorted(t, s)
		s.Close()
		if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
			t.Errorf("%s: %d bytes of a share of %d were used", name, peak, room.Memory.Limit())
		}
		sameRows(t, order, got, rows)
	}
}

// BenchmarkScan reads sorted rows of a hundred bytes, which lie in memory as they came
// or spread, in their order.
func BenchmarkScan(b *testing.B) {
	const count = 500_000
	rows := benchRows(count, func(r *rand.Rand) (x hundred) {
		binary.BigEndian.PutUint64(x.Key[:], r.Uint64())
		return x
	})
	order := By(keyOf(b, func(x *hundred) *[10]byte { return &x.Key }), false)
	for _, name := range []string{"as they came", "spread"} {
		b.Run(name, func(b *testing.B) {
			budget := memory.NewBudget(340 << 20)
			share, err := budget.Share(budget.Limit())
			if err != nil {
				b.Fatal(err)
			}
			m := newSortTable(typeOf[hundred](b), order, share)
			defer m.free()
			sorter := newTableSorter(m, 2<<20)
			from := 0
			if name == "spread" {
				from = m.add(rows[:count/10], false)
				m.spread(0, from)
			}
			m.add(rows[from:], false)
			if err := sorter.sort(from, count); err != nil {
				b.Fatal(err)
			}
			block, page := newBlockAppender(m.t), mustPage(share)
			defer share.Free(page)
			b.ReportAllocs()
			for b.Loop() {
				scan := sortScan[hundred]{m: m, pos: from, end: count}
				if m.fan != nil {
					scan.ahead, scan.from = &fanScan{fanRows: m.fan.rows}, from
				}
				block.begin(page)
				for n := scan.step(sortStep); n > 0; n = scan.step(sortStep) {
					for _, row := range scan.rows[:n] {
						if !block.appendEncoded(row) {
							block.begin(page)
						}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*(count-from)), "ns/row")
		})
	}
}
