package batch_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/where"
)

type visit struct {
	ID    int64
	Place int64
	Score float64
	Name  string
	Note  *int64
}

type visitName struct {
	Place int64
	Name  string
}

func visitID(v *visit) *int64       { return &v.ID }
func visitPlace(v *visit) *int64    { return &v.Place }
func visitScore(v *visit) *float64  { return &v.Score }
func visitText(v *visit) *string    { return &v.Name }
func visitNote(v *visit) **int64    { return &v.Note }
func namePlace(v *visitName) *int64 { return &v.Place }
func nameText(v *visitName) *string { return &v.Name }
func same(n *int64) *int64          { return n }
func nameOfVisit(v visit) visitName { return visitName{v.Place, v.Name} }
func isHigh(v visit) bool           { return v.Score > 4 }
func alphabetical(a, b visitName) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Place, b.Place))
}
func joinNames(v, w visitName) visitName { return visitName{v.Place, v.Name + w.Name} }

// visits is a source that does what it is asked as badly as it may: what is not needed
// has wrong values, and of the conditions it takes every second one.
type visits struct {
	rows  []visit
	need  connect.Need[visit]
	took  *connect.Need[visit] // what it was asked last
	takes int                  // which conditions
}

func (s *visits) String() string { return "visits" }
func (s *visits) Bounded() bool  { return true }

func (s *visits) Splits(connect.SplitContext) ([]connect.Split, error) {
	var splits []connect.Split
	for i := 0; i < len(s.rows); i += 7 {
		data, _ := json.Marshal(i)
		splits = append(splits, connect.Split{ID: fmt.Sprint(i), Data: data})
	}
	return splits, nil
}

func (s *visits) Open(_ connect.ReaderContext, p connect.Split) (connect.Reader[visit], error) {
	var from int
	if err := json.Unmarshal(p.Data, &from); err != nil {
		return nil, err
	}
	return &visitReader{s, s.rows[from:min(from+7, len(s.rows))]}, nil
}

func (s *visits) Narrow(need connect.Need[visit]) (connect.Source[visit], []bool) {
	*s.took = need
	narrow, holds := *s, make([]bool, len(need.Where))
	narrow.need = connect.Need[visit]{Fields: need.Fields}
	for i, c := range need.Where {
		if holds[i] = (s.takes>>i)&1 == 1; holds[i] {
			narrow.need.Where = append(narrow.need.Where, c)
		}
	}
	return &narrow, holds
}

type visitReader struct {
	s    *visits
	rows []visit
}

func (r *visitReader) Close() error { return nil }

func (r *visitReader) Read(rows []visit) (int, error) {
	n := 0
	for ; n < len(rows) && len(r.rows) > 0; r.rows = r.rows[1:] {
		row := r.rows[0]
		if slices.ContainsFunc(r.s.need.Where, func(c connect.Condition[visit]) bool { return !c.Holds(&row) }) {
			continue
		}
		v, wrong := reflect.ValueOf(&row).Elem(), reflect.ValueOf(visit{ID: -1, Place: -2, Score: -3, Name: "nobody asked"})
		for i := range v.NumField() {
			if !r.s.need.Reads(v.Type().Field(i).Name) {
				v.Field(i).Set(wrong.Field(i))
			}
		}
		rows[n] = row
		n++
	}
	if len(r.rows) == 0 {
		return n, io.EOF
	}
	return n, nil
}

func randomVisits(r *rand.Rand) []visit {
	rows := make([]visit, r.IntN(200))
	for i := range rows {
		rows[i] = visit{ID: int64(i), Place: r.Int64N(5), Score: float64(r.IntN(8)), Name: strings.Repeat("ab", r.IntN(3)) + fmt.Sprint(r.IntN(3))}
		if r.IntN(5) == 0 {
			rows[i].Score = math.NaN()
		}
		if r.IntN(2) == 0 {
			note := r.Int64N(3)
			rows[i].Note = &note
		}
	}
	return rows
}

func randomWhere(r *rand.Rand) where.Predicate[visit] {
	return []where.Predicate[visit]{
		where.AtLeast(visitID, r.Int64N(100)), where.Between(visitPlace, 1, r.Int64N(5)), where.Below(visitScore, float64(r.IntN(8))),
		where.AtLeast(visitScore, float64(r.IntN(8))), where.Prefix(visitText, "ab"), where.Behind(visitNote, where.OneOf(same, 0, 2)),
		where.Any(where.Equal(visitPlace, 3), where.All(where.Above(visitScore, 2), where.Prefix(visitText, "a"))),
	}[r.IntN(7)]
}

