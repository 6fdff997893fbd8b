package outofcore

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// joinPairsOf returns rows with keys from first on, each `times` times.
func joinPairsOf(first, keys, times int) []joinPairRow {
	var rows []joinPairRow
	for i := range keys * times {
		rows = append(rows, joinPairRow{int64(first + i/times), int32(i % times)})
	}
	return rows
}

func joinPairSpec(t testing.TB) JoinSpec[joinPairRow, joinPairRow, int64] {
	key := fieldKey(t, func(p *joinPairRow) *int64 { return &p.Key })
	return joinOf(t, key, key)
}

func TestAJoinStaysWithinItsShare(t *testing.T) {
	r := random(t)
	for _, strategy := range joinStrategies {
		n := 10_000
		if strategy == "loops" {
			n = 2500 // every row meets every other
		}
		for _, pages := range []int{MinPages, 12, 40} {
			room := testRoom(t, host.New(), pages)
			spec := joinPairSpec(t)
			got := recordJoin(&spec, "Mbp")
			forceJoin(&spec, strategy)
			if err := runJoin(t, r, spec, room, joinPairsOf(0, 2*n, 1), joinPairsOf(n, 2*n, 1)); err != nil {
				t.Fatal(err)
			}
			if want := 3 * n; len(got.what) != want {
				t.Errorf("%d calls, want %d", len(got.what), want)
			}
			if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
				t.Errorf("%s: of %d pages %d were used", strategy, pages, (peak+memory.UsualPage-1)/memory.UsualPage)
			}
		}
	}
}

func TestRowsMuchLargerThanTheShareAreJoined(t *testing.T) {
	r := random(t)
	large := func(key int32, size int) joinBlobRow {
		return joinBlobRow{key, []byte(strings.Repeat(string('a'+key), size))}
	}
	key := fieldKey(t, func(b *joinBlobRow) *int32 { return &b.Key })
	for _, strategy := range []string{"none", "loops"} {
		for _, sizes := range [][2]int{{64 << 20, 10}, {10, 20 << 20}, {1 << 20, 1 << 20}} {
			room := testRoom(t, host.New(), MinPages)
			spec := joinOf(t, key, key)
			calls := 0
			spec.Match = func(b, p *joinBlobRow) error {
				if b.Key != p.Key || len(b.Body) != sizes[0] || len(p.Body) != sizes[1] || b.Body[sizes[0]-1] != byte('a'+b.Key) || p.Body[sizes[1]-1] != byte('a'+b.Key) {
					return fmt.Errorf("key %d met key %d", b.Key, p.Key)
				}
				calls++
				return nil
			}
			forceJoin(&spec, strategy)
			build := []joinBlobRow{large(1, sizes[0]), large(2, sizes[0]), large(1, sizes[0])}
			probe := []joinBlobRow{large(1, sizes[1]), large(3, sizes[1]), large(1, sizes[1]), large(2, sizes[1])}
			if err := runJoin(t, r, spec, room, build, probe); err != nil || calls != 5 {
				t.Errorf("%s: %d pairs, want 5, %v", strategy, calls, err)
			}
		}
	}
}

func TestRowsWithoutAByteAreJoined(t *testing.T) {
	r := random(t)
	key := funcKey(t, func(joinNothing) int64 { return 3 })
	pairKey := fieldKey(t, func(p *joinPairRow) *int64 { return &p.Key })
	nothing := make([]joinNothing, 3000)
	for range 20 {
		checkJoin(t, r, joinOf(t, key, pairKey), joinPages(r), nothing, joinPairsOf(0, 5, 2))
		checkJoin(t, r, joinOf(t, pairKey, key), joinPages(r), joinPairsOf(0, 5, 2), nothing)
		checkJoin(t, r, joinOf(t, key, key), joinPages(r), nothing[:100], nothing[:200])
	}
}

// One key with most of the rows on both sides makes far too many pairs; whether
// there are partners is a question of a look for each row nevertheless.
func TestExistenceOfPartnersTakesOneLookAtAKeyWithManyRows(t *testing.T) {
	r := random(t)
	for _, wanted := range []string{"Bb", "Pp", "BbPp"} {
		for _, pages := range []int{MinPages, 1000} {
			spec := joinPairSpec(t)
			got := recordJoin(&spec, wanted)
			if err := runJoin(t, r, spec, testRoom(t, host.New(), pages), joinPairsOf(0, 1, 100000), joinPairsOf(0, 1, 100000)); err != nil {
				t.Fatal(err)
			}
			if want := 100000 * len(wanted) / 2; len(got.what) != want {
				t.Errorf("%s: %d calls, want %d", wanted, len(got.what), want)
			}
		}
	}
}

