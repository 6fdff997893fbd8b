package jobtest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// unitRecords is how many records each program below has; one in poisonEvery is refused by
// each operator.
const (
	unitRecords = 50_000
	poisonEvery = 10_000
)

// part is a record that counts records.
type part struct {
	Key int64
	ID  int64
	N   int64
}

func partKey(p *part) *int64 { return &p.Key }

// fixable returns a function that panics for some numbers, others for each place, unless
// the program is fixed, and whether it is. A number may be a record's or a key's.
func fixable(env *thalweg.Environment) (refuse func(place string, n, every int64), fixed bool) {
	fixed = env.ArgBool("fixed", false)
	return func(place string, n, every int64) {
		if !fixed && (n*7919+int64(len(place)))%every == 0 {
			panic("poison for " + place)
		}
	}, fixed
}

// add joins parts, and refuses some.
func add(refuse func(string, int64, int64), place string) func(a, b part) part {
	return func(a, b part) part {
		refuse(place, b.ID, poisonEvery)
		a.N += b.N
		return a
	}
}

// each makes as many rows of a part as it counts records.
func each(p part, emit func(string)) {
	for range p.N {
		emit(fmt.Sprint(p.Key))
	}
}

var unitsOfStreams = jobtest.Register(&jobtest.Program{
	Name: "units of streams",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		refuse, fixed := fixable(env)
		n := stream.Sequence(env, 0, unitRecords, 0)
		parts := stream.Map(n, func(n int64) part { return part{n % 97, n, 1} })
		called := stream.Async(parts, func(_ context.Context, p part) (part, error) {
			refuse("a call", p.ID, poisonEvery)
			if p.ID%poisonEvery == 77 && !fixed {
				return p, errors.New("the call has failed")
			}
			return p, nil
		}).Named("a call")
		jobtest.KeepStream(out, "async", stream.FlatMap(called, each))

		timed := stream.AssignTime(parts, eventtime.Millis(func(p *part) *int64 { return &p.ID }).Disorder(unitRecords*time.Millisecond))
		keyed := stream.KeyByFunc(timed, func(p part) int64 { refuse("a key", p.ID, poisonEvery); return p.Key })
		reduced := keyed.Window(window.Tumbling(10 * time.Second)).Reduce(add(refuse, "a window")).Named("a window")
		jobtest.KeepStream(out, "reduce", stream.FlatMap(reduced, func(r window.Result[part], emit func(string)) { each(r.Value, emit) }))
		fired := stream.ProcessWindow(stream.KeyBy(timed, partKey).Window(window.Tumbling(10*time.Second)), func(f stream.Firing[part, int64], emit func(part)) {
			for _, p := range f.Rows {
				emit(p)
			}
			refuse("a pane", f.Key+f.Start.UnixMilli()/10_000, 101)
		}).Named("a pane")
		jobtest.KeepStream(out, "panes", stream.FlatMap(fired, each))

		ends := policy.Punctuation(func(p part) bool { refuse("an end", p.ID, poisonEvery); return p.ID%5 == 0 })
		cut := stream.KeyByFunc(timed, func(p part) int64 { refuse("a key", p.ID+1, poisonEvery); return p.Key }).WindowBy(ends)
		jobtest.KeepStream(out, "policies", stream.FlatMap(cut.Flatten().Named("an end"), each))
		firings := stream.MapWindows(stream.KeyBy(timed, partKey).WindowBy(policy.Time(10*time.Second)), func(f stream.WindowFiring[part], emit func(part)) {
			for _, p := range f.Rows {
				emit(p)
			}
			refuse("a firing", f.Rows[0].Key+f.At.UnixMilli()/10_000, 101)
		})
		jobtest.KeepStream(out, "firings", stream.FlatMap(firings.Flatten().Named("a firing"), each))
		return nil
	},
})

