package jobtest_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/internal/operator"
)

// placeSales notes the subtask each sale came to, and the one it was made in.
func placeSales(d *batch.DataSet[sale]) *batch.DataSet[string] {
	return batch.MapRich(d, func(ctx *thalweg.Context) (func(sale) string, error) {
		return func(s sale) string { return fmt.Sprintf("%s|%d|%d", s.Shop, ctx.Subtask(), s.ID) }, nil
	})
}

// numbering has everything that numbers, counts and distributes records by key.
var numbering = jobtest.Register(&jobtest.Program{
	Name: "numbering",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		sales := batch.FromSlice(env, randomSales(out.Seed)).Rebalance()
		none := sales.Filter(func(sale) bool { return false })
		jobtest.Keep(out, "hash", placeSales(batch.PartitionByHash(sales, shop)).WithParallelism(5))
		jobtest.Keep(out, "custom", placeSales(batch.PartitionCustom(sales, shop, lastDigit)).WithParallelism(5))
		moved := batch.Map(sales, func(s sale) sale { return s }).WithParallelism(4)
		id := func(x batch.Indexed[sale]) [2]int64 { return [2]int64{x.Index, x.Value.ID} }
		jobtest.Keep(out, "index", batch.Map(batch.ZipWithIndex(moved), id))
		jobtest.Keep(out, "index of none", batch.Map(batch.ZipWithIndex(none), id))
		jobtest.Keep(out, "unique", batch.Map(batch.ZipWithUniqueID(moved), id))
		jobtest.Keep(out, "count", batch.Count(moved))
		jobtest.Keep(out, "count of none", batch.Count(none))
		jobtest.Keep(out, "tallies", batch.CountPerPartition(moved).WithParallelism(4))
		jobtest.Keep(out, "tallies of none", batch.CountPerPartition(none).WithParallelism(3))
		return nil
	},
	Judge: judgeNumbering,
})

func lastDigit(shop string, n int) int { return int(shop[len(shop)-1]-'0') % n }

func judgeNumbering(t testing.TB, seed uint64, got map[string][]string, _ *thalweg.Result) {
	sales := randomSales(seed)
	for _, name := range []string{"hash", "custom"} {
		where, ids := map[string]string{}, map[string]bool{}
		subtasks := map[string]bool{}
		for _, row := range got[name] {
			part := strings.Split(row, "|")
			shop, subtask, id := part[0], part[1], part[2]
			if before, met := where[shop]; met && before != subtask {
				t.Errorf("%s: %s came to the subtasks %s and %s", name, shop, before, subtask)
			}
			if want := fmt.Sprint(lastDigit(shop, 5)); name == "custom" && subtask != want {
				t.Errorf("custom: %s came to subtask %s, want %s", shop, subtask, want)
			}
			where[shop], ids[id], subtasks[subtask] = subtask, true, true
		}
		if len(ids) != len(sales) || len(got[name]) != len(sales) || len(subtasks) != 5 {
			t.Errorf("%s: %d records with %d ids in %d subtasks, want %d in 5", name, len(got[name]), len(ids), len(subtasks), len(sales))
		}
	}
	for _, name := range []string{"index", "unique"} {
		numbers, ids := map[int64]bool{}, map[int64]bool{}
		for _, row := range got[name] {
			var number, id int64
			if _, err := fmt.Sscanf(row, "[%d %d]", &number, &id); err != nil {
				t.Fatal(err)
			}
			numbers[number], ids[id] = true, true
			if number < 0 || name == "index" && number >= int64(len(sales)) {
				t.Errorf("%s: the number %d of %d", name, number, len(sales))
			}
		}
		if len(numbers) != len(sales) || len(ids) != len(sales) || len(got[name]) != len(sales) {
			t.Errorf("%s: %d records have %d numbers and %d ids, want %d", name, len(got[name]), len(numbers), len(ids), len(sales))
		}
	}
	judgeCounts(t, int64(len(sales)), got)
}

func judgeCounts(t testing.TB, all int64, got map[string][]string) {
	for name, want := range map[string][]string{"count": {fmt.Sprint(all)}, "count of none": {"0"}, "index of none": {}} {
		if d := jobtest.Difference(got[name], want); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for name, want := range map[string]struct {
		subtasks int
		all      int64
	}{"tallies": {4, all}, "tallies of none": {3, 0}} {
		var sum int64
		met := map[int64]bool{}
		for _, row := range got[name] {
			var subtask, n int64
			if _, err := fmt.Sscanf(row, "{Subtask:%d Count:%d}", &subtask, &n); err != nil {
				t.Fatal(err)
			}
			sum, met[subtask] = sum+n, true
		}
		if sum != want.all || len(met) != want.subtasks || len(got[name]) != want.subtasks {
			t.Errorf("%s: %v: want %d records in %d subtasks", name, got[name], want.all, want.subtasks)
		}
	}
}

func TestRecordsAreNumberedCountedAndDistributed(t *testing.T) {
	for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
		numbering.Try(t, c)
	}
}

var outOfRange = jobtest.Register(&jobtest.Program{
	Name: "out of range",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		wrong := env.ArgInt("wrong", 0)
		numbers := batch.Map(batch.Sequence(env, 0, 1000).WithParallelism(1), identity).Named("my numbers").WithParallelism(1)
		picked := batch.PartitionCustom(numbers, itself, func(key int64, n int) int {
			if key == 777 {
				return wrong
			}
			return int(key) % n
		})
		jobtest.Keep(out, "rows", place(picked).WithParallelism(3))
		return nil
	},
})

func TestAPartitionerOutOfRangeFailsTheJobAndIsNamedWithItsRecord(t *testing.T) {
	for _, wrong := range []int{-1, 3, 1 << 40} {
		for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
			_, _, err := outOfRange.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("wrong", strconv.Itoa(wrong)))
			if want := fmt.Sprintf(`subtask 0 of 1, record 777 777: the partitioner chose subtask %d of 3`, wrong); err == nil ||
				!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `operator "my numbers"`) {
				t.Errorf("%s, %d: got %v, want …%s", c, wrong, err, want)
			}
			var f *operator.Failure
			if !errors.As(err, &f) || f.Record != 777 {
				t.Errorf("%s, %d: no failure of record 777: %v", c, wrong, err)
			}
		}
	}
}
