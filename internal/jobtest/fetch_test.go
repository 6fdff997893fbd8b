package jobtest_test

import (
	"fmt"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// fetching builds what it builds next from what earlier jobs made: as many operators
// as there are shops in the least of three sizes, named after them.
var fetching = jobtest.Register(&jobtest.Program{
	Name: "fetching",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := batch.FromSlice(env, randomSales(out.Seed)).Rebalance()
		n, err := batch.FetchCount(sales)
		if err != nil {
			return err
		}
		few := sales.Filter(func(s sale) bool { return s.ID >= n-3 })
		last, err := batch.Fetch(few)
		if err != nil {
			return err
		}
		var nothing []struct{}
		if nothing, err = batch.Fetch(batch.Map(sales.Filter(func(sale) bool { return false }), func(sale) struct{} { return struct{}{} })); err != nil {
			return err
		}
		var ids int64
		for _, s := range last {
			ids += s.ID
		}
		for i := range ids % 4 {
			sales = batch.Map(sales, func(s sale) sale { s.Units++; return s }).Named(fmt.Sprint("step ", i))
		}
		for _, s := range last {
			jobtest.Keep(out, fmt.Sprint("of ", s.ID-n), sales.Filter(func(x sale) bool { return x.Shop == s.Shop && x.ID%2 == s.ID%2 }))
		}
		jobtest.Keep(out, "fetched", batch.FromSlice(env, []string{fmt.Sprint(n, " ", len(last), " ", len(nothing))}))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		sales := randomSales(seed)
		n := int64(len(sales))
		var ids int64
		for _, s := range sales[n-3:] {
			ids += s.ID
		}
		want := map[string][]string{"fetched": {fmt.Sprint(n, " ", 3, " ", 0)}}
		for _, s := range sales[n-3:] {
			name := fmt.Sprint("of ", s.ID-n)
			for _, x := range sales {
				if x.Shop == s.Shop && x.ID%2 == s.ID%2 {
					x.Units += ids % 4
					want[name] = append(want[name], fmt.Sprintf("%+v", x))
				}
			}
		}
		return want
	},
})

func TestProgramsMayDependOnWhatTheyFetch(t *testing.T) {
	for _, c := range append(jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())), jobtest.Apart) {
		fetching.Try(t, c)
	}
}

var failingFetch = jobtest.Register(&jobtest.Program{
	Name: "failing fetch",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		numbers := batch.Map(batch.Sequence(env, 0, 100), func(n int64) int64 { return 100 / (n - 50) }).Named("my quotient")
		rows, err := batch.Fetch(numbers)
		if err == nil || rows != nil {
			return fmt.Errorf("%d rows came, and the error %v", len(rows), err)
		}
		return fmt.Errorf("it was told: %w", err)
	},
})

func TestAFetchThatFailsTellsTheProgram(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		_, _, err := failingFetch.RunOn(jobtest.Deadline(t), c)
		if err == nil || !strings.Contains(err.Error(), "it was told: ") || !strings.Contains(err.Error(), `operator "my quotient"`) {
			t.Errorf("%s: %v", c, err)
		}
	}
}

var mistakenFetch = jobtest.Register(&jobtest.Program{
	Name: "mistaken fetch",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		rows, err := batch.Fetch(batch.Sequence(env, 0, 100).Filter(nil))
		if err == nil || rows != nil {
			return fmt.Errorf("%d rows came, and the error %v", len(rows), err)
		}
		batch.Discard(batch.Sequence(env, 0, 10).First(-1))
		return nil
	},
})

func TestAFetchOfAProgramWithMistakesRunsNothing(t *testing.T) {
	_, _, err := mistakenFetch.RunOn(jobtest.Deadline(t), jobtest.Alone)
	if err == nil || !strings.Contains(err.Error(), "the function is nil") || !strings.Contains(err.Error(), "it cannot keep -1 records") {
		t.Errorf("not all mistakes: %v", err)
	}
}
