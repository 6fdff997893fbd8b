package step

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/window"
)

type (
	rec    = sample[int]
	result = window.Result[rec]
)

func summed(a, b rec) rec {
	a.Units += b.Units
	a.Mean += b.Mean
	a.High += b.High
	return a
}

// windowsOfTest are windows that fire as a trigger says.
func windowsOfTest[R any](of func(*R, int64, []windowing.Span) []windowing.Span, merging bool, t window.Trigger, lateness time.Duration, discard, event bool) Windows[R] {
	return Windows[R]{Of: of, Merging: merging, Trigger: t, Lateness: lateness, Discard: discard, Event: event, Keep: func(*R) {}}
}

// fold of the records of a key: how many, and all of them as text.
type story struct {
	N    int
	Text string
}

func storyOf(in Firing[rec, int], emit func(string)) {
	var b strings.Builder
	fmt.Fprint(&b, in.Key, in.Window, in.Pane)
	for _, row := range in.Rows {
		fmt.Fprintf(&b, " %+v", row)
	}
	emit(b.String())
}

func restoreCases(t testing.TB) (all []*restoreCase) {
	key := keyOf(t, keyField[int])
	rows := typeOf[rec](t)
	far := window.AfterDelta(60, func(a, b rec) float64 { return math.Abs(float64(a.Units - b.Units)) }, rec{})
	triggers := []window.Trigger{
		window.AtEnd(), window.AfterEnd().Early(window.AfterCount(3)).Late(window.AfterCount(1)),
		window.Repeat(window.EveryTime(7)), window.Repeat(window.Any(window.AfterCount(4), far)), window.Repeat(far),
		window.InOrder(window.AfterCount(2), window.AfterCount(3), window.AfterEnd()), window.Repeat(window.All(window.AfterCount(3), window.AtEnd())),
		window.Repeat(window.AfterClock(9)),
	}
	late := textOf[rec]("late")
	add := func(c restoreCase, f operator.Factory) {
		if c.factory == nil {
			c.factory = func(testing.TB) operator.Factory { return f }
		}
		c.inputs = max(c.inputs, 1)
		all = append(all, &c)
	}
	aligned := []window.Assigner{
		window.Tumbling(20), window.Sliding(40, 10), window.Sliding(35, 10).Offset(3), window.Sliding(200, 10),
	}
	for _, a := range aligned {
		out := []outputOf{textOf[result]("out"), late}
		add(restoreCase{name: "aggregate " + a.String(), outputs: out}, WindowAggregate(key, a, true, everything[int](t)))
		add(restoreCase{name: "reduce " + a.String(), outputs: out}, WindowReduce(key, rows, a, true, Plain(summed)))
		add(restoreCase{name: "by the clock " + a.String(), outputs: out, clock: true, loose: true}, WindowAggregate(key, a, false, everything[int](t)))
		add(restoreCase{name: "reduce by the clock " + a.String(), outputs: out, clock: true, loose: true}, WindowReduce(key, rows, a, false, Plain(summed)))
	}
	kinds := []window.Assigner{window.Tumbling(20), window.Sliding(40, 10), window.Sliding(60, 20)}
	add(restoreCase{name: "shared", outputs: []outputOf{
		textOf[result]("out 1"), textOf[result]("out 2"), textOf[result]("out 3"), textOf[rec]("late 1"), textOf[rec]("late 2"), textOf[rec]("late 3"),
	}}, WindowsAggregate(key, kinds, everything[int](t)))
	gap := SessionSpans(func(r *rec) time.Duration { return time.Duration(3 + r.N) })
	for i, trigger := range triggers {
		for _, event := range []bool{true, false} {
			name := fmt.Sprint(i, " ", trigger, " by event time ", event)
			discard, lateness := i%2 == 0, time.Duration(0)
			if event {
				lateness = time.Duration(i%3) * 8
			}
			sliding := windowsOfTest(AlignedSpans[rec](window.Sliding(30, 10)), false, trigger, lateness, discard, event)
			sessions := windowsOfTest(gap, true, trigger, lateness, !discard, event)
			all2 := windowsOfTest(GlobalSpans[rec], false, trigger, 0, discard, event)
			add(restoreCase{name: "triggered aggregate " + name, clock: !event, outputs: []outputOf{textOf[result]("out"), late}},
				TriggeredAggregate(key, sliding, everything[int](t)))
			add(restoreCase{name: "triggered reduce " + name, clock: !event, outputs: []outputOf{textOf[result]("out"), late}},
				TriggeredReduce(key, all2, rows, Plain(summed)))
			add(restoreCase{name: "triggered process " + name, clock: !event, outputs: []outputOf{textOf[string]("out"), late}},
				TriggeredProcess(key, sessions, rows, Plain(storyOf)))
			add(restoreCase{name: "triggered eviction " + name, clock: !event, outputs: []outputOf{textOf[string]("out"), late}},
				TriggeredEviction(key, sliding, rows, []windowing.Policy[rec]{{Kind: windowing.ByCount, N: 5}}, []windowing.Policy[rec]{{Kind: windowing.ByTime, N: 8}}, Plain(storyOf)))
			if i == 3 || i == 4 {
				continue // windows of two inputs cannot look at records
			}
			both := windowsOfTest(AlignedSpans[Either[rec, rec]](window.Sliding(30, 10)), false, trigger, lateness, discard, event)
			add(restoreCase{name: "co-group " + name, clock: !event, inputs: 2, outputs: []outputOf{textOf[string]("out"), late, late}},
				TriggeredCoGroup(key, key, both, rows, rows, Plain(func(f CoFiring[rec, rec, int], emit func(string)) {
					emit(fmt.Sprintf("%+v", f))
				})))
		}
	}
	add(restoreCase{name: "interval join", inputs: 2, outputs: []outputOf{textOf[string]("out"), late, late}},
		IntervalJoin(key, key, Interval{-9, 14}, Plain(func(a, b rec) string { return fmt.Sprintf("%+v %+v", a, b) })))
	add(restoreCase{name: "rolling aggregate", outputs: []outputOf{textOf[rec]("out")}}, RollingAggregate(key, everything[int](t)))
	add(restoreCase{name: "rolling reduce", outputs: []outputOf{textOf[rec]("out")}}, RollingReduce(key, rows, Plain(summed)))
	add(restoreCase{name: "rolling fold", outputs: []outputOf{textOf[story]("out")}},
		RollingFold(key, Plain(Folder[story, rec]{Init: func() story { return story{Text: ">"} }, Step: func(s story, r rec) story {
			return story{s.N + 1, s.Text + r.High}
		}})))
	return append(all, policyCases(t)...)
}

