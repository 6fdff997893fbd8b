package step

import (
	"math"

	"github.com/thalweg/thalweg/internal/operator"
)

// mapFilter runs a map and the filter behind it in one loop: a record that goes
// from one function to the other in registers costs half of what it costs to
// write it to a batch and read it back. Both steps stay members of the chain,
// with their own meters, contexts and errors; while batches are sampled they run
// one after the other, so that their times are told apart.
type mapFilter[I, O any] struct {
	*mapStep[I, O]
	link   *link[O]
	filter *filterStep[O]

	// handed is the record the filter was last given: its index in the batch in
	// the upper half, that in the map's buffer in the lower half. One store says
	// both.
	handed uint64
}

// fuse returns the collector for a map's input: the map itself, or the map and
// the filter that is its only reader.
func fuse[I, O any](m *mapStep[I, O]) operator.Collector[I] {
	l, ok := m.out.(*link[O])
	if !ok {
		return m
	}
	f, ok := l.next.(*filterStep[O])
	if !ok {
		return m
	}
	return &mapFilter[I, O]{mapStep: m, link: l, filter: f}
}

func (s *mapFilter[I, O]) Collect(rows []I) error {
	if s.link.watch.On {
		return s.mapStep.Collect(rows)
	}
	for len(rows) > 0 {
		n := min(len(rows), len(s.buf))
		kept, err := s.run(rows[:n])
		if err != nil {
			return err
		}
		s.link.count(n)
		if kept > 0 {
			if err := s.filter.out.Collect(s.buf[:kept]); err != nil {
				return err
			}
		}
		rows = rows[n:]
	}
	return nil
}

func (s *mapFilter[I, O]) run(rows []I) (kept int, err error) {
	m := s.mapStep
	s.handed = math.MaxUint64
	defer s.rescue(rows, &err)
	out, f, keep := s.buf[:len(rows)], m.f, s.filter.f
	next := 0 // a variable of its own, as the results are in memory for rescue
	for i := range rows {
		m.at = i
		v := f(rows[i])
		s.handed = uint64(i)<<32 | uint64(next)
		out[next] = v
		if keep(v) {
			next++
		}
	}
	return next, nil
}

// rescue names the step whose function panicked: the filter's, if it had been
// handed the record the map was at.
func (s *mapFilter[I, O]) rescue(rows []I, err *error) {
	m, f := &s.mapStep.guard, &s.filter.guard
	if caught := recover(); caught != nil {
		if int(s.handed>>32) == m.at {
			*err = f.ctx.Recovered(caught, f.base+int64(m.at), func() any { return s.buf[uint32(s.handed)] })
		} else {
			*err = m.ctx.Recovered(caught, m.base+int64(m.at), func() any { return rows[m.at] })
		}
	}
	m.base += int64(len(rows))
	f.base += int64(len(rows))
}
