package jobtest_test

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// measure is a record with keys of several kinds.
type measure struct {
	Name  string
	Value float64
	Small int16
	ID    int64
	Pad   string
}

func measureName(m *measure) *string   { return &m.Name }
func measureValue(m *measure) *float64 { return &m.Value }
func measureSmall(m *measure) *int16   { return &m.Small }
func measureID(m *measure) *int64      { return &m.ID }

// measures has duplicates, NaN, both zeros and infinities, names with long common
// fronts, and about 20 MiB in all.
func measures(seed uint64) []measure {
	r := jobtest.Random(seed)
	values := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1.5, -2}
	rows := make([]measure, 4000)
	for i := range rows {
		v := values[r.IntN(len(values))]
		if r.IntN(2) == 0 {
			v = r.NormFloat64()
		}
		rows[i] = measure{
			Name:  fmt.Sprintf("a common beginning of names %d", r.IntN(900)),
			Value: v, Small: int16(r.IntN(1 << 16)), ID: int64(i),
			Pad: strings.Repeat(fmt.Sprint(r.Uint64()), r.IntN(500)),
		}
	}
	return rows
}

// compareValues orders NaN last and both zeros as equal, as the engine does.
func compareValues(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	}
	return cmp.Compare(a, b)
}

// byAll is the order of the programs below: it leaves no two records equal.
func byAll(a, b measure) int {
	return cmp.Or(-compareValues(a.Value, b.Value), cmp.Compare(a.Name, b.Name), -cmp.Compare(a.ID, b.ID))
}

func orders() []batch.Order[measure] {
	return []batch.Order[measure]{batch.Desc(measureValue), batch.Asc(measureName), batch.Desc(measureID)}
}

// line shows what a test must see of a record.
func line(m measure) string {
	return fmt.Sprintf("%s %v %d %d %x", m.Name, m.Value, m.Small, m.ID, sumOf(side{Pad: m.Pad}))
}

func lines(rows []measure) (out []string) {
	for _, r := range rows {
		out = append(out, line(r))
	}
	return out
}

// inTurn numbers what a subtask gets, so that the order of records can be seen.
func inTurn(d *batch.DataSet[measure]) *batch.DataSet[string] {
	return batch.ReduceAll(d, func(rows iter.Seq[measure], emit func(string)) {
		n := 0
		for m := range rows {
			emit(fmt.Sprintf("%06d %s", n, line(m)))
			n++
		}
	})
}

func wantInTurn(rows []measure) (out []string) {
	for i, r := range rows {
		out = append(out, fmt.Sprintf("%06d %s", i, line(r)))
	}
	return out
}

var sorting = jobtest.Register(&jobtest.Program{
	Name: "sorting",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		d := batch.FromSlice(env, measures(out.Seed)).Rebalance()
		jobtest.Keep(out, "sorted", inTurn(batch.Sort(d, orders()...)))
		jobtest.Keep(out, "compared", inTurn(batch.Sort(d, batch.By(byAll))))
		jobtest.Keep(out, "indexed", batch.Map(batch.ZipWithIndex(batch.Sort(d, orders()...)), func(m batch.Indexed[measure]) string {
			return fmt.Sprintf("%06d %s", m.Index, line(m.Value))
		}))
		jobtest.Keep(out, "least", batch.Map(batch.MinBy(d, orders()...), line))
		jobtest.Keep(out, "greatest", batch.Map(batch.MaxBy(d, orders()...), line))
		jobtest.Keep(out, "partitions", batch.MapPartition(batch.SortPartition(d, orders()...), func(rows iter.Seq[measure], emit func(string)) {
			var before *measure
			for m := range rows {
				if before != nil && byAll(*before, m) >= 0 {
					emit("out of order: " + line(m))
				}
				before = &m
			}
		}))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		rows := measures(seed)
		slices.SortFunc(rows, byAll)
		turn := wantInTurn(rows)
		return map[string][]string{
			"sorted": turn, "compared": slices.Clone(turn), "indexed": slices.Clone(turn),
			"least": {line(rows[0])}, "greatest": {line(rows[len(rows)-1])}, "partitions": nil,
		}
	},
})

func TestSortingEqualsSlicesSortFunc(t *testing.T) {
	for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
		if c.Parallelism == 7 {
			c.Memory *= 2 // the bounds of the second sort are whole records, 28 and more of them
		}
		sorting.Try(t, c)
	}
}

// group is what a program makes of a group.
func describeGroup(rows iter.Seq[measure], emit func(string)) {
	n, names := 0, ""
	var first, last measure
	for m := range rows {
		if n == 0 {
			first = m
		}
		last = m
		n++
		if n <= 5 {
			names += fmt.Sprint(m.ID, " ")
		}
	}
	emit(fmt.Sprintf("%d: %s… from %s to %s", n, names, line(first), line(last)))
}

// bigGroups gives half of all records one name.
func bigGroups(seed uint64) []measure {
	rows := measures(seed)
	for i := range rows {
		if i%2 == 0 {
			rows[i].Name = "the largest"
		}
	}
	return rows
}

