package jobtest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// poisoned is how many records the program below has.
const poisoned = 40_000

// poison has every kind of function that puts records aside; each refuses others, as long
// as it is not fixed. Its results do not depend on what came before a record, so that a
// run and its replay have the rows of a clean run.
var poison = jobtest.Register(&jobtest.Program{
	Name: "poison",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		fixed := env.ArgBool("fixed", false)
		salt := int64(out.Random().IntN(1000))
		refuse := func(at int64) func(int64) {
			return func(n int64) {
				if !fixed && (n*7919+salt+at)%1009 == 0 {
					panic(fmt.Sprint("poison for ", at))
				}
			}
		}
		inMap, inFilter, inFlat, inSplit, inKey, inProcess := refuse(1), refuse(2), refuse(3), refuse(4), refuse(5), refuse(6)
		n := stream.Sequence(env, 0, poisoned, 0)
		n = stream.Map(n, func(n int64) int64 { inMap(n); return n }).Named("a map")
		n = n.Filter(func(n int64) bool { inFilter(n); return n%3 > 0 }).Named("a filter")
		n = stream.FlatMap(n, func(n int64, emit func(int64)) {
			emit(n)
			inFlat(n)
			emit(n + poisoned)
		}).Named("a flat map")
		parts := stream.Split(n, 2, func(n int64) int { inSplit(n); return int(n % 2) })
		jobtest.KeepStream(out, "split", parts[0])
		keyed := stream.KeyByFunc(parts[1], func(n int64) int64 { inKey(n); return n / 4 })
		done := stream.Process(keyed, func(ctx *stream.KeyedContext[int64, string]) (stream.Handler[int64], error) {
			seen := state.NewValue[bool](ctx, "seen")
			return stream.Handler[int64]{Record: func(n int64) {
				ctx.Emit(fmt.Sprint(ctx.Key(), " ", n))
				inProcess(n)
				seen.Set(true)
			}}, nil
		}).Named("a process")
		jobtest.KeepStream(out, "process", done)
		return nil
	},
})

// runPoison runs it and returns all rows.
func runPoison(t *testing.T, c jobtest.Configuration, seed uint64, options ...thalweg.Option) (map[string][]string, *thalweg.Result) {
	t.Helper()
	options = append(options, thalweg.WithArgument("seed", fmt.Sprint(seed)))
	got, r, err := poison.RunOn(jobtest.Deadline(t), c, options...)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	return got, r
}

func TestARunAndItsReplayAreACleanRun(t *testing.T) {
	for _, c := range []jobtest.Configuration{{Processes: 1, Parallelism: 1}, jobtest.Alone, {Processes: 1, Parallelism: 2, Unchained: true}, jobtest.Apart} {
		seed := jobtest.Seed(t)
		dir := filepath.Join(t.TempDir(), "quarantine")
		fixed := thalweg.WithArgument("fixed", "true")
		clean, _ := runPoison(t, c, seed, fixed)
		got, r := runPoison(t, c, seed, thalweg.WithQuarantine(dir, -1))
		again, _ := runPoison(t, c, seed, fixed, thalweg.WithReplay(dir), thalweg.WithQuarantine(dir+".again", 0))
		if r.Quarantined < poisoned/1009 {
			t.Errorf("%s: only %d records are in quarantine", c, r.Quarantined)
		}
		for name := range clean {
			both := slices.Concat(got[name], again[name])
			slices.Sort(both)
			if d := jobtest.Difference(both, clean[name]); d != "" {
				t.Errorf("%s, %s: %s", c, name, d)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

func TestAQuarantineHasABudget(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		_, _, err := poison.RunOn(jobtest.Deadline(t), c, thalweg.WithQuarantine(filepath.Join(t.TempDir(), "q"), 10))
		if err == nil || !strings.Contains(err.Error(), "budget of 10; the last one: ") || !strings.Contains(err.Error(), "poison for") {
			t.Errorf("%s: %v", c, err)
		}
		_, _, err = poison.RunOn(jobtest.Deadline(t), c, thalweg.WithQuarantine(filepath.Join(t.TempDir(), "q"), -1), thalweg.WithQuarantineBudget("a filter", 0))
		if err == nil || !strings.Contains(err.Error(), "budget of 0; the last one: ") || !strings.Contains(err.Error(), "poison for 2") {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestWithoutAQuarantineTheErrorNamesIt(t *testing.T) {
	_, _, err := poison.RunOn(jobtest.Deadline(t), jobtest.Alone)
	var f *operator.Failure
	if !errors.As(err, &f) || !strings.Contains(err.Error(), "--quarantine") {
		t.Errorf("%v", err)
	}
}

func TestAReplayRefusesWhatDoesNotBelongToIt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, want string }{{dir, "is no quarantine"}, {filepath.Join(dir, "nowhere"), "the quarantine"}} {
		_, _, err := poison.RunOn(jobtest.Deadline(t), jobtest.Alone, thalweg.WithReplay(c.dir))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v", err)
		}
	}
	full := filepath.Join(t.TempDir(), "q")
	runPoison(t, jobtest.Alone, 1, thalweg.WithQuarantine(full, -1))
	other := thalweg.Build(func(env *thalweg.Environment) error {
		stream.Print(stream.Sequence(env, 0, 1, 0))
		return nil
	})
	if _, err := thalweg.Run(jobtest.Deadline(t), other, thalweg.WithReplay(full)); err == nil || !strings.Contains(err.Error(), "any more") {
		t.Errorf("the operators are gone: %v", err)
	}
	if _, _, err := poison.RunOn(jobtest.Deadline(t), jobtest.Alone, thalweg.WithQuarantine(full, -1)); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a quarantine was used twice: %v", err)
	}
}
