package windowing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/thalweg/thalweg/window"
)

// randomTrigger draws a trigger. Triggers of the clock are left out where time goes on
// between the moments at which the machine is asked.
func randomTrigger(r *rand.Rand, depth int) window.Trigger {
	parts := func() (all []window.Trigger) {
		for range 1 + r.IntN(3) {
			all = append(all, randomTrigger(r, depth-1))
		}
		return all
	}
	kinds := 6
	if depth > 0 {
		kinds = 11
	}
	switch r.IntN(kinds) {
	case 0:
		return window.AtEnd()
	case 1, 2:
		return window.AfterCount(1 + r.IntN(4))
	case 3:
		return window.AfterClock(time.Duration(1 + r.IntN(10)))
	case 4:
		return window.EveryTime(time.Duration(1 + r.IntN(10)))
	case 5:
		return multiple(1 + r.IntN(4))
	case 6:
		t := window.AfterEnd()
		if r.IntN(2) == 0 {
			t = t.Early(randomTrigger(r, depth-1))
		}
		if r.IntN(2) == 0 {
			t = t.Late(randomTrigger(r, depth-1))
		}
		return t
	case 7:
		return window.Repeat(randomTrigger(r, depth-1))
	case 8:
		return window.All(parts()...)
	case 9:
		return window.Any(parts()...)
	}
	return window.InOrder(parts()...)
}

// TestTheMachineIsTheModel compares the machine with the naive one on random windows,
// triggers, lateness and disorder. SEED and CASES choose another sequence of cases.
func TestTheMachineIsTheModel(t *testing.T) {
	seed, cases := rand.Uint64(), 10_000
	if text := os.Getenv("SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	if text := os.Getenv("CASES"); text != "" {
		cases, _ = strconv.Atoi(text)
	}
	t.Logf("SEED=%d CASES=%d", seed, cases)
	for i := range cases {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		n := &naive{lateness: int64(r.IntN(3) * r.IntN(15)), discard: r.IntN(2) == 0, trigger: randomTrigger(r, 2)}
		m := &Machine[int, []int]{
			Lateness: n.lateness, Discard: n.discard, Trigger: n.trigger, Weigh: func(a *[]int) int { return 8 * len(*a) },
			Put:  func(a *[]int, row *int, _ int64) int { *a = append(*a, *row); return 8 },
			Join: func(a, from *[]int) { *a = append(*a, *from...) },
		}
		if r.IntN(2) == 0 {
			n.gap, m.Merging = int64(1+r.IntN(12)), true
		} else {
			n.slide = int64(1 + r.IntN(6))
			n.size = n.slide + int64(r.IntN(8))
		}
		m.Windows = func(_ *int, at int64, to []Span) []Span { return append(to, n.assign(at)...) }
		m.Init()
		var s State[[]int]
		var fired, dropped []string
		emit := func(f Fired[[]int]) {
			ids := slices.Clone(*f.Value)
			slices.Sort(ids)
			fired = append(fired, fmt.Sprint(f.Span, f.Index, f.Timing, f.Last, ids))
		}
		mark, now, at := int64(math.MinInt64), int64(1), int64(0)
		for id := range 1 + r.IntN(60) {
			switch r.IntN(4) {
			case 0:
				mark = max(mark, at-int64(r.IntN(12))+3)
				now += int64(r.IntN(6))
				m.Advance(&s, mark, now, emit)
				n.advance(mark, now)
				nextMark, nextNow := m.Waits(&s, mark, now)
				before := len(fired)
				if nextMark > mark+1 { // nothing happens before the time it says
					m.Advance(&s, nextMark-1, now, emit)
				}
				if nextNow > now && nextNow != math.MaxInt64 {
					m.Advance(&s, mark, nextNow-1, emit)
				}
				if len(fired) != before {
					t.Fatalf("SEED=%d, case %d: %s, before the time it waits for: %s", seed, i, n.trigger, fired[before])
				}
				now = max(now, min(nextNow-1, now))
			default:
				at += int64(r.IntN(4))
				when := max(at-int64(r.IntN(20)), 0)
				was, _ := m.Add(&s, &id, when, mark, now, nil)
				m.Settle(&s, mark, now, emit)
				n.add(id, when, mark, now)
				if was {
					dropped = append(dropped, fmt.Sprint(id))
				}
			}
		}
		m.Advance(&s, math.MaxInt64, now, emit)
		n.advance(math.MaxInt64-n.lateness, now)
		if !slices.Equal(fired, n.fired) || !slices.Equal(dropped, n.dropped) {
			t.Fatalf("SEED=%d, case %d: %s, lateness %d, discarding %v, gap %d, size %d every %d:\nfired %v\nwant  %v\ndropped %v, want %v",
				seed, i, n.trigger, n.lateness, n.discard, n.gap, n.size, n.slide, fired, n.fired, dropped, n.dropped)
		}
		if len(s.Open) != 0 {
			t.Fatalf("SEED=%d, case %d: %d windows are left", seed, i, len(s.Open))
		}
		if s.Weight != 0 {
			t.Fatalf("SEED=%d, case %d: windows that have gone weigh %d", seed, i, s.Weight)
		}
	}
}

