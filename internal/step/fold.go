package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Folder makes a value of the records of a group. Init makes the value to begin
// with, for every group anew; Step takes it on by one record.
type Folder[R, T any] struct {
	Init func() R
	Step func(R, T) R
}

// Fold takes a value through the records of each key of bounded input, which is
// divided by key, in the order of their arrival. The values leave in Finish, in no
// order; the key is in them only if the function put it there. What the function
// keeps of a record is kept as it is. What a value refers to is not counted as the
// step's memory.
func Fold[T any, K comparable, R any](key *types.Key[T, K], open Open[Folder[R, T]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &foldStep[T, K, R]{
			lateFunction: lateFunction[Folder[R, T]]{make: open},
			state:        newFolds[T, K, R](key.Type()),
			out:          newEmitter(output[R](w, 0)),
		}
		s.state.refuse = refusalOf[T](w.Context)
		var err error
		s.overflowing, err = newOverflowing(w.Context, newGroupFinder(key, operator.BatchSize[T]()), s.state.groups)
		s.update = s.add
		return oneSieved(w, key, s), err
	}
}

type foldStep[T, K, R any] struct {
	overflowing[T, K]
	lateFunction[Folder[R, T]]
	state *folds[T, K, R]
	out   *emitter[R]
}

func (s *foldStep[T, K, R]) Open() error { return s.openWith(s.ctx) }

func (s *foldStep[T, K, R]) Collect(rows []T) error { return batches(rows, s.find.size(), s.absorb) }

func (s *foldStep[T, K, R]) add(rows []T, index []int32, next int) {
	s.state.update(&s.guard, s.f, index, next, rows, nil)
}

func (s *foldStep[T, K, R]) Finish() error {
	err := s.finish(func() error { return s.state.emit(s.out) }, s.absorb)
	s.state, s.find = nil, nil
	return err
}

// folds holds one folded value for each key.
type folds[T, K, R any] struct {
	groups *groups[K]
	values []R // by group

	refuse refusal[T] // of a record that the function panics with; nil: it fails the job
	begun  []bool     // by group: it has a value, unless all of its records were refused
}

func newFolds[T any, K comparable, R any](key *types.Type[K]) *folds[T, K, R] {
	s := &folds[T, K, R]{groups: newGroups(key, &types.Arena{})}
	s.groups.keep(sizeOf[R](), func(n int) { s.values = withCapacity(s.values, n) })
	return s
}

// emit emits all values and forgets them, but not the keys.
func (s *folds[T, K, R]) emit(out *emitter[R]) error {
	for i := range s.values {
		if s.refuse != nil && !s.begun[i] {
			continue
		}
		if err := out.add(s.values[i]); err != nil {
			return err
		}
	}
	clear(s.values)
	clear(s.begun)
	s.values, s.begun = s.values[:0], s.begun[:0]
	return out.flush()
}

// update folds a batch of records whose groups are in index, new ones numbered
// from next. If each is not nil, each[i] gets the group's value after record i.
func (s *folds[T, K, R]) update(g *guard, f Folder[R, T], index []int32, next int, rows []T, each []R) {
	s.values = lengthen(s.values, len(s.groups.keys))
	if s.refuse != nil {
		s.begun = lengthen(s.begun, len(s.values))
		for at := 0; at < len(rows); {
			at = s.updateHeld(at, g, f, index, rows)
		}
		return
	}
	values := s.values
	for i := range rows {
		g.at = i
		group := int(index[i])
		if group == next {
			values[group] = f.Init()
			next++
		}
		values[group] = f.Step(values[group], rows[i])
		if each != nil {
			each[i] = values[group]
		}
	}
}

// updateHeld is update from a record on, up to where one was refused. The group's value is
// what it was before, as it is the function's result that becomes the value; what the
// function did to what its argument refers to stays. It returns the place of the next
// record.
func (s *folds[T, K, R]) updateHeld(at int, g *guard, f Folder[R, T], index []int32, rows []T) (end int) {
	defer func() {
		if caught := recover(); caught != nil {
			s.refuse(g, caught, &rows[g.at], func() string { return keyText(&s.groups.keys[index[g.at]]) })
			end = g.at + 1
		}
	}()
	values, begun := s.values, s.begun
	for i := at; i < len(rows); i++ {
		g.at = i
		group := index[i]
		value := values[group]
		if !begun[group] {
			value = f.Init()
		}
		values[group], begun[group] = f.Step(value, rows[i]), true
	}
	return len(rows)
}

// FoldAll takes one value through all records of a subtask of bounded input and
// emits it in Finish; of no records it makes none. Values cannot be joined, so
// all records must come to one subtask.
func FoldAll[T, R any](open Open[Folder[R, T]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&foldAllStep[T, R]{
			guard:        guard{ctx: w.Context},
			lateFunction: lateFunction[Folder[R, T]]{make: open},
			out:          output[R](w, 0),
		}), nil
	}
}

type foldAllStep[T, R any] struct {
	guard
	lateFunction[Folder[R, T]]
	out   operator.Collector[R]
	value []R // none before the first record
}

func (s *foldAllStep[T, R]) Open() error { return s.openWith(s.ctx) }

func (s *foldAllStep[T, R]) Collect(rows []T) error { return eachSpared(rows, s.fold) }

// fold takes the value through rows, up to where one was put aside.
func (s *foldAllStep[T, R]) fold(rows []T) (next int, err error) {
	defer spare(&s.guard, rows, nil, &next, &err, nil)
	s.at = 0
	var value R
	done := false
	if len(s.value) > 0 {
		value, done = s.value[0], true
	} else {
		value = s.f.Init()
	}
	defer func() {
		if done {
			s.value = append(s.value[:0], value)
		}
	}()
	step := s.f.Step
	for i := range rows {
		s.at = i
		value = step(value, rows[i])
		done = true
	}
	return len(rows), nil
}

func (s *foldAllStep[T, R]) Finish() error {
	if len(s.value) == 0 {
		return nil
	}
	return s.out.Collect(s.value)
}
