package step

import "github.com/thalweg/thalweg/internal/operator"

// mapFilter runs a map and the filter behind it in one loop: a record that goes
// from one function to the other in registers costs half of what it costs to
// write it to a batch and read it back. Both steps stay members of the chain,
// with their own meters, contexts and errors; while batches are sampled they run
// one after the other, so that their times are told apart, and so they do where
// records have event times or are put aside if they fail.
type mapFilter[I, O any] struct {
	*mapStep[I, O]
	link   *link[O]
	filter *filterStep[O]
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
	if s.link.watch.On || s.in != nil || s.mapStep.spares() {
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
	// The deferred function sees where the loop was: at record i, which the filter
	// was given if given says so, and which stands at place in the buffer then. It
	// does not see next, so that counting needs no branch that depends on data.
	i, given, place := 0, -1, 0
	defer func() { s.settle(recover(), rows, i, given, place, &err) }()
	out, f, keep := s.buf[:len(rows)], s.mapStep.f, s.filter.f
	next := 0
	for ; i < len(rows); i++ {
		v := f(rows[i])
		given, place = i, next
		out[next] = v
		if keep(v) {
			next++
		}
	}
	return next, nil
}

// settle names the step whose function panicked.
func (s *mapFilter[I, O]) settle(caught any, rows []I, at, given, place int, err *error) {
	m, f := &s.mapStep.guard, &s.filter.guard
	switch {
	case caught == nil:
	case given == at:
		*err = aside(f, caught, f.base+int64(at), &s.buf[place], operator.NoTime, "")
	default:
		*err = aside(m, caught, m.base+int64(at), &rows[at], operator.NoTime, "")
	}
	m.base += int64(len(rows))
	f.base += int64(len(rows))
}
