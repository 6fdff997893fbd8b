package windowing

import (
	"errors"
	"fmt"
)

// Stored is an [Open] window as it is stored; T is the type of records.
type Stored[T, A any] struct {
	Start, End int64
	Slots      []int64
	Lasts      []*T // by rule; empty: all are First
	Over       bool

	Panes, OnTime, Count int64
	Earliest, Latest     int64
	Value                A
}

// Store appends the windows of a key.
func (m *Machine[T, A]) Store(s *State[A], to []Stored[T, A]) []Stored[T, A] {
	for i := range s.Open {
		o := &s.Open[i]
		w := Stored[T, A]{
			Start: o.Start, End: o.End, Slots: o.Slots, Over: o.Over, Panes: o.Panes, OnTime: o.OnTime,
			Count: o.Count, Earliest: o.Earliest, Latest: o.Latest, Value: o.Value,
		}
		for _, last := range o.Lasts {
			row, _ := last.(*T)
			w.Lasts = append(w.Lasts, row)
		}
		to = append(to, w)
	}
	return to
}

// Restore makes them the windows of a key that has none.
func (m *Machine[T, A]) Restore(s *State[A], all []Stored[T, A]) error {
	if len(s.Open) > 0 {
		return errors.New("a key comes twice")
	}
	for i := range all {
		w := &all[i]
		if len(w.Slots) != m.slots || len(w.Lasts) != 0 && len(w.Lasts) != len(m.rules) {
			return fmt.Errorf("the windows were stored with another trigger than %s", m.Trigger)
		}
		o := Open[A]{
			Span: Span{w.Start, w.End}, Slots: w.Slots, Over: w.Over, Panes: w.Panes, OnTime: w.OnTime,
			Count: w.Count, Earliest: w.Earliest, Latest: w.Latest, Value: w.Value,
		}
		for _, last := range w.Lasts {
			if last == nil {
				o.Lasts = append(o.Lasts, nil)
			} else {
				o.Lasts = append(o.Lasts, last)
			}
		}
		s.Weight += m.base
		s.weigh(&o, m.weight(&o))
		s.Open = append(s.Open, o)
	}
	return nil
}
