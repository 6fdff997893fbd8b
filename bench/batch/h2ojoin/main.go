// H2ojoin has the programs of bench/batch that answer the questions about joins of the
// db-benchmark of H2O.ai and DuckDB Labs.
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// X is a record of x, of 10^7 rows. Big has as many, Medium a thousandth, Small a
// thousandth of that.
type X struct {
	ID1, ID2, ID3 int64
	ID4, ID5, ID6 string
	V1            float64
}

// Big is a record of big.
type Big struct {
	ID1, ID2, ID3 int64
	ID4, ID5, ID6 string
	V2            float64
}

// Medium is a record of medium.
type Medium struct {
	ID1, ID2 int64
	ID4, ID5 string
	V2       float64
}

// Small is a record of small.
type Small struct {
	ID1 int64
	ID4 string
	V2  float64
}

// The answers have all columns of both sides, the key once.
type (
	withSmall struct {
		X        X
		SmallID4 string
		V2       float64
	}
	withMedium struct {
		X                    X
		MediumID1            int64
		MediumID4, MediumID5 string
		V2                   float64
	}
	withMediumByText struct {
		X                    X
		MediumID1, MediumID2 int64
		MediumID4            string
		V2                   float64
	}
	perhapsMedium struct {
		X      X
		Medium batch.Optional[Medium]
	}
	withBig struct {
		X                   X
		BigID1, BigID2      int64
		BigID4, BigID5, ID6 string
		V2                  float64
	}
)

// joiner has the programs.
type joiner struct {
	job    side.Job
	x      []X
	small  []Small
	medium []Medium
	big    []Big
}

func main() { side.Serve(map[string]side.Loader{"h2o-join": load}) }

