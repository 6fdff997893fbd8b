package step

import (
	"math"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// draws makes pseudo-random numbers: the hashes of successive numbers, beginning at
// a place that seed and subtask choose (counter-based generators: Salmon et al.,
// Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011). So what is drawn depends on
// nothing but seed, subtask and how many were drawn before.
type draws struct{ counter uint64 }

func newDraws(ctx *operator.Context, seed uint64) draws {
	return draws{types.HashUint64(types.HashUint64(seed) + uint64(ctx.Subtask()))}
}

// bits returns 64 bits.
func (d *draws) bits() uint64 {
	d.counter++
	return types.HashUint64(d.counter)
}

// uniform returns a number in (0, 1).
func (d *draws) uniform() float64 { return (float64(d.bits()>>11) + 0.5) / (1 << 53) }

// poissonPart bounds the mean of one search: it takes about as many steps, and e to
// the power of minus the mean must be a number of full precision.
const poissonPart = 16

// poisson returns a number of the Poisson distribution with a mean. It searches
// the distribution function from 0 on (Devroye, Non-Uniform Random Variate
// Generation, 1986, X.3.3); sums of such numbers make large means.
func (d *draws) poisson(mean float64) (n int) {
	for ; mean > poissonPart; mean -= poissonPart {
		n += d.smallPoisson(poissonPart)
	}
	return n + d.smallPoisson(mean)
}

func (d *draws) smallPoisson(mean float64) (n int) {
	u, p := d.uniform(), math.Exp(-mean)
	for sum := p; u > sum && p > 0; sum += p {
		n++
		p *= mean / float64(n)
	}
	return n
}

// Sample lets each record through with a probability, from 0 to 1, of its own.
func Sample[T any](probability float64, seed uint64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		if probability >= 1 {
			return one[T](&passStep[T]{stampedBy(w), output[T](w, 0)}), nil
		}
		return one[T](&bernoulliStep[T]{
			draws: newDraws(w.Context, seed), below: uint64(probability * (1 << 64)),
			out: output[T](w, 0), buf: make([]T, operator.BatchSize[T]()),
		}), nil
	}
}

type bernoulliStep[T any] struct {
	draws draws
	below uint64 // what is drawn for records that pass
	out   operator.Collector[T]
	buf   []T
}

func (s *bernoulliStep[T]) Collect(rows []T) error { return batches(rows, len(s.buf), s.collect) }

// collect writes every row to the next free place and moves on only if it passes.
func (s *bernoulliStep[T]) collect(rows []T) error {
	buf, d, kept := s.buf[:len(rows)], s.draws, 0
	for i := range rows {
		buf[kept] = rows[i]
		if d.bits() < s.below {
			kept++
		}
	}
	s.draws = d
	if kept == 0 {
		return nil
	}
	return s.out.Collect(buf[:kept])
}

// SampleWithReplacement lets each record through a number of times that has the
// Poisson distribution: what drawing from endless input comes to.
func SampleWithReplacement[T any](mean float64, seed uint64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&poissonStep[T]{draws: newDraws(w.Context, seed), mean: mean, out: newEmitter(output[T](w, 0))}), nil
	}
}

type poissonStep[T any] struct {
	draws draws
	mean  float64
	out   *emitter[T]
}

func (s *poissonStep[T]) Collect(rows []T) error {
	for i := range rows {
		for range s.draws.poisson(s.mean) {
			if err := s.out.add(rows[i]); err != nil {
				return err
			}
		}
	}
	return s.out.flush()
}

// Drawn is a record with a number drawn for it. The n records with the least
// numbers are a sample of n records.
type Drawn[T any] struct {
	Lot    uint64
	Record T
}

// Draw draws a number for each record.
func Draw[T any](seed uint64) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&drawStep[T]{draws: newDraws(w.Context, seed), out: newEmitter(output[Drawn[T]](w, 0))}), nil
	}
}

type drawStep[T any] struct {
	draws draws
	out   *emitter[Drawn[T]]
}

func (s *drawStep[T]) Collect(rows []T) error {
	for i := range rows {
		if err := s.out.add(Drawn[T]{s.draws.bits(), rows[i]}); err != nil {
			return err
		}
	}
	return s.out.flush()
}