var grouping = jobtest.Register(&jobtest.Program{
	Name: "grouping",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		d := batch.FromSlice(env, bigGroups(out.Seed)).Rebalance()
		sorted := batch.SortGroups(batch.GroupBy(d, measureName), batch.Asc(measureSmall), batch.Desc(measureID))
		jobtest.Keep(out, "groups", batch.ReduceGroup(sorted, describeGroup))
		jobtest.Keep(out, "first", batch.Map(batch.FirstOf(sorted, 3), line))
		jobtest.Keep(out, "least", batch.Map(batch.MinOf(batch.GroupBy(d, measureName), batch.Asc(measureSmall), batch.Desc(measureID)), line))
		jobtest.Keep(out, "early", batch.ReduceGroup(batch.GroupBy(d, measureName), func(rows iter.Seq[measure], emit func(string)) {
			for m := range rows {
				emit(m.Name)
				return
			}
		}))
		counted := batch.ReduceGroupCombined(batch.GroupBy(d, measureName), sumSmall, sumSmall)
		jobtest.Keep(out, "sums", batch.Map(counted, func(m measure) string { return fmt.Sprint(m.Name, m.ID) }))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		groups := map[string][]measure{}
		for _, m := range bigGroups(seed) {
			groups[m.Name] = append(groups[m.Name], m)
		}
		want := map[string][]string{}
		for name, rows := range groups {
			slices.SortFunc(rows, func(a, b measure) int {
				return cmp.Or(cmp.Compare(a.Small, b.Small), -cmp.Compare(a.ID, b.ID))
			})
			describeGroup(slices.Values(rows), func(s string) { want["groups"] = append(want["groups"], s) })
			want["first"] = append(want["first"], lines(rows[:min(3, len(rows))])...)
			want["least"] = append(want["least"], line(rows[0]))
			want["early"] = append(want["early"], name)
			sumSmall(slices.Values(rows), func(m measure) { want["sums"] = append(want["sums"], fmt.Sprint(m.Name, m.ID)) })
		}
		return want
	},
})

// sumSmall adds up what is in ID, which stays right if it is done in parts.
func sumSmall(rows iter.Seq[measure], emit func(measure)) {
	var sum measure
	for m := range rows {
		sum.Name = m.Name
		sum.ID += m.ID
	}
	emit(sum)
}

func TestGroupsOfAnySizeEqualAMapOfSlices(t *testing.T) {
	for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
		grouping.Try(t, c)
	}
}

var together = jobtest.Register(&jobtest.Program{
	Name: "together",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		l, r := shapes["uniform"](out.Random())
		a, b := batch.FromSlice(env, l).Rebalance(), batch.FromSlice(env, r).Rebalance()
		jobtest.Keep(out, "co-groups", batch.CoGroup(a, b, batch.On(sideKey, sideKey), describeBoth,
			batch.SortFirst[side, side](batch.Desc(sideID)), batch.SortSecond[side](batch.Asc(sideID))))
		few := b.Filter(func(s side) bool { return s.ID%37 == 0 })
		jobtest.Keep(out, "pairs", batch.Cross(a, few, crossed))
		jobtest.Keep(out, "pairs of few", batch.Cross(few, a, crossed, batch.FirstIsSmall))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		l, r := shapes["uniform"](jobtest.Random(seed))
		keys := map[string][2][]side{}
		for _, s := range l {
			g := keys[s.Key]
			g[0] = append(g[0], s)
			keys[s.Key] = g
		}
		for _, s := range r {
			g := keys[s.Key]
			g[1] = append(g[1], s)
			keys[s.Key] = g
		}
		want := map[string][]string{}
		for _, g := range keys {
			slices.SortFunc(g[0], func(a, b side) int { return -cmp.Compare(a.ID, b.ID) })
			slices.SortFunc(g[1], func(a, b side) int { return cmp.Compare(a.ID, b.ID) })
			describeBoth(slices.Values(g[0]), slices.Values(g[1]), func(s string) { want["co-groups"] = append(want["co-groups"], s) })
		}
		for _, a := range l {
			for _, b := range r {
				if b.ID%37 == 0 {
					want["pairs"] = append(want["pairs"], crossed(a, b))
					want["pairs of few"] = append(want["pairs of few"], crossed(b, a))
				}
			}
		}
		return want
	},
})

func crossed(a, b side) string { return fmt.Sprint(a.ID, " ", b.ID) }

func describeBoth(left, right iter.Seq[side], emit func(string)) {
	key, ids := "", ""
	for s := range left {
		key = s.Key
		ids += fmt.Sprint(s.ID, ":", len(s.Pad), " ")
	}
	ids += "| "
	for s := range right {
		key = s.Key
		ids += fmt.Sprint(s.ID, ":", len(s.Pad), " ")
	}
	emit(key + ": " + ids)
}

func TestCoGroupsAndCrossesEqualNestedLoops(t *testing.T) {
	for _, strategy := range []string{"keep first", "keep second"} {
		for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
			together.Try(t, c, thalweg.WithStrategy("cross", strategy))
		}
	}
}

func TestEveryExchangeModeGivesTheSame(t *testing.T) {
	for _, mode := range []thalweg.ExchangeMode{thalweg.Pipelined, thalweg.Batch, thalweg.BatchForced} {
		for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
			c.Exchange = mode
			c.Memory *= 4 // spools and what else keeps records are many
			for _, p := range []*jobtest.Program{grouping, together, joins["full"]} {
				p.Try(t, c)
			}
		}
	}
}