// programs read visits and make names of them.
var visitPrograms = []struct {
	fields []string // that are looked at, beside those of conditions; nil: all
	pushed bool     // the conditions
	build  func(d, other *batch.DataSet[visit]) *batch.DataSet[visitName]
}{
	{[]string{"Name", "Place"}, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Pick[visitName](d)
	}},
	{[]string{"Name"}, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Fields(d, batch.Copy(visitText, nameText))
	}},
	{nil, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Map(d, nameOfVisit)
	}},
	{nil, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Pick[visitName](d.Filter(isHigh))
	}},
	{[]string{"Name", "Note", "Place"}, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Pick[visitName](batch.Where(d, where.Behind(visitNote, where.AtLeast(same, 1))))
	}},
	{[]string{"ID", "Name", "Place"}, true, func(d, other *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Pick[visitName](batch.SemiJoin(d, other, batch.On(visitID, visitID)))
	}},
	{[]string{"Place"}, true, func(d, other *batch.DataSet[visit]) *batch.DataSet[visitName] {
		names := batch.Pick[visitName](batch.Where(other, where.AtMost(visitID, 20)))
		return batch.AntiJoin(names, d, batch.On(namePlace, visitPlace))
	}},
	{[]string{"Name", "Place", "Score"}, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Pick[visitName](batch.PartitionByHash(d, visitScore))
	}},
	{nil, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		return batch.Pick[visitName](batch.PartitionCustom(batch.Where(d, where.AtLeast(visitPlace, 1)), visitPlace, func(k int64, n int) int { return 0 }).FilterRich(
			func(*thalweg.Context) (func(visit) bool, error) { return isHigh, nil }))
	}},
	{[]string{"Name", "Place"}, false, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		small := batch.Where(d, where.Equal(visitPlace, 1))
		return batch.Union(batch.Pick[visitName](d), batch.Pick[visitName](small))
	}},
	{[]string{"Name", "Note", "Place", "Score"}, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		noted := batch.FilterFields(d, func(v struct {
			Note  *int64
			Score float64
		}) bool {
			return v.Note != nil && v.Score != 3
		})
		return batch.MapFields(noted, func(v visitName) visitName { return visitName{v.Place, v.Name + "!"} })
	}},
	{[]string{"Name", "Place"}, true, func(d, _ *batch.DataSet[visit]) *batch.DataSet[visitName] {
		names := batch.Pick[visitName](d)
		return batch.Union(names.Top(3, alphabetical), batch.Join(names, names, batch.On(namePlace, namePlace), joinNames))
	}},
}

func TestASourceIsAskedForWhatIsNeeded(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for i, p := range visitPrograms {
		for range 12 {
			rows, others := randomVisits(r), randomVisits(r)
			conditions := make([]where.Predicate[visit], r.IntN(3))
			for k := range conditions {
				conditions[k] = randomWhere(r)
			}
			takes := r.IntN(16)
			run := func(options ...thalweg.Option) (names []visitName, took connect.Need[visit]) {
				_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
					d := batch.Read(env, &visits{rows: rows, took: &took, takes: takes})
					if i != 9 && len(conditions) > 0 { // else somebody else reads all of them
						d = batch.Where(batch.Where(d, conditions[0]), conditions...)
					}
					batch.Collect(p.build(d, batch.FromSlice(env, others)), &names)
					return nil
				}, append(options, thalweg.WithParallelism(1+r.IntN(4)))...)
				if err != nil {
					t.Fatal(err)
				}
				slices.SortFunc(names, alphabetical)
				return names, took
			}
			want, none := run(thalweg.WithoutOptimizer())
			got, took := run()
			if !slices.Equal(got, want) || none.Fields != nil {
				t.Fatalf("program %d, conditions %v: got %v, want %v", i, conditions, got, want)
			}
			wanted := slices.Clone(p.fields)
			asked := 0
			if p.pushed && i != 9 && len(conditions) > 0 {
				asked = len(conditions) + 1
				for _, c := range conditions {
					for _, place := range c.Places() {
						wanted = append(wanted, place.Path)
					}
				}
			}
			slices.Sort(wanted)
			if p.fields == nil {
				wanted = nil
			}
			if len(took.Where) < asked || asked > 0 && took.Fields == nil != (wanted == nil) || !slices.Equal(took.Fields, slices.Compact(wanted)) {
				t.Fatalf("program %d, conditions %v: asked for %q where %v, want %q", i, conditions, took.Fields, took.Where, wanted)
			}
		}
	}
}

// Who reads what a source rejects gets all of it, so the source is not asked to leave
// anything out.
func TestAQuarantineIsRead(t *testing.T) {
	var took connect.Need[visit]
	var names []visitName
	var rejected []connect.Rejected
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		d := batch.Read(env, &visits{rows: []visit{{ID: 1, Name: "a"}, {ID: 2, Name: "b"}}, took: &took, takes: 1})
		batch.Collect(d.Quarantine(), &rejected)
		batch.Collect(batch.Pick[visitName](batch.Where(d, where.Equal(visitID, 2))), &names)
		return nil
	})
	if err != nil || !slices.Equal(names, []visitName{{0, "b"}}) || took.Where != nil || took.Fields != nil {
		t.Errorf("got %v, %v; asked for %v", names, err, took)
	}
}

func TestMistakesInConditionsAndPicksAreFound(t *testing.T) {
	for want, build := range map[string]func(*batch.DataSet[visit]) *batch.DataSet[visit]{
		"a filter without conditions": func(d *batch.DataSet[visit]) *batch.DataSet[visit] { return batch.Where(d) },
		"an empty predicate":          func(d *batch.DataSet[visit]) *batch.DataSet[visit] { return batch.Where(d, where.Predicate[visit]{}) },
		"points outside of the value": func(d *batch.DataSet[visit]) *batch.DataSet[visit] {
			return batch.Where(d, where.Equal(func(v *visit) *int64 { return new(int64) }, 1))
		},
		"has no field Absent": func(d *batch.DataSet[visit]) *batch.DataSet[visit] {
			return batch.FilterFields(d, func(struct{ Absent int }) bool { return true })
		},
		"the function is nil": func(d *batch.DataSet[visit]) *batch.DataSet[visit] {
			batch.Print(batch.MapFields[visit, visitName, int64](d, nil))
			return d
		},
		"has no field Missing": func(d *batch.DataSet[visit]) *batch.DataSet[visit] {
			batch.Print(batch.Pick[struct{ Missing int }](d))
			return d
		},
	} {
		_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			batch.Print(build(batch.FromSlice(env, []visit{{}})))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
