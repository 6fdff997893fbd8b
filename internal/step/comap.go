package step

import "github.com/thalweg/thalweg/internal/operator"

// CoFlatMap has two inputs with a function for each and one output. The two
// functions run on one goroutine, in the order in which batches arrive.
func CoFlatMap[A, B, O any](open Open[Pair[func(A, func(O)), func(B, func(O))]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &coStep[A, B, O]{ctx: w.Context, open: open, out: heldEmitterOf[O](w, 0)}
		s.first = &coInput[A, O]{guard: guard{ctx: w.Context}, out: s.out, emit: s.out.push, in: w.In(0)}
		s.second = &coInput[B, O]{guard: guard{ctx: w.Context, input: 1}, out: s.out, emit: s.out.push, in: w.In(1)}
		return operator.Instance{Inputs: []any{s.first, s.second}, Body: s}, nil
	}
}

// Pair is two functions that are opened together.
type Pair[A, B any] struct {
	First  A
	Second B
}

type coStep[A, B, O any] struct {
	ctx    *operator.Context
	open   Open[Pair[func(A, func(O)), func(B, func(O))]]
	out    *emitter[O]
	first  *coInput[A, O]
	second *coInput[B, O]
}

func (s *coStep[A, B, O]) Open() error {
	return protect(s.ctx, func() error {
		p, err := s.open(s.ctx)
		s.first.f, s.second.f = p.First, p.Second
		return err
	})
}

// coInput is one side: a flat map that shares its output with the other side.
type coInput[I, O any] struct {
	guard
	f    func(I, func(O))
	out  *emitter[O]
	emit func(O)
	in   *operator.Stamps
}

func (c *coInput[I, O]) Collect(rows []I) error {
	return flatten(&c.guard, rows, timesOf(c.in), c.f, c.emit, c.out)
}
