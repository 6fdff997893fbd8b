package jobtest_test

import (
	"fmt"
	"iter"
	"os"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

const shipped = 4000

func itself(n *int64) *int64 { return n }

// place notes the subtask each record came to: "record subtask".
func place(d *batch.DataSet[int64]) *batch.DataSet[[2]int64] {
	return batch.MapRich(d, func(ctx *thalweg.Context) (func(int64) [2]int64, error) {
		return func(n int64) [2]int64 { return [2]int64{n, int64(ctx.Subtask())} }, nil
	})
}

// shipment distributes records in all ways; the operator behind has five
// subtasks whatever the configuration is.
var shipment = jobtest.Register(&jobtest.Program{
	Name: "ship",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		numbers := batch.Map(batch.Sequence(env, 0, shipped), func(n int64) int64 { return n % 1000 })
		jobtest.Keep(out, "hash", place(batch.PartitionByHash(numbers, itself)).WithParallelism(5))
		jobtest.Keep(out, "custom", place(batch.PartitionCustom(numbers, itself, func(key int64, n int) int { return int(key) * 7 % n })).WithParallelism(5))
		jobtest.Keep(out, "rebalance", place(numbers.Rebalance()).WithParallelism(5))
		jobtest.Keep(out, "broadcast", place(numbers.Broadcast()).WithParallelism(5))
		jobtest.Keep(out, "global", place(numbers.Global()).WithParallelism(5))
		jobtest.Keep(out, "wider", place(batch.Map(numbers, func(n int64) int64 { return n }).WithParallelism(2)).WithParallelism(5))
		jobtest.Keep(out, "counts", batch.MapPartition(numbers.Rebalance(), count).WithParallelism(4))
		return nil
	},
	Judge: judgeShipment,
})

func count(rows iter.Seq[int64], emit func(int64)) {
	var n int64
	for range rows {
		n++
	}
	emit(n)
}

func judgeShipment(t testing.TB, _ uint64, got map[string][]string, _ *thalweg.Result) {
	where := map[string]map[int64]map[int64]int{} // by name, record and subtask: how often
	load := map[string]map[int64]int{}
	for name, rows := range got {
		if name == "counts" {
			continue
		}
		where[name], load[name] = map[int64]map[int64]int{}, map[int64]int{}
		for _, row := range rows {
			var n, subtask int64
			if _, err := fmt.Sscanf(row, "[%d %d]", &n, &subtask); err != nil {
				t.Fatal(row, err)
			}
			if where[name][n] == nil {
				where[name][n] = map[int64]int{}
			}
			where[name][n][subtask]++
			load[name][subtask]++
		}
		for n := range int64(1000) {
			total := 0
			for _, times := range where[name][n] {
				total += times
			}
			if want := map[bool]int{false: 4, true: 20}[name == "broadcast"]; total != want {
				t.Errorf("%s: record %d arrived %d times, want %d", name, n, total, want)
			}
		}
	}
	for n := range int64(1000) {
		if len(where["hash"][n]) != 1 {
			t.Errorf("hash: record %d went to %d subtasks", n, len(where["hash"][n]))
		}
		if where["custom"][n][n*7%5] != 4 {
			t.Errorf("custom: record %d went to %v, want %d", n, where["custom"][n], n*7%5)
		}
		if len(where["broadcast"][n]) != 5 {
			t.Errorf("broadcast: record %d went to %d subtasks", n, len(where["broadcast"][n]))
		}
	}
	if len(load["global"]) != 1 {
		t.Errorf("global: %d subtasks have records", len(load["global"]))
	}
	// Rebalance deals runs of a batch, so a small input need not reach everyone.
	if len(load["hash"]) != 5 || len(load["rebalance"]) < 3 {
		t.Errorf("the hashed records are in %v, the rebalanced ones in %v; want five subtasks", load["hash"], load["rebalance"])
	}
	var sum int
	for _, row := range got["counts"] {
		var n int
		_, _ = fmt.Sscan(row, &n)
		sum += n
	}
	if len(got["counts"]) != 4 || sum != shipped {
		t.Errorf("the partitions have %v records, want 4 with %d together", got["counts"], shipped)
	}
}

func TestRecordsGoWhereTheyAreSent(t *testing.T) { jobtest.Check(t, shipment) }

// pids tells which processes ran an operator.
var pids = jobtest.Register(&jobtest.Program{
	Name: "pids",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		jobtest.Keep(out, "pids", batch.Distinct(batch.Map(batch.Sequence(env, 0, 1000).Rebalance(), func(int64) int64 { return int64(os.Getpid()) })))
		return nil
	},
})

func TestProcessesAreProcesses(t *testing.T) {
	self := fmt.Sprint(os.Getpid())
	for c, want := range map[jobtest.Configuration]int{{Processes: 1, Parallelism: 4}: 1, {Processes: 3, Parallelism: 7}: 3, {Processes: 3, Parallelism: 2}: 2} {
		got, _, err := pids.RunOn(jobtest.Deadline(t), c)
		if err != nil {
			t.Fatal(c, err)
		}
		if len(got["pids"]) != want || slices.Contains(got["pids"], self) != (c.Processes == 1) {
			t.Errorf("%s: the records were made in %v; this is %s", c, got["pids"], self)
		}
	}
}