func load(j side.Job) (map[string]side.Program, error) {
	q := joiner{job: j}
	if err := q.read(); err != nil {
		return nil, err
	}
	return map[string]side.Program{"join-1": q.one, "join-2": q.two, "join-3": q.three, "join-4": q.four, "join-5": q.five}, nil
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

// read reads the tables. Texts of id4 and id5 occur again and again, those of id6 do
// not.
func (q *joiner) read() error {
	var s side.Scanner
	d := side.Interned{}
	q.x, q.big = make([]X, 0, q.job.H2ORows), make([]Big, 0, q.job.H2ORows)
	var texts pile
	err := side.ReadTable(q.job, "x", func(f [][]byte) error {
		texts.add(f[5])
		q.x = append(q.x, X{s.Int(f[0]), s.Int(f[1]), s.Int(f[2]), d.Text(f[3]), d.Text(f[4]), "", s.Float(f[6])})
		return s.Err
	})
	if err != nil {
		return err
	}
	texts.assign(func(i int, text string) { q.x[i].ID6 = text })
	err = side.ReadTable(q.job, "big", func(f [][]byte) error {
		texts.add(f[5])
		q.big = append(q.big, Big{s.Int(f[0]), s.Int(f[1]), s.Int(f[2]), d.Text(f[3]), d.Text(f[4]), "", s.Float(f[6])})
		return s.Err
	})
	if err != nil {
		return err
	}
	texts.assign(func(i int, text string) { q.big[i].ID6 = text })
	err = side.ReadTable(q.job, "medium", func(f [][]byte) error {
		q.medium = append(q.medium, Medium{s.Int(f[0]), s.Int(f[1]), d.Text(f[2]), d.Text(f[3]), s.Float(f[4])})
		return s.Err
	})
	if err != nil {
		return err
	}
	return side.ReadTable(q.job, "small", func(f [][]byte) error {
		q.small = append(q.small, Small{s.Int(f[0]), d.Text(f[1]), s.Float(f[2])})
		return s.Err
	})
}

// pile makes texts that lie one behind the other in memory.
type pile struct {
	bytes []byte
	ends  []int
}

func (p *pile) add(b []byte) {
	p.bytes = append(p.bytes, b...)
	p.ends = append(p.ends, len(p.bytes))
}

// assign hands out the texts in order and empties the pile.
func (p *pile) assign(set func(i int, text string)) {
	all, from := string(p.bytes), 0
	for i, end := range p.ends {
		set(i, all[from:end])
		from = end
	}
	*p = pile{}
}

// one: x with small by id1.
func (q joiner) one() (side.Result, error) {
	add := func(n []float64, r *withSmall) { n[0], n[1] = n[0]+r.X.V1, n[1]+r.V2 }
	return keep(q.job, 2, add, func(env *thalweg.Environment) *batch.DataSet[withSmall] {
		on := batch.On(func(x *X) *int64 { return &x.ID1 }, func(s *Small) *int64 { return &s.ID1 })
		return batch.Join(batch.FromSlice(env, q.x), batch.FromSlice(env, q.small), on,
			func(x X, s Small) withSmall { return withSmall{x, s.ID4, s.V2} }, batch.SecondIsTiny)
	})
}

func mediumByID2() batch.Keys[X, Medium, int64] {
	return batch.On(func(x *X) *int64 { return &x.ID2 }, func(m *Medium) *int64 { return &m.ID2 })
}

// two: x with medium by id2.
func (q joiner) two() (side.Result, error) {
	add := func(n []float64, r *withMedium) { n[0], n[1] = n[0]+r.X.V1, n[1]+r.V2 }
	return keep(q.job, 2, add, func(env *thalweg.Environment) *batch.DataSet[withMedium] {
		return batch.Join(batch.FromSlice(env, q.x), batch.FromSlice(env, q.medium), mediumByID2(),
			func(x X, m Medium) withMedium { return withMedium{x, m.ID1, m.ID4, m.ID5, m.V2} }, batch.SecondIsTiny)
	})
}

// three: all of x with medium by id2, where there is one.
func (q joiner) three() (side.Result, error) {
	add := func(n []float64, r *perhapsMedium) { n[0], n[1] = n[0]+r.X.V1, n[1]+r.Medium.Value.V2 }
	return keep(q.job, 2, add, func(env *thalweg.Environment) *batch.DataSet[perhapsMedium] {
		return batch.LeftJoin(batch.FromSlice(env, q.x), batch.FromSlice(env, q.medium), mediumByID2(),
			func(x X, m batch.Optional[Medium]) perhapsMedium { return perhapsMedium{x, m} }, batch.SecondIsTiny)
	})
}

// four: x with medium by id5, a text.
func (q joiner) four() (side.Result, error) {
	add := func(n []float64, r *withMediumByText) { n[0], n[1] = n[0]+r.X.V1, n[1]+r.V2 }
	return keep(q.job, 2, add, func(env *thalweg.Environment) *batch.DataSet[withMediumByText] {
		on := batch.On(func(x *X) *string { return &x.ID5 }, func(m *Medium) *string { return &m.ID5 })
		return batch.Join(batch.FromSlice(env, q.x), batch.FromSlice(env, q.medium), on,
			func(x X, m Medium) withMediumByText { return withMediumByText{x, m.ID1, m.ID2, m.ID4, m.V2} }, batch.SecondIsTiny)
	})
}

// five: x with big by id3.
func (q joiner) five() (side.Result, error) {
	add := func(n []float64, r *withBig) { n[0], n[1] = n[0]+r.X.V1, n[1]+r.V2 }
	return keep(q.job, 2, add, func(env *thalweg.Environment) *batch.DataSet[withBig] {
		on := batch.On(func(x *X) *int64 { return &x.ID3 }, func(b *Big) *int64 { return &b.ID3 })
		return batch.Join(batch.FromSlice(env, q.x), batch.FromSlice(env, q.big), on,
			func(x X, b Big) withBig { return withBig{x, b.ID1, b.ID2, b.ID4, b.ID5, b.ID6, b.V2} })
	})
}