func policyCases(t testing.TB) (all []*restoreCase) {
	rows := typeOf[rec](t)
	p := func(k windowing.PolicyKind, n int64) windowing.Policy[rec] {
		return windowing.Policy[rec]{Kind: k, N: n}
	}
	delta := windowing.Policy[rec]{Kind: windowing.ByDelta, Threshold: 40, Distance: func(a, b *rec) float64 { return math.Abs(float64(a.Units - b.Units)) }}
	type list = []windowing.Policy[rec]
	for i, policies := range []windowing.Policies[rec]{
		{Triggers: list{p(windowing.ByTime, 10)}, Evictions: list{p(windowing.ByTime, 30)}},
		{Triggers: list{p(windowing.ByCount, 3)}, Evictions: list{p(windowing.ByCount, 7)}},
		{Triggers: list{p(windowing.ByTime, 15)}, Evictions: list{p(windowing.ByFiring, 0)}},
		{Triggers: list{delta, p(windowing.ByCount, 5)}, Evictions: list{delta, p(windowing.ByCount, 9)}},
		{Triggers: list{p(windowing.ByTime, 10), p(windowing.ByCount, 4)}, Evictions: list{p(windowing.ByTime, 25)}, Empty: true},
	} {
		story := func(in PolicyFiring[rec], emit func(string)) { emit(fmt.Sprintf("%d %+v", in.At.UnixNano(), in.Rows)) }
		for _, event := range []bool{true, false} {
			name := fmt.Sprintf("policies %d by event time %v", i, event)
			keys := &restoreCase{name: name, clock: !event, inputs: 1, outputs: []outputOf{textOf[string]("out")}}
			keys.factory = func(t testing.TB) operator.Factory {
				return Flatten(Through(Policies(keyOf(t, keyField[int]), policies, event, rows), Plain(story)))
			}
			whole := *keys
			whole.name, whole.one = name+" of all", true
			whole.factory = func(t testing.TB) operator.Factory {
				key := computedKey(t, func(rec) struct{} { return struct{}{} })
				return Flatten(Through(Policies(key, policies, event, rows), Plain(story)))
			}
			all = append(all, keys, &whole)
			for _, c := range []*restoreCase{keys, &whole} {
				added := *c
				added.name, added.outputs = c.name+", added up", []outputOf{textOf[rec]("out")}
				added.factory = func(t testing.TB) operator.Factory {
					if c.one {
						return Flatten(AggregateCut(CutPolicies(computedKey(t, func(rec) struct{} { return struct{}{} }), policies, event, rows), everything[int](t)))
					}
					return Flatten(AggregateCut(CutPolicies(keyOf(t, keyField[int]), policies, event, rows), everything[int](t)))
				}
				all = append(all, &added)
			}
		}
	}
	return all
}

