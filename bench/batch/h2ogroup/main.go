// H2ogroup has the programs of bench/batch that answer the questions about groups of
// the db-benchmark of H2O.ai and DuckDB Labs.
package main

import (
	"iter"
	"math"
	"slices"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// Sample is a record of G1.
type Sample struct {
	ID1, ID2, ID3         string
	ID4, ID5, ID6, V1, V2 int32
	V3                    float64
}

// Field references of samples.
func id1(s *Sample) *string { return &s.ID1 }
func id2(s *Sample) *string { return &s.ID2 }
func id3(s *Sample) *string { return &s.ID3 }
func id4(s *Sample) *int32  { return &s.ID4 }
func id5(s *Sample) *int32  { return &s.ID5 }
func id6(s *Sample) *int32  { return &s.ID6 }
func v1(s *Sample) *int32   { return &s.V1 }
func v2(s *Sample) *int32   { return &s.V2 }
func v3(s *Sample) *float64 { return &s.V3 }

func main() { side.Serve(map[string]side.Loader{"h2o-groupby": load}) }

func load(j side.Job) (map[string]side.Program, error) {
	rows, err := readSamples(j)
	if err != nil {
		return nil, err
	}
	g := grouper{j, rows}
	return map[string]side.Program{
		"groupby-1": g.one, "groupby-2": g.two, "groupby-3": g.three, "groupby-4": g.four, "groupby-5": g.five,
		"groupby-6": g.six, "groupby-7": g.seven, "groupby-8": g.eight, "groupby-9": g.nine, "groupby-10": g.ten,
	}, nil
}

func readSamples(j side.Job) ([]Sample, error) {
	rows := make([]Sample, 0, j.H2ORows)
	dictionary := side.Interned{}
	var s side.Scanner
	err := side.ReadTable(j, "g1", func(f [][]byte) error {
		rows = append(rows, Sample{
			ID1: dictionary.Text(f[0]), ID2: dictionary.Text(f[1]), ID3: dictionary.Text(f[2]),
			ID4: int32(s.Int(f[3])), ID5: int32(s.Int(f[4])), ID6: int32(s.Int(f[5])),
			V1: int32(s.Int(f[6])), V2: int32(s.Int(f[7])), V3: s.Float(f[8]),
		})
		return s.Err
	})
	return rows, err
}

// grouper has the programs.
type grouper struct {
	job  side.Job
	rows []Sample
}

// keep executes a program and keeps its answer in memory; see [side.Kept.Answer].
func keep[T any](j side.Job, numbers int, add func([]float64, *T), build func(*thalweg.Environment) *batch.DataSet[T]) (side.Result, error) {
	sink := &side.Kept[T]{}
	err := j.Execute(j.Memory, func(env *thalweg.Environment) error {
		batch.Write(build(env), sink)
		return nil
	})
	return sink.Answer(numbers, add), err
}

type samples = *batch.DataSet[Sample]

func groupKeep[T any](g grouper, numbers int, add func([]float64, *T), build func(samples) *batch.DataSet[T]) (side.Result, error) {
	return keep(g.job, numbers, add, func(env *thalweg.Environment) *batch.DataSet[T] {
		return build(batch.FromSlice(env, g.rows))
	})
}

// one: sum v1 by id1.
func (g grouper) one() (side.Result, error) {
	type sum struct {
		ID1 string
		V1  int64
	}
	return groupKeep(g, 1, func(n []float64, r *sum) { n[0] += float64(r.V1) }, func(x samples) *batch.DataSet[sum] {
		return batch.AggregateInto(batch.GroupBy(x, id1),
			agg.FirstInto(id1, func(s *sum) *string { return &s.ID1 }),
			agg.SumInto(v1, func(s *sum) *int64 { return &s.V1 }))
	})
}

// two: sum v1 by id1, id2.
func (g grouper) two() (side.Result, error) {
	type key struct{ ID1, ID2 string }
	type sum struct {
		ID1, ID2 string
		V1       int64
	}
	return groupKeep(g, 1, func(n []float64, r *sum) { n[0] += float64(r.V1) }, func(x samples) *batch.DataSet[sum] {
		return batch.AggregateInto(batch.GroupByFunc(x, func(s Sample) key { return key{s.ID1, s.ID2} }),
			agg.FirstInto(id1, func(s *sum) *string { return &s.ID1 }),
			agg.FirstInto(id2, func(s *sum) *string { return &s.ID2 }),
			agg.SumInto(v1, func(s *sum) *int64 { return &s.V1 }))
	})
}

// three: sum v1, mean v3 by id3.
func (g grouper) three() (side.Result, error) {
	type means struct {
		ID3 string
		V1  int64
		V3  float64
	}
	add := func(n []float64, r *means) { n[0], n[1] = n[0]+float64(r.V1), n[1]+r.V3 }
	return groupKeep(g, 2, add, func(x samples) *batch.DataSet[means] {
		return batch.AggregateInto(batch.GroupBy(x, id3),
			agg.FirstInto(id3, func(m *means) *string { return &m.ID3 }),
			agg.SumInto(v1, func(m *means) *int64 { return &m.V1 }),
			agg.AverageInto(v3, func(m *means) *float64 { return &m.V3 }))
	})
}

// four: mean v1, v2, v3 by id4.
func (g grouper) four() (side.Result, error) {
	type means struct {
		ID4        int32
		V1, V2, V3 float64
	}
	add := func(n []float64, r *means) { n[0], n[1], n[2] = n[0]+r.V1, n[1]+r.V2, n[2]+r.V3 }
	return groupKeep(g, 3, add, func(x samples) *batch.DataSet[means] {
		return batch.AggregateInto(batch.GroupBy(x, id4),
			agg.FirstInto(id4, func(m *means) *int32 { return &m.ID4 }),
			agg.AverageInto(v1, func(m *means) *float64 { return &m.V1 }),
			agg.AverageInto(v2, func(m *means) *float64 { return &m.V2 }),
			agg.AverageInto(v3, func(m *means) *float64 { return &m.V3 }))
	})
}

// five: sum v1, v2, v3 by id6.
func (g grouper) five() (side.Result, error) {
	type sums struct {
		ID6    int32
		V1, V2 int64
		V3     float64
	}
	add := func(n []float64, r *sums) { n[0], n[1], n[2] = n[0]+float64(r.V1), n[1]+float64(r.V2), n[2]+r.V3 }
	return groupKeep(g, 3, add, func(x samples) *batch.DataSet[sums] {
		return batch.AggregateInto(batch.GroupBy(x, id6),
			agg.FirstInto(id6, func(s *sums) *int32 { return &s.ID6 }),
			agg.SumInto(v1, func(s *sums) *int64 { return &s.V1 }),
			agg.SumInto(v2, func(s *sums) *int64 { return &s.V2 }),
			agg.SumInto(v3, func(s *sums) *float64 { return &s.V3 }))
	})
}

// six: median v3, standard deviation v3 by id4, id5.
//
// Only the fields that count are sent to where the groups are.
func (g grouper) six() (side.Result, error) {
	type key struct{ ID4, ID5 int32 }
	type value struct {
		Key key
		V3  float64
	}
	type figures struct {
		Key               key
		Median, Deviation float64
	}
	add := func(n []float64, r *figures) { n[0], n[1] = n[0]+r.Median, n[1]+r.Deviation }
	return groupKeep(g, 2, add, func(x samples) *batch.DataSet[figures] {
		values := batch.Project(x, func(s Sample) value { return value{key{s.ID4, s.ID5}, s.V3} })
		return batch.ReduceGroup(batch.GroupBy(values, func(v *value) *key { return &v.Key }), func(records iter.Seq[value], emit func(figures)) {
			var all []float64
			var k key
			sum := 0.0
			for v := range records {
				k, sum, all = v.Key, sum+v.V3, append(all, v.V3)
			}
			n := float64(len(all))
			squares := 0.0
			for _, v := range all {
				squares += (v - sum/n) * (v - sum/n)
			}
			slices.Sort(all)
			emit(figures{k, (all[(len(all)-1)/2] + all[len(all)/2]) / 2, math.Sqrt(squares / (n - 1))})
		})
	})
}

// seven: max v1 - min v2 by id3.
func (g grouper) seven() (side.Result, error) {
	type extremes struct {
		ID3      string
		Max, Min int32
	}
	type span struct {
		ID3   string
		Range int32
	}
	return groupKeep(g, 1, func(n []float64, r *span) { n[0] += float64(r.Range) }, func(x samples) *batch.DataSet[span] {
		both := batch.AggregateInto(batch.GroupBy(x, id3),
			agg.FirstInto(id3, func(e *extremes) *string { return &e.ID3 }),
			agg.MaxInto(v1, func(e *extremes) *int32 { return &e.Max }),
			agg.MinInto(v2, func(e *extremes) *int32 { return &e.Min }))
		return batch.Map(both, func(e extremes) span { return span{e.ID3, e.Max - e.Min} })
	})
}

// eight: the two largest v3 by id6.
//
// The two largest of two groups' two largest are those of both groups.
func (g grouper) eight() (side.Result, error) {
	type largest struct {
		ID6           int32
		First, Second float64
	}
	type value struct {
		ID6 int32
		V3  float64
	}
	return groupKeep(g, 1, func(n []float64, r *value) { n[0] += r.V3 }, func(x samples) *batch.DataSet[value] {
		each := batch.Map(x, func(s Sample) largest { return largest{s.ID6, s.V3, math.Inf(-1)} })
		two := batch.GroupBy(each, func(l *largest) *int32 { return &l.ID6 }).Reduce(func(a, b largest) largest {
			if a.First < b.First {
				a, b = b, a
			}
			return largest{a.ID6, a.First, max(a.Second, b.First)}
		})
		return batch.FlatMap(two, func(l largest, emit func(value)) {
			emit(value{l.ID6, l.First})
			if !math.IsInf(l.Second, -1) {
				emit(value{l.ID6, l.Second})
			}
		})
	})
}

// nine: the square of the correlation of v1 and v2 by id2, id4.
func (g grouper) nine() (side.Result, error) {
	type key struct {
		ID2 string
		ID4 int32
	}
	type moments struct {
		Key                 key
		N, X, Y, XX, YY, XY float64
	}
	type fit struct {
		Key key
		R2  float64
	}
	return groupKeep(g, 1, func(n []float64, r *fit) { n[0] += r.R2 }, func(x samples) *batch.DataSet[fit] {
		each := batch.Map(x, func(s Sample) moments {
			a, b := float64(s.V1), float64(s.V2)
			return moments{key{s.ID2, s.ID4}, 1, a, b, a * a, b * b, a * b}
		})
		all := batch.GroupBy(each, func(m *moments) *key { return &m.Key }).Aggregate(
			agg.Sum(func(m *moments) *float64 { return &m.N }),
			agg.Sum(func(m *moments) *float64 { return &m.X }),
			agg.Sum(func(m *moments) *float64 { return &m.Y }),
			agg.Sum(func(m *moments) *float64 { return &m.XX }),
			agg.Sum(func(m *moments) *float64 { return &m.YY }),
			agg.Sum(func(m *moments) *float64 { return &m.XY }))
		return batch.Map(all, func(m moments) fit {
			r := m.N*m.XY - m.X*m.Y
			return fit{m.Key, r * r / ((m.N*m.XX - m.X*m.X) * (m.N*m.YY - m.Y*m.Y))}
		})
	})
}

// ten: sum v3, count by id1 to id6.
func (g grouper) ten() (side.Result, error) {
	type key struct {
		ID1, ID2, ID3 string
		ID4, ID5, ID6 int32
	}
	type sum struct {
		ID1, ID2, ID3 string
		ID4, ID5, ID6 int32
		V3            float64
		Count         int64
	}
	add := func(n []float64, r *sum) { n[0], n[1] = n[0]+r.V3, n[1]+float64(r.Count) }
	return groupKeep(g, 2, add, func(x samples) *batch.DataSet[sum] {
		by := func(s Sample) key { return key{s.ID1, s.ID2, s.ID3, s.ID4, s.ID5, s.ID6} }
		return batch.AggregateInto(batch.GroupByFunc(x, by),
			agg.FirstInto(id1, func(s *sum) *string { return &s.ID1 }),
			agg.FirstInto(id2, func(s *sum) *string { return &s.ID2 }),
			agg.FirstInto(id3, func(s *sum) *string { return &s.ID3 }),
			agg.FirstInto(id4, func(s *sum) *int32 { return &s.ID4 }),
			agg.FirstInto(id5, func(s *sum) *int32 { return &s.ID5 }),
			agg.FirstInto(id6, func(s *sum) *int32 { return &s.ID6 }),
			agg.SumInto(v3, func(s *sum) *float64 { return &s.V3 }),
			agg.CountInto[Sample](func(s *sum) *int64 { return &s.Count }))
	})
}
