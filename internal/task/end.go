package task

import "errors"

// close closes all operators, tail first, and frees what is buffered.
func (t *Task) close(complete bool) error {
	var errs []error
	for i := len(t.members) - 1; i >= 0; i-- {
		m := t.members[i]
		if m.closer != nil {
			errs = append(errs, m.closer.Close(complete))
		}
		errs = append(errs, m.tidy())
		m.publish()
		if !m.keeps() && !t.holdsSet(m) {
			m.ctx.Memory().Close()
		}
	}
	for _, u := range t.sets {
		u.set.leave()
	}
	for _, w := range t.writers {
		w.Close()
	}
	t.gate.Close()
	return errors.Join(errs...)
}

// keeps reports whether the member has left something for the next attempt.
func (m *member) keeps() bool {
	kept := m.ctx.Spec().Kept
	return kept != nil && kept.Result != nil
}

// Keeps reports whether the task, which has ended, has left all that it was to make
// for the next attempt.
func (t *Task) Keeps() bool { return t.members[0].keeps() }

// publish makes the member's counts and accumulators readable.
func (m *member) publish() {
	m.meter.Publish()
	m.ctx.Values().Publish()
}

// tidy runs the user's clean-up, which may fail like any user code.
func (m *member) tidy() (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = m.ctx.Recovered(caught, -1, nil)
		}
	}()
	return m.ctx.Fail(m.ctx.Close(), -1, nil)
}