var unitsOfBatches = jobtest.Register(&jobtest.Program{
	Name: "units of batches",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		refuse, _ := fixable(env)
		parts := batch.Map(batch.Sequence(env, 0, unitRecords), func(n int64) part { return part{n % 97, n, 1} })
		byKey := batch.GroupBy(parts, partKey)
		jobtest.Keep(out, "fold", batch.FlatMap(batch.Fold(byKey, func() part { return part{} }, func(sum, p part) part {
			refuse("a fold", p.ID, poisonEvery)
			return part{p.Key, 0, sum.N + 1}
		}).Named("a fold"), each))
		sums := batch.GroupByFunc(parts, func(p part) int64 { refuse("a computed key", p.ID, poisonEvery); return p.Key }).Reduce(func(a, b part) part {
			if b.N == 1 { // not what was joined already
				refuse("a reduce", b.ID, poisonEvery)
			}
			a.N += b.N
			return a
		}).Named("a reduce")
		jobtest.Keep(out, "reduce", batch.FlatMap(sums, each))
		groups := batch.ReduceGroup(byKey, func(records iter.Seq[part], emit func(part)) {
			for p := range records {
				emit(p)
				if p.ID%7 == 3 {
					refuse("a group", p.Key, 11)
				}
			}
		}).Named("a group")
		jobtest.Keep(out, "groups", batch.FlatMap(groups, each))
		few := parts.Filter(func(p part) bool { return p.ID < 97 })
		joined := batch.Join(parts, few, batch.On(partKey, partKey), func(p, _ part) part {
			refuse("a pair", p.ID, poisonEvery)
			return p
		}).Named("a pair")
		jobtest.Keep(out, "pairs", batch.FlatMap(joined, each))
		return nil
	},
})

// manyRecords is how many records the program below has.
var manyRecords = flag.Int("jobtest.poison", unitRecords, "records among which one in 10,000 is poison")

// poisonByTheMillion joins records, which a map, a key and a reduce refuse, to few rows.
var poisonByTheMillion = jobtest.Register(&jobtest.Program{
	Name: "poison by the million",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		refuse, _ := fixable(env)
		parts := batch.Map(batch.Sequence(env, 0, int64(env.ArgInt("records", 0))), func(n int64) part {
			refuse("in map", n, poisonEvery)
			return part{n % 97, n, 1}
		}).Named("a map")
		sums := batch.GroupByFunc(parts, func(p part) int64 { refuse("by its key", p.ID, poisonEvery); return p.Key }).Reduce(func(a, b part) part {
			if b.N == 1 {
				refuse("in the reduce", b.ID, poisonEvery)
			}
			return part{a.Key, 0, a.N + b.N}
		}).Named("a reduce")
		jobtest.Keep(out, "sums", batch.Map(sums, func(p part) string { return fmt.Sprint(p.Key, " ", p.N) }))
		return nil
	},
})

// total adds up what counts say of each key.
func total(t *testing.T, lists ...[]string) (sums map[int64]int64, all int64) {
	t.Helper()
	sums = map[int64]int64{}
	for _, line := range slices.Concat(lists...) {
		var key, n int64
		if _, err := fmt.Sscan(line, &key, &n); err != nil {
			t.Fatal(err)
		}
		sums[key] += n
		all += n
	}
	return sums, all
}

func TestNoRecordIsLostAmongMany(t *testing.T) {
	records := thalweg.WithArgument("records", fmt.Sprint(*manyRecords))
	for _, c := range []jobtest.Configuration{{Processes: 1, Parallelism: 1}, {Processes: 1, Parallelism: 7}, jobtest.Apart} {
		dir := filepath.Join(t.TempDir(), "quarantine")
		run := func(options ...thalweg.Option) ([]string, int64) {
			t.Helper()
			got, r, err := poisonByTheMillion.RunOn(t.Context(), c, append(options, records, thalweg.WithArgument("seed", "1"))...)
			if err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			return got["sums"], r.Quarantined
		}
		fixed := thalweg.WithArgument("fixed", "true")
		clean, _ := run(fixed)
		got, refused := run(thalweg.WithQuarantine(dir, -1))
		again, _ := run(fixed, thalweg.WithReplay(dir))
		if _, all := total(t, got); all+refused != int64(*manyRecords) || refused < int64(*manyRecords/poisonEvery) {
			t.Errorf("%s: %d records are in the result, %d in quarantine, of %d", c, all, refused, *manyRecords)
		}
		want, all := total(t, clean)
		if all != int64(*manyRecords) {
			t.Errorf("%s: a clean run has %d records of %d", c, all, *manyRecords)
		}
		t.Logf("%s: of %d records %d were refused", c, all, refused)
		if both, _ := total(t, got, again); !maps.Equal(both, want) {
			t.Errorf("%s: with its replay it is %v, want %v", c, both, want)
		}
	}
}

