package batch_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
)

type numbered struct{ Key, Number int64 }

func byKey(r *numbered) *int64 { return &r.Key }

// part is what one subtask of a sort has.
type part struct {
	Subtask int
	Rows    []numbered
}

// sortBySample sorts with three subtasks and returns what each of them has, in their
// order.
func sortBySample(t *testing.T, rows, sample []numbered, memory int64) (parts []part) {
	t.Helper()
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		d := batch.FromSlice(env, rows).Rebalance()
		sorted := batch.SortBySample(d, batch.FromSlice(env, sample), batch.Asc(byKey))
		batch.Collect(batch.MapPartitionRich(sorted, func(c *thalweg.Context) (func(iter.Seq[numbered], func(part)), error) {
			return func(all iter.Seq[numbered], emit func(part)) {
				emit(part{c.Subtask(), slices.Collect(all)})
			}, nil
		}), &parts)
		return nil
	}, thalweg.WithParallelism(3), thalweg.WithMemory(memory))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(parts, func(a, b part) int { return a.Subtask - b.Subtask })
	return parts
}

func TestRecordsAreSortedWhateverTheSampleIs(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	rows := make([]numbered, 50_000)
	for i := range rows {
		rows[i] = numbered{r.Int64N(10_000), int64(i)}
	}
	for name, sample := range map[string][]numbered{
		"good": rows[:2000], "of low keys": {{0, 0}, {1, 0}, {2, 0}}, "of one key": make([]numbered, 1000), "empty": nil,
	} {
		for _, memory := range []int64{2 << 20, 64 << 20} {
			var got []numbered
			parts := sortBySample(t, rows, sample, memory)
			for _, p := range parts {
				got = append(got, p.Rows...)
				if share := len(p.Rows) * 3; name == "good" && (share < len(rows)/2 || share > 2*len(rows)) {
					t.Errorf("subtask %d has %d of %d records", p.Subtask, len(p.Rows), len(rows))
				}
			}
			if !slices.IsSortedFunc(got, func(a, b numbered) int { return int(a.Key - b.Key) }) {
				t.Errorf("a sample that is %s: not in order", name)
			}
			slices.SortFunc(got, func(a, b numbered) int { return int(a.Number - b.Number) })
			if !slices.Equal(got, rows) {
				t.Errorf("a sample that is %s: %d records, not the %d that were sorted", name, len(got), len(rows))
			}
		}
	}
}

// With a sample of its own a sort keeps no record for the bounds alone.
func TestASortBySampleNeedsNoSpool(t *testing.T) {
	spools := func(build func(d, sample *batch.DataSet[numbered]) *batch.DataSet[numbered]) (n int) {
		result, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			rows := []numbered{{3, 0}, {1, 1}, {2, 2}}
			batch.Discard(build(batch.FromSlice(env, rows), batch.FromSlice(env, rows)))
			return nil
		}, thalweg.WithParallelism(2))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range result.Operators {
			if o.Name == "spool" {
				n++
			}
		}
		return n
	}
	if n := spools(func(d, _ *batch.DataSet[numbered]) *batch.DataSet[numbered] { return batch.Sort(d, batch.Asc(byKey)) }); n != 1 {
		t.Fatalf("a sort has %d spools: the test does not see them", n)
	}
	if n := spools(func(d, s *batch.DataSet[numbered]) *batch.DataSet[numbered] {
		return batch.SortBySample(d, s, batch.Asc(byKey))
	}); n != 0 {
		t.Errorf("%d spools", n)
	}
}