// randomHappenings are records in disorder, some of them late, between moments.
func randomHappenings(r *rand.Rand, c *restoreCase, exact bool) (all []happening) {
	now, mark := int64(1000), int64(1000)
	for step := range 40 + r.IntN(30) {
		if r.IntN(3) == 0 {
			if c.clock {
				mark += int64(r.IntN(12))
			} else {
				mark = max(mark, now-int64(r.IntN(15)))
			}
			all = append(all, happening{mark: mark})
			continue
		}
		h := happening{input: r.IntN(c.inputs), rows: samples(r, 1+r.IntN(30), func(n int) int { return n % 12 })}
		for i := range h.rows {
			row := &h.rows[i]
			row.Seq += int64(step) << 32
			row.N = uint16(r.IntN(9))
			if exact {
				row.Mean, row.Low = r.NormFloat64(), r.NormFloat64()
			}
			h.times = append(h.times, now-int64(r.IntN(30)))
		}
		all = append(all, h)
		now += int64(r.IntN(9))
	}
	return all
}

// run has an operator told everything, with snapshots before some happenings: the operator
// goes on from there in as many subtasks as are given.
func (c *restoreCase) run(t testing.TB, all []happening, cuts, parallelism []int, lazy bool) []string {
	t.Helper()
	said := &lines{}
	mark := int64(operator.NoTime)
	begin := time.Unix(0, 1000)
	r := newRestoreRig(t, c, parallelism[0], said, begin)
	for i := range all {
		if len(cuts) > 0 && cuts[0] == i {
			cuts, parallelism = cuts[1:], parallelism[1:]
			old, trash := r, &lines{}
			now := r.clock.now
			parts := r.snapshot(func() {
				was := *said
				for j := i; j < min(i+3, len(all)); j++ {
					old.tell(&all[j], lazy)
				}
				*trash, *said = *said, was
			})
			r = newRestoreRig(t, c, parallelism[0], said, now)
			if err := r.restore(parts, mark); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		said.at = i
		r.tell(&all[i], lazy)
		if all[i].rows == nil && !c.clock {
			mark = all[i].mark
		}
	}
	said.at = len(all)
	r.finish()
	return said.all
}

// TestOperatorsGoOnFromSnapshots compares what operators say that are stopped twice, and go
// on in other numbers of subtasks, with what they say if they are not. In one subtask
// results are the same to the last bit.
func TestOperatorsGoOnFromSnapshots(t *testing.T) {
	random := seeded(t)
	for _, c := range restoreCases(t) {
		t.Run(c.name, func(t *testing.T) {
			for round := range 4 {
				parallelism, exact := []int{1, 3, 2}, round%2 == 0
				if exact || c.one {
					parallelism = []int{1, 1, 1}
				}
				all := randomHappenings(random, c, exact)
				cuts := []int{random.IntN(len(all)), random.IntN(len(all))}
				slices.SortFunc(cuts, cmp.Compare[int])
				if cuts[0] == cuts[1] {
					cuts, parallelism = cuts[1:], parallelism[:2]
				}
				lazy := c.loose && round >= 2
				want := c.run(t, all, nil, []int{1}, false)
				got := c.run(t, all, cuts, parallelism, lazy)
				if lazy {
					forgetWhen(got)
					forgetWhen(want)
				}
				same(t, fmt.Sprint("round ", round, ", cut before ", cuts, " of ", len(all), ", parallelism ", parallelism), got, want, false)
			}
		})
	}
}

// forgetWhen takes away during which event something was said.
func forgetWhen(all []string) {
	for i, line := range all {
		_, all[i], _ = strings.Cut(line, " ")
	}
}

// TestWhatWasNotStoredByAnOperatorIsRefused has each part of a snapshot cut short, and rows
// of another type in its place.
func TestWhatWasNotStoredByAnOperatorIsRefused(t *testing.T) {
	random := seeded(t)
	type other struct{ Text string }
	rows := keyed.NewRows(typeOf[other](t))
	rows.Add(1, &other{"x"})
	strange := operator.PartOf("", operator.Union, typeOf[other](t), []other{{"x"}})
	for _, c := range restoreCases(t) {
		r := newRestoreRig(t, c, 1, &lines{}, time.Unix(0, 1000))
		all := randomHappenings(random, c, false)
		for i := range all[:len(all)/2] {
			r.tell(&all[i], false)
		}
		whole := r.snapshot(func() {})
		for i := range whole[0] {
			for _, short := range []bool{true, false} {
				parts := slices.Clone(whole[0])
				p := &parts[i]
				switch {
				case p.Share == operator.Keyed && short:
					p.bytes = p.bytes[:random.IntN(len(p.bytes))]
				case p.Share == operator.Keyed:
					p.bytes = storedRows(t, rows)
					rows = keyed.NewRows(typeOf[other](t))
					rows.Add(1, &other{"x"})
				case short:
					row := p.Rows[0]
					p.Rows = [][]byte{row[:random.IntN(len(row))]}
				default:
					p.schema, p.Rows = []byte(strange.Schema.String()), strange.Rows
				}
				to := newRestoreRig(t, c, 1, &lines{}, time.Unix(0, 1000))
				if err := to.restore([][]storedPart{parts}, operator.NoTime); err == nil {
					t.Errorf("%s: part %q, cut short: %v; no error", c.name, p.Name, short)
				}
			}
		}
	}
}

func storedRows(t testing.TB, s keyed.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := keyed.Write(s, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