func TestADeltaIsTakenToTheRecordThatExceededIt(t *testing.T) {
	far := window.AfterDelta(2, func(a, b int) float64 { return math.Abs(float64(a - b)) }, 0)
	m := &Machine[int, []int]{
		Trigger: window.Repeat(far), Discard: true,
		Windows: func(_ *int, _ int64, to []Span) []Span { return append(to, Global) },
		Put:     func(a *[]int, row *int, _ int64) int { *a = append(*a, *row); return 8 },
		Keep:    func(*int) {},
	}
	m.Init()
	var s State[[]int]
	var fired [][]int
	for _, row := range []int{1, 2, 3, 4, 1, 0, 9} {
		m.Add(&s, &row, 0, 0, 0, nil)
		m.Settle(&s, 0, 0, func(f Fired[[]int]) { fired = append(fired, slices.Clone(*f.Value)) })
	}
	if want := "[[1 2 3] [4 1 0] [9]]"; fmt.Sprint(fired) != want {
		t.Errorf("%v is fired, want %s", fired, want)
	}
}

func TestARecordThatATriggerPanicsAboutIsInNoWindow(t *testing.T) {
	rule := window.AfterRecord(func(row int) bool {
		if row < 0 {
			panic("below zero")
		}
		return row%4 == 0
	})
	m := &Machine[int, []int]{
		Trigger: window.Repeat(rule), Discard: true,
		Windows: func(_ *int, _ int64, to []Span) []Span { return append(to, Global) },
		Put:     func(a *[]int, row *int, _ int64) int { *a = append(*a, *row); return 8 },
	}
	m.Init()
	var s State[[]int]
	var fired [][]int
	add := func(row int) (panicked bool) {
		defer func() { panicked = recover() != nil }()
		m.Add(&s, &row, 0, 0, 0, nil)
		m.Settle(&s, 0, 0, func(f Fired[[]int]) { fired = append(fired, slices.Clone(*f.Value)) })
		return false
	}
	for _, row := range []int{-1, 1, -2, 2, 4, -3, 8} {
		if add(row) != (row < 0) {
			t.Errorf("%d: a panic, or none", row)
		}
	}
	if want := "[[1 2 4] [8]]"; fmt.Sprint(fired) != want {
		t.Errorf("%v is fired, want %s", fired, want)
	}
}

func TestATriggerByRecordsIsForItsRecords(t *testing.T) {
	if err := CheckTrigger[int](window.Repeat(multiple(3))); err != nil {
		t.Error(err)
	}
	all := window.Any()
	for range 65 {
		all.Parts = append(all.Parts, multiple(3))
	}
	for _, bad := range []window.Trigger{
		all, window.Repeat(window.AfterRecord(func(string) bool { return true })), window.AfterRecord[int](nil), window.AfterDelta[int](1, nil, 0),
	} {
		if CheckTrigger[int](bad) == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