func TestAKeyThatIsLargerThanTheShareIsJoined(t *testing.T) {
	r := random(t)
	build := append(joinPairsOf(7, 1, 15000), joinPairsOf(100, 15000, 1)...)
	probe := append(joinPairsOf(7, 1, 3), joinPairsOf(5000, 70000, 1)...)
	r.Shuffle(len(build), func(i, k int) { build[i], build[k] = build[k], build[i] })
	for round := range 6 {
		spec := joinPairSpec(t)
		room := testRoom(t, host.New(), MinPages)
		want := recordJoin(&spec, "MbpP")
		naiveJoin(&spec, build, probe)
		got := recordJoin(&spec, "MbpP")
		spec.NoReversal = round%2 == 0
		if err := runJoin(t, r, spec, room, build, probe); err != nil {
			t.Fatal(err)
		}
		compareJoins(t, "a large key", got.events(spec.Build, spec.Probe), want.events(spec.Build, spec.Probe))
		if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
			t.Errorf("of %d bytes %d were used", room.Memory.Limit(), peak)
		}
	}
}

func TestAJoinThatIsClosedEarlyLeavesNothing(t *testing.T) {
	r := random(t)
	for round := range 20 {
		room := testRoom(t, host.New(), joinPages(r))
		spec := joinPairSpec(t)
		calls, most := 0, r.IntN(20000)
		stop := errors.New("stop")
		spec.Match = func(b, p *joinPairRow) error {
			if calls++; calls > most {
				if round%2 == 0 {
					panic(stop)
				}
				return stop
			}
			return nil
		}
		spec.BuildAlone = func(*joinPairRow) error { return nil }
		forceJoin(&spec, joinStrategies[r.IntN(len(joinStrategies))])
		func() {
			defer func() {
				if p := recover(); p != nil && p != stop {
					panic(p)
				}
			}()
			if err := runJoin(t, r, spec, room, joinPairsOf(0, 10000, 2), joinPairsOf(0, 10000, 1)); err != nil && err != stop {
				t.Error(err)
			}
		}()
		if now, _ := room.Memory.Used(); now != 0 {
			t.Fatalf("%d bytes are in use after %d pairs", now, calls)
		}
		j, err := NewJoin(spec, room)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Build(joinPairsOf(0, r.IntN(20000), 1)); err != nil {
			t.Fatal(err)
		}
		if round%3 == 0 {
			if err := j.BuildDone(); err != nil {
				t.Fatal(err)
			}
		}
		j.Close()
		j.Close()
		for room.Space.Stored() != 0 { // writes that were under way end first
			runtime.Gosched()
		}
	}
}

func TestAJoinReportsWhatTheDiskDoes(t *testing.T) {
	for _, op := range []faulty.Operation{faulty.Scratch, faulty.Write, faulty.Read} {
		t.Run(string(op), func(t *testing.T) {
			r := random(t)
			for range 6 {
				h := faulty.New(host.New())
				h.FailAfter(op, "*", r.IntN(60), syscall.EIO)
				spec := joinPairSpec(t)
				recordJoin(&spec, joinKinds[r.IntN(len(joinKinds))])
				forceJoin(&spec, joinStrategies[r.IntN(len(joinStrategies))])
				err := runJoin(t, r, spec, testRoom(t, h, MinPages), joinPairsOf(0, 20000, 1), joinPairsOf(10000, 20000, 1))
				if h.Failed(op) > 0 && (!errors.Is(err, syscall.EIO) || !strings.HasPrefix(err.Error(), "outofcore: ")) {
					t.Errorf("the disk failed, and the join returned %v", err)
				}
				if h.Failed(op) == 0 && err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestAJoinNeedsItsParts(t *testing.T) {
	room := testRoom(t, host.New(), MinPages)
	if _, err := NewJoin(JoinSpec[joinPairRow, joinPairRow, int64]{}, room); err == nil {
		t.Error("a join of nothing was made")
	}
	if _, err := NewJoin(joinPairSpec(t), testRoom(t, host.New(), MinPages-1)); err == nil {
		t.Error("a join was made in a share that is too small")
	}
}

func TestMarksAreKeptFromPassToPass(t *testing.T) {
	r := random(t)
	for _, pages := range []int{0, 1, 1000} {
		for range 20 {
			room := testRoom(t, host.New(), pages)
			rows := 1 + r.IntN(200000)
			want := make([]bool, rows)
			m := newJoinMarks(room, int64(rows))
			for range 4 {
				if err := m.begin(); err != nil {
					t.Fatal(err)
				}
				for i := range want {
					mark := r.IntN(3) == 0
					was, err := m.set(int64(i), mark)
					if err != nil || was != want[i] {
						t.Fatalf("row %d of %d: %v, want %v, %v", i, rows, was, want[i], err)
					}
					want[i] = was || mark
				}
				if err := m.end(); err != nil {
					t.Fatal(err)
				}
			}
			m.close()
		}
	}
}