// refusedBy is what a quarantine has of an operator.
type refusedBy struct{ entries, records int64 }

func readRefused(t *testing.T, dir string) map[string]refusedBy {
	t.Helper()
	files := host.New().Files()
	paths, err := quarantine.List(files, dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]refusedBy{}
	for _, path := range paths {
		f, err := quarantine.Open(files, path)
		if err != nil {
			t.Fatal(err)
		}
		for e, err := f.Next(); err != io.EOF; e, err = f.Next() {
			if err != nil {
				t.Fatal(err)
			}
			if e.Cause == "" || e.Kind == quarantine.Panic && !strings.Contains(e.Stack, "refusal_test.go") {
				t.Errorf("%s: an entry without its cause or stack: %+v", path, e)
			}
			r := found[f.Origin.Operator.Name]
			r.entries++
			r.records += e.Size
			found[f.Origin.Operator.Name] = r
		}
		f.Close()
	}
	return found
}

// checkUnits runs a program with and without poison. Results in replayed are those of a
// clean run together with what the replay gives; of others, by the operator they come
// from, exactly the records of the units are missing that were refused.
func checkUnits(t *testing.T, p *jobtest.Program, replayed []string, units map[string]string) {
	for _, c := range []jobtest.Configuration{{Processes: 1, Parallelism: 1}, {Processes: 1, Parallelism: 2}, {Processes: 1, Parallelism: 7}, jobtest.Apart} {
		dir := filepath.Join(t.TempDir(), "quarantine")
		run := func(options ...thalweg.Option) map[string][]string {
			t.Helper()
			got, _, err := p.RunOn(jobtest.Deadline(t), c, append(options, thalweg.WithArgument("seed", "1"))...)
			if err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			return got
		}
		fixed := thalweg.WithArgument("fixed", "true")
		clean := run(fixed)
		got := run(thalweg.WithQuarantine(dir, -1))
		again := run(fixed, thalweg.WithReplay(dir), thalweg.WithQuarantine(dir+".again", 0))
		refused := readRefused(t, dir)
		for _, name := range replayed {
			if len(got[name]) == len(clean[name]) {
				t.Errorf("%s, %s: nothing was refused", c, name)
			}
			both := slices.Concat(got[name], again[name])
			slices.Sort(both)
			if d := jobtest.Difference(both, clean[name]); d != "" {
				t.Errorf("%s, %s: %s", c, name, d)
			}
		}
		for name, operator := range units {
			r := refused[operator]
			if missing := int64(len(clean[name]) - len(got[name])); r.entries == 0 || missing == 0 || (operator == "a pane" || operator == "a firing") && missing != r.records || operator == "a pair" && missing != r.entries {
				t.Errorf("%s, %s: %d rows are missing, and %+v was refused", c, name, missing, r)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

func TestUnitsOfStreamsAreRefusedExactly(t *testing.T) {
	checkUnits(t, unitsOfStreams, []string{"async", "reduce", "policies"}, map[string]string{"panes": "a pane", "firings": "a firing"})
}

func TestUnitsOfBatchesAreRefusedExactly(t *testing.T) {
	checkUnits(t, unitsOfBatches, []string{"fold", "reduce"}, map[string]string{"groups": "a group", "pairs": "a pair"})
}
