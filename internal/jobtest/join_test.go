package jobtest_test

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// side is a record of one side of a join.
type side struct {
	ID  int64
	Key string
	Pad string
}

func sideKey(s *side) *string { return &s.Key }
func sideID(s *side) *int64   { return &s.ID }

// joined tells which records met, and that they came whole.
type joined struct {
	Left, Right int64 // -1: missing
	Sum         uint64
}

func sumOf(rows ...side) uint64 {
	h := fnv.New64a()
	for _, r := range rows {
		fmt.Fprint(h, r.ID, r.Key)
		h.Write([]byte(r.Pad))
	}
	return h.Sum64()
}

func joinBoth(l, r side) joined { return joined{l.ID, r.ID, sumOf(l, r)} }

func joinMaybe(l, r batch.Optional[side]) joined {
	j := joined{-1, -1, 0}
	var rows []side
	if l, ok := l.Get(); ok {
		j.Left = l.ID
		rows = append(rows, l)
	}
	if r, ok := r.Get(); ok {
		j.Right = r.ID
		rows = append(rows, r)
	}
	j.Sum = sumOf(rows...)
	return j
}

// shapes are kinds of data for two inputs. Rows of several KiB bring the whole to
// several times 16 MiB where a shape says so.
var shapes = map[string]func(r *rand.Rand) (left, right []side){
	"uniform": func(r *rand.Rand) ([]side, []side) {
		return makeSide(r, 1500, 4000, uniform(900)), makeSide(r, 1000, 4000, uniform(900))
	},
	"large": func(r *rand.Rand) ([]side, []side) {
		return makeSide(r, 1500, 12<<10, uniform(1200)), makeSide(r, 1200, 12<<10, uniform(1200))
	},
	"left skew": func(r *rand.Rand) ([]side, []side) {
		return makeSide(r, 2000, 8000, skewed), makeSide(r, 500, 500, uniform(300))
	},
	"right skew": func(r *rand.Rand) ([]side, []side) {
		return makeSide(r, 500, 500, uniform(300)), makeSide(r, 2000, 8000, skewed)
	},
	"both skew": func(r *rand.Rand) ([]side, []side) {
		return makeSide(r, 200, 15000, skewed), makeSide(r, 150, 15000, skewed)
	},
	"no left":  func(r *rand.Rand) ([]side, []side) { return nil, makeSide(r, 700, 100, uniform(500)) },
	"no right": func(r *rand.Rand) ([]side, []side) { return makeSide(r, 700, 100, uniform(500)), nil },
	"empty pads": func(r *rand.Rand) ([]side, []side) {
		return makeSide(r, 800, 0, uniform(300)), makeSide(r, 800, 0, uniform(300))
	},
	"huge records": func(r *rand.Rand) ([]side, []side) {
		l, rr := makeSide(r, 4, 4<<20, uniform(6)), makeSide(r, 200, 10, uniform(6))
		return l, append(rr, makeSide(r, 1, 4<<20, uniform(6))...)
	},
}

func uniform(keys int) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { return fmt.Sprint("key ", r.IntN(keys)) }
}

// skewed gives half of all rows one key.
func skewed(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return "key 7"
	}
	return fmt.Sprint("key ", r.IntN(300))
}

func makeSide(r *rand.Rand, n, pad int, key func(*rand.Rand) string) []side {
	rows := make([]side, n)
	for i := range rows {
		rows[i] = side{ID: r.Int64N(1 << 40), Key: key(r)}
		if pad > 0 {
			// A repeated piece of noise: neither constant nor quite random.
			piece := fmt.Sprintf("%x-", r.Uint64())
			rows[i].Pad = strings.Repeat(piece, r.IntN(2*pad)/len(piece)+1)
		}
	}
	return rows
}

// joinProgram is a join of one kind of two sides, of the shape that an argument says.
func joinProgram(kind string, build func(l, r *batch.DataSet[side], on batch.Keys[side, side, string]) *batch.DataSet[joined], want func(l, r []side) []joined) *jobtest.Program {
	var shape string
	return jobtest.Register(&jobtest.Program{
		Name: "join " + kind,
		Build: func(env *thalweg.Environment, out *jobtest.Out) error {
			shape = env.Arg("shape", "uniform")
			l, r := shapes[shape](out.Random())
			a, b := batch.FromSlice(env, l).Rebalance(), batch.FromSlice(env, r).Rebalance()
			jobtest.Keep(out, "joined", build(a, b, batch.On(sideKey, sideKey)))
			return nil
		},
		Judge: func(t testing.TB, seed uint64, got map[string][]string, _ *thalweg.Result) {
			l, r := shapes[shape](jobtest.Random(seed))
			if d := jobtest.Difference(got["joined"], jobtest.Lines(want(l, r))); d != "" {
				t.Errorf("%s: %s", shape, d)
			}
		},
	})
}

