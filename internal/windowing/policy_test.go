package windowing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func every(n int64) Policy[int64] { return Policy[int64]{Kind: ByTime, N: n} }
func everyFrom(start, n int64) Policy[int64] {
	return Policy[int64]{Kind: ByTime, N: n, Start: start, Started: true}
}
func count(n, start int64) Policy[int64] { return Policy[int64]{Kind: ByCount, N: n, Start: start} }
func delta(d float64) Policy[int64] {
	return Policy[int64]{Kind: ByDelta, Threshold: d, Distance: func(a, b *int64) float64 { return math.Abs(float64(*a - *b)) }}
}
func punctuation(end int64) Policy[int64] {
	return Policy[int64]{Kind: ByPunctuation, Ends: func(n *int64) bool { return *n == end }}
}

var tumbling = Policy[int64]{Kind: ByFiring}

// transcriptOf is what records, which are their own times, fire: the firings of each
// behind it, and those of the end.
func transcriptOf(p Policies[int64], times ...int64) string {
	var out strings.Builder
	s := p.Begin()
	fire := func(at int64, r []int64) { fmt.Fprintf(&out, " %d%v", at, r) }
	for _, t := range times {
		fmt.Fprint(&out, t, ":")
		p.Add(&s, &t, t, fire)
		fmt.Fprint(&out, "; ")
	}
	fmt.Fprint(&out, "end:")
	p.End(&s, times[len(times)-1], fire)
	return out.String()
}

// TestPoliciesFireAsDescribed has the rules of the policies of Flink 0.9, one a case.
func TestPoliciesFireAsDescribed(t *testing.T) {
	of := func(all ...Policy[int64]) []Policy[int64] { return all }
	oneToSeven := []int64{1, 2, 3, 4, 5, 6, 7}
	for _, c := range []struct {
		rule                string
		triggers, evictions []Policy[int64]
		empty               bool
		times               []int64
		want                string
	}{
		{"each boundary that was passed fires, and nothing is evicted", of(every(5)), nil, false, []int64{1, 3, 20, 26},
			"1:; 3:; 20: 4[1 3] 9[1 3] 14[1 3] 19[1 3]; 26: 24[1 3 20]; end: 26[1 3 20 26]"},
		{"windows of time are half open, and empty ones do not fire", of(every(5)), of(every(5)), false, []int64{1, 3, 20, 26},
			"1:; 3:; 20: 4[1 3]; 26: 24[20]; end: 26[26]"},
		{"empty ones fire where that is asked for", of(every(5)), of(every(5)), true, []int64{1, 3, 20, 26},
			"1:; 3:; 20: 4[1 3] 9[] 14[] 19[]; 26: 24[20]; end: 26[26]"},
		{"what is before the first record does not fire", of(every(5)), of(every(5)), true, []int64{1 << 60, 1<<60 + 6},
			"1152921504606846976:; 1152921504606846982: 1152921504606846979[1152921504606846976]; end: 1152921504606846982[1152921504606846982]"},
		{"a record on a boundary is behind it", of(every(5)), of(every(5)), false, []int64{4, 5, 9, 10},
			"4:; 5: 4[4]; 9:; 10: 9[5 9]; end: 10[9 10]"},
		{"the first sliding windows are partial", of(every(1)), of(every(3)), false, []int64{0, 1, 2, 3, 4},
			"0:; 1: 0[0]; 2: 1[0 1]; 3: 2[0 1 2]; 4: 3[1 2 3]; end: 4[2 3 4]"},
		{"boundaries are counted from the start", of(everyFrom(2, 5)), of(every(5)), false, []int64{3, 6, 7, 11, 12},
			"3:; 6:; 7: 6[3 6]; 11:; 12: 11[7 11]; end: 12[11 12]"},
		{"a late record is where the open window is", of(every(5)), of(every(5)), false, []int64{1, 7, 2, 8, 10},
			"1:; 7: 4[1]; 2:; 8:; 10: 9[7 2 8]; end: 10[7 2 8 10]"},
		{"a count fires when one more comes", of(count(2, 0)), of(tumbling), false, oneToSeven,
			"1:; 2:; 3: 3[1 2]; 4:; 5: 5[3 4]; 6:; 7: 7[5 6]; end: 7[7]"},
		{"sliding counts are short at first", of(count(2, 0)), of(count(4, 0)), false, oneToSeven,
			"1:; 2:; 3: 3[1 2]; 4:; 5: 5[1 2 3 4]; 6:; 7: 7[3 4 5 6]; end: 7[4 5 6 7]"},
		{"a negative start waits for a full window", of(count(2, -2)), of(count(4, 0)), false, oneToSeven,
			"1:; 2:; 3:; 4:; 5: 5[1 2 3 4]; 6:; 7: 7[3 4 5 6]; end: 7[4 5 6 7]"},
		{"an eviction may let several go at once", of(count(2, 0)), of(Policy[int64]{Kind: ByCount, N: 4, Delete: 3}), false, oneToSeven,
			"1:; 2:; 3: 3[1 2]; 4:; 5: 5[1 2 3 4]; 6:; 7: 7[4 5 6]; end: 7[4 5 6 7]"},
		{"the latest records, every so often", of(every(5)), of(count(2, 0)), false, []int64{1, 2, 3, 6, 11},
			"1:; 2:; 3:; 6: 4[2 3]; 11: 9[3 6]; end: 11[6 11]"},
		{"a delta fires when it is exceeded, and is taken to what fired", of(delta(3)), of(tumbling), false, []int64{1, 3, 4, 5, 7, 8, 20},
			"1:; 3:; 4: 4[1 3]; 5:; 7:; 8: 8[4 5 7]; 20: 20[8]; end: 20[20]"},
		{"a delta evicts what is as far or farther, up to the first that is not", of(count(1, 0)), of(delta(3)), false, []int64{1, 2, 4, 5, 1},
			"1:; 2: 2[1]; 4: 4[1 2]; 5: 5[2 4]; 1: 1[4 5]; end: 1[1]"},
		{"a punctuation fires what was before it", of(punctuation(0)), of(tumbling), false, []int64{1, 2, 0, 3, 0},
			"1:; 2:; 0: 0[1 2]; 3:; 0: 0[0 3]; end: 0[0]"},
		{"a punctuation evicts all", of(count(2, 0)), of(punctuation(0)), false, []int64{1, 2, 3, 0, 4, 5},
			"1:; 2:; 3: 3[1 2]; 0:; 4: 4[0]; 5:; end: 5[0 4 5]"},
		{"nothing is evicted from the full stream", of(count(2, 0)), nil, false, []int64{1, 2, 3, 4, 5},
			"1:; 2:; 3: 3[1 2]; 4:; 5: 5[1 2 3 4]; end: 5[1 2 3 4 5]"},
		{"several triggers fire when any does, once", of(count(3, 0), punctuation(9), every(10)), of(tumbling), false, []int64{1, 9, 2, 3, 12, 13},
			"1:; 9: 9[1]; 2:; 3: 3[9 2]; 12: 9[3]; 13:; end: 13[12 13]"},
		{"of several evictions the larger counts", of(count(1, 0)), of(count(3, 0), every(4)), false, []int64{1, 2, 3, 4, 9},
			"1:; 2: 2[1]; 3: 3[1 2]; 4: 4[1 2 3]; 9: 9[2 3 4]; end: 9[9]"},
	} {
		p := Policies[int64]{Triggers: c.triggers, Evictions: c.evictions, Empty: c.empty}
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", c.rule, err)
		}
		if got := transcriptOf(p, c.times...); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.rule, got, c.want)
		}
	}
}

