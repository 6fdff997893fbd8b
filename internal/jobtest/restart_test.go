package jobtest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/connect/text"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// failOnce panics the first time it is called in any process of a job; the file of
// that name says that it was.
func failOnce(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return
	}
	if err == nil {
		err = f.Close()
	}
	panic(fmt.Sprintf("once, at %s, %v", filepath.Base(path), err))
}

// failing passes records on. At one of them it fails once, if at is its name; a
// file says how often subtasks were opened.
func failing(d *batch.DataSet[sale], dir, at, name string) *batch.DataSet[sale] {
	return batch.MapRich(d, func(*thalweg.Context) (func(sale) sale, error) {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		_, err = f.WriteString(".")
		return func(s sale) sale {
			if at == name && s.ID == 1234 {
				failOnce(filepath.Join(dir, "failed at "+name))
			}
			return s
		}, errors.Join(err, f.Close())
	}).Named(name)
}

// places are where the program fails, in the order of the records' way.
var places = []string{"source", "left", "right", "joined", "last"}

// restarting has a branch that is joined with itself, and writes files. Half of its
// sales have one partner.
var restarting = jobtest.Register(&jobtest.Program{
	Name: "restarting",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		dir, at := env.Arg("dir", ""), env.Arg("at", "")
		id := func(s *sale) *int64 { return &s.ID }
		all := failing(batch.FromSlice(env, randomSales(out.Seed)).Rebalance(), dir, at, "source")
		left := failing(batch.PartitionByHash(all, id), dir, at, "left")
		right := failing(batch.PartitionByHash(all, shop), dir, at, "right").Filter(func(s sale) bool { return s.ID%2 == 0 })
		joined := batch.Join(left, right, batch.On(id, id), func(l, r sale) sale { l.Units += r.Units; return l })
		last := failing(batch.PartitionByHash(failing(joined, dir, at, "joined"), shop), dir, at, "last")
		jobtest.Keep(out, "joined", last)
		sums := batch.GroupBy(last, shop).Reduce(func(a, b sale) sale {
			return sale{Shop: a.Shop, Amount: a.Amount + b.Amount, Units: a.Units + b.Units}
		})
		jobtest.Keep(out, "sums", batch.Map(sums, func(s sale) string { return fmt.Sprint(s.Shop, s.Amount, s.Units) }))
		batch.Write(batch.Map(last, func(s sale) string { return fmt.Sprint(s.ID) }), text.Write[string](filepath.Join(dir, "out")))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		var joined []sale
		for _, s := range randomSales(seed) {
			if s.ID%2 == 0 {
				s.Units *= 2
				joined = append(joined, s)
			}
		}
		var sums []string
		for _, group := range byShop(joined) {
			sum := sale{Shop: group[0].Shop}
			for _, s := range group {
				sum.Amount += s.Amount
				sum.Units += s.Units
			}
			sums = append(sums, fmt.Sprint(sum.Shop, sum.Amount, sum.Units))
		}
		return map[string][]string{"joined": jobtest.Lines(joined), "sums": sums}
	},
})

// What a failed consumer needs and what was kept is not made again; the answer is
// that of a job where nothing fails, each record once.
func TestAJobGoesOnFromWhatWasKept(t *testing.T) {
	var ways []jobtest.Configuration
	for _, c := range jobtest.WithMemories(jobtest.Configurations()) {
		for _, c.Exchange = range []thalweg.ExchangeMode{thalweg.Pipelined, thalweg.Batch, thalweg.BatchForced} {
			ways = append(ways, c)
		}
	}
	for _, at := range places {
		t.Run(at, func(t *testing.T) {
			for _, c := range jobtest.Some(t, ways) {
				check := jobtest.Watch(t)
				dir := t.TempDir()
				restarting.Try(t, c, thalweg.WithArgument("dir", dir), thalweg.WithArgument("at", at), thalweg.WithRestarts(1),
					thalweg.WithoutOptimizer()) // functions are not tried on a sample, so that calls can be counted
				check()
				if _, err := os.Stat(filepath.Join(dir, "failed at "+at)); err != nil {
					t.Fatalf("%s: it has not failed: %v", c, err)
				}
				if names := jobtest.Names(t, filepath.Join(dir, "out")); len(names) != c.Parallelism {
					t.Errorf("%s: the output is %v", c, names)
				}
				checkOpened(t, dir, at, c)
			}
		})
	}
}

// complete says what has ended when the first record comes to a place, if all
// exchanges are blocking: what is two exchanges away. What is one away may still tell
// other subtasks that it has.
var complete = map[string][]string{"joined": {"source"}, "last": {"source", "left", "right"}}

// checkOpened makes sure that what comes before a kept result did not run again.
func checkOpened(t *testing.T, dir, at string, c jobtest.Configuration) {
	t.Helper()
	// One subtask alone exchanges nothing, unless every edge is to block.
	blocking := c.Exchange == thalweg.BatchForced || c.Exchange == thalweg.Batch && c.Parallelism > 1
	want := map[string]int{at: 2}
	for _, name := range complete[at] {
		if blocking {
			want[name] = 1
		}
	}
	for name, times := range want {
		opened, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(opened) != times*c.Parallelism {
			t.Errorf("%s: %s was opened %d times by %d subtasks, for a failure at %s", c, name, len(opened), c.Parallelism, at)
		}
	}
}

func TestRestartsAreLimited(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		dir := t.TempDir()
		check := jobtest.Watch(t)
		_, r, err := alwaysFailing.RunOn(jobtest.Deadline(t), c, thalweg.WithRestarts(2), thalweg.WithArgument("dir", dir))
		check()
		if err == nil || len(r.Failures) != 2 || !strings.Contains(r.Failures[1].Error(), "never") {
			t.Errorf("%s: %v after %v", c, err, r.Failures)
		}
		if names := jobtest.Names(t, dir); len(names) > 0 {
			t.Errorf("%s: left behind: %v", c, names)
		}
	}
}

// alwaysFailing has a record that is never any good.
var alwaysFailing = jobtest.Register(&jobtest.Program{
	Name: "always failing",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		n := batch.Map(batch.Sequence(env, 0, 10000).Rebalance(), func(n int64) string {
			if n == unlucky {
				panic("never")
			}
			return fmt.Sprint(n)
		})
		batch.Write(n, text.Write[string](filepath.Join(env.Arg("dir", ""), "out")))
		return nil
	},
})

func TestWhatWasPrintedIsNotPrintedAgain(t *testing.T) {
	var printed strings.Builder
	failed := false // only one task calls the function
	build := func(env *thalweg.Environment) error {
		n := batch.Sequence(env, 0, 100000)
		batch.Write(n, memory.Print[int64](&printed))
		batch.Collect(batch.Map(n.Rebalance(), func(n int64) int64 {
			if n == 90000 && !failed {
				failed = true
				panic("once")
			}
			return n
		}), new([]int64))
		return nil
	}
	_, err := thalweg.Run(jobtest.Deadline(t), build, thalweg.WithParallelism(1), thalweg.WithRestarts(3))
	if err == nil || !strings.Contains(err.Error(), "not tried again") || !strings.Contains(err.Error(), "restart_test.go") {
		t.Errorf("%v", err)
	}
	lines := strings.Fields(printed.String())
	slices.Sort(lines)
	if n := len(slices.Compact(slices.Clone(lines))); n == 0 || n != len(lines) {
		t.Errorf("%d lines are printed, %d of them different", len(lines), n)
	}
}