// nested is the oracle: every pair is looked at.
func nested(l, r []side, keepLeft, keepRight bool) (out []joined) {
	met := make([]bool, len(r))
	for _, a := range l {
		alone := true
		for i, b := range r {
			if a.Key == b.Key {
				alone, met[i] = false, true
				out = append(out, joinBoth(a, b))
			}
		}
		if alone && keepLeft {
			out = append(out, joined{a.ID, -1, sumOf(a)})
		}
	}
	for i, b := range r {
		if !met[i] && keepRight {
			out = append(out, joined{-1, b.ID, sumOf(b)})
		}
	}
	return out
}

func partners(l, r []side, wanted bool) (out []joined) {
	for _, a := range l {
		if slices.ContainsFunc(r, func(b side) bool { return a.Key == b.Key }) == wanted {
			out = append(out, joined{a.ID, 0, sumOf(a)})
		}
	}
	return out
}

type sides = batch.DataSet[side]
type sideKeys = batch.Keys[side, side, string]

var leftOnly = func(a side) joined { return joined{a.ID, 0, sumOf(a)} }

var joins = map[string]*jobtest.Program{
	"inner": joinProgram("inner", func(l, r *sides, on sideKeys) *batch.DataSet[joined] {
		return batch.Join(l, r, on, joinBoth)
	}, func(l, r []side) []joined { return nested(l, r, false, false) }),
	"left": joinProgram("left", func(l, r *sides, on sideKeys) *batch.DataSet[joined] {
		return batch.LeftJoin(l, r, on, func(l side, r batch.Optional[side]) joined {
			return joinMaybe(batch.Optional[side]{Value: l, Present: true}, r)
		})
	}, func(l, r []side) []joined { return nested(l, r, true, false) }),
	"right": joinProgram("right", func(l, r *sides, on sideKeys) *batch.DataSet[joined] {
		return batch.RightJoin(l, r, on, func(l batch.Optional[side], r side) joined {
			return joinMaybe(l, batch.Optional[side]{Value: r, Present: true})
		})
	}, func(l, r []side) []joined { return nested(l, r, false, true) }),
	"full": joinProgram("full", func(l, r *sides, on sideKeys) *batch.DataSet[joined] {
		return batch.FullJoinFlat(l, r, on, func(l, r batch.Optional[side], emit func(joined)) { emit(joinMaybe(l, r)) })
	}, func(l, r []side) []joined { return nested(l, r, true, true) }),
	"semi": joinProgram("semi", func(l, r *sides, on sideKeys) *batch.DataSet[joined] {
		return batch.Map(batch.SemiJoin(l, r, on), leftOnly)
	}, func(l, r []side) []joined { return partners(l, r, true) }),
	"anti": joinProgram("anti", func(l, r *sides, on sideKeys) *batch.DataSet[joined] {
		return batch.Map(batch.AntiJoin(l, r, on), leftOnly)
	}, func(l, r []side) []joined { return partners(l, r, false) }),
}

// strategiesOf are those a kind of join has.
func strategiesOf(kind string) []string {
	all := []string{"hash first", "hash second", "merge"}
	if kind == "inner" || kind == "right" {
		all = append(all, "broadcast first")
	}
	if kind != "right" && kind != "full" {
		all = append(all, "broadcast second")
	}
	return all
}

type joinCase struct {
	jobtest.Configuration
	shape string
}

// joinCases are all shapes in all configurations.
func joinCases() (all []joinCase) {
	for _, shape := range slices.Sorted(maps.Keys(shapes)) {
		for _, c := range jobtest.WithMemories(jobtest.Configurations()) {
			all = append(all, joinCase{c, shape})
		}
	}
	return all
}

func TestEveryJoinUnderEveryStrategyEqualsNestedLoops(t *testing.T) {
	for kind, program := range joins {
		for _, strategy := range strategiesOf(kind) {
			t.Run(kind+"/"+strategy, func(t *testing.T) {
				for _, c := range jobtest.Some(t, joinCases()) {
					program.Try(t, c.Configuration, thalweg.WithStrategy("join", strategy), thalweg.WithArgument("shape", c.shape))
				}
			})
		}
	}
}