func TestWindowsOfTimeHoldWhatIsBetweenTheirBoundaries(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		slide, size, at := 1+r.Int64N(9), 1+r.Int64N(20), int64(0)
		var times []int64
		for range 1 + r.IntN(20) {
			at += r.Int64N(8)
			times = append(times, at)
		}
		var got, want [][]int64
		p := Policies[int64]{Triggers: []Policy[int64]{every(slide)}, Evictions: []Policy[int64]{every(size)}}
		s := p.Begin()
		fire := func(_ int64, r []int64) { got = append(got, slices.Clone(r)) }
		for _, x := range times {
			p.Add(&s, &x, x, fire)
		}
		for b := slide; b <= at; b += slide {
			if in := slices.DeleteFunc(slices.Clone(times), func(x int64) bool { return x < b-size || x >= b }); len(in) > 0 {
				want = append(want, in)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("every %d of %d, %v:\ngot  %v\nwant %v", slide, size, times, got, want)
		}
	}
}

// TestTimeMayComeWithoutRecords: a boundary fires once, whoever tells of it.
func TestTimeMayComeWithoutRecords(t *testing.T) {
	p := Policies[int64]{Triggers: []Policy[int64]{every(5)}, Evictions: []Policy[int64]{tumbling}}
	s, fired := p.Begin(), ""
	fire := func(at int64, r []int64) { fired += fmt.Sprintf("%d%v", at, r) }
	for _, x := range []int64{1, 2} {
		p.Add(&s, &x, x, fire)
	}
	if at, ok := p.Next(&s); at != 5 || !ok {
		t.Errorf("the next boundary is %d, %v", at, ok)
	}
	p.Advance(&s, 4, fire)
	p.Advance(&s, 12, fire)
	p.Advance(&s, 13, fire)
	for _, x := range []int64{14, 15} {
		p.Add(&s, &x, x, fire)
	}
	p.Advance(&s, 20, fire)
	p.End(&s, 21, fire)
	p.Complete(&s, 21, fire)
	x := int64(21)
	p.Add(&s, &x, x, fire)
	p.Complete(&s, 21, fire)
	p.End(&s, 30, fire)
	if want := "4[1 2]14[14]19[15]24[21]"; fired != want {
		t.Errorf("%s is fired, want %s", fired, want)
	}
}

func TestEvictionsOfWindowsKeepWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		evictions []Policy[int64]
		want      string
	}{
		{[]Policy[int64]{count(3, 0)}, "[9 7 8]"},
		{[]Policy[int64]{count(9, 0)}, "[1 5 9 7 8]"},
		{[]Policy[int64]{every(4)}, "[9 7 8]"},
		{[]Policy[int64]{every(5)}, "[5 9 7 8]"},
		{[]Policy[int64]{delta(3)}, "[9 7 8]"},
		{[]Policy[int64]{delta(0)}, "[]"},
		{[]Policy[int64]{every(5), count(1, 0)}, "[8]"},
		{[]Policy[int64]{count(0, 0), every(5)}, "[]"},
	} {
		rows := []int64{1, 5, 9, 7, 8}
		rows, times := Evict(c.evictions, rows, slices.Clone(rows))
		if fmt.Sprint(rows) != c.want || !slices.Equal(rows, times) {
			t.Errorf("%v stay, of the times %v, want %s", rows, times, c.want)
		}
	}
}

// TestARecordThatAFunctionPanicsAboutIsNowhere has a last trigger, or a last eviction, that
// panics about some records, which come at the times of the others.
func TestARecordThatAFunctionPanicsAboutIsNowhere(t *testing.T) {
	picky := Policy[int64]{Kind: ByPunctuation, Ends: func(n *int64) bool {
		if *n < 0 {
			panic("below zero")
		}
		return *n%7 == 0
	}}
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 3))
		kinds := []Policy[int64]{every(5), count(3, 0), delta(4), tumbling}
		p := Policies[int64]{Triggers: []Policy[int64]{kinds[random.IntN(3)], count(2, -1)}, Evictions: []Policy[int64]{kinds[random.IntN(4)], count(4, 0)}}
		if seed%2 == 0 {
			p.Triggers = append(p.Triggers, picky)
		} else {
			p.Evictions = append(p.Evictions, picky)
		}
		var got, want strings.Builder
		into := func(b *strings.Builder) Fire[int64] {
			return func(at int64, r []int64) { fmt.Fprint(b, at, r, ";") }
		}
		some, all := p.Begin(), p.Begin()
		add := func(s *PolicyState[int64], row, at int64, b *strings.Builder) (panicked bool) {
			defer func() { panicked = recover() != nil }()
			p.Add(s, &row, at, into(b))
			return
		}
		for at := range int64(100) {
			row := random.Int64N(50)
			if random.IntN(3) == 0 && !add(&some, -1, at, &got) {
				t.Fatalf("seed %d: the function was not called", seed)
			}
			add(&some, row, at, &got)
			add(&all, row, at, &want)
		}
		if got.String() != want.String() {
			t.Fatalf("seed %d:\n%s\nwithout them:\n%s", seed, got.String(), want.String())
		}
	}
}

func TestImpossiblePoliciesAreRefused(t *testing.T) {
	one := count(1, 0)
	for _, p := range []Policies[int64]{
		{}, {Triggers: []Policy[int64]{{}}}, {Triggers: []Policy[int64]{tumbling}}, {Triggers: []Policy[int64]{count(0, 0)}},
		{Triggers: []Policy[int64]{one}, Evictions: []Policy[int64]{every(-1)}}, {Triggers: []Policy[int64]{one}, Evictions: []Policy[int64]{{Kind: 9}}},
		{Triggers: []Policy[int64]{{Kind: ByDelta}}}, {Triggers: []Policy[int64]{delta(-1)}}, {Triggers: []Policy[int64]{{Kind: ByPunctuation}}},
		{Triggers: []Policy[int64]{one}, Evictions: []Policy[int64]{{Kind: ByCount, N: 3, Delete: -1}}},
	} {
		if p.Validate() == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}

func BenchmarkPolicies(b *testing.B) {
	p := Policies[int64]{Triggers: []Policy[int64]{count(10, 0)}, Evictions: []Policy[int64]{count(100, 0)}}
	s := p.Begin()
	b.ReportAllocs()
	var n int64
	for b.Loop() {
		n++
		p.Add(&s, &n, n, func(int64, []int64) {})
	}
}
