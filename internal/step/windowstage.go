package step

import (
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// PolicyFiring is what a window of policies gives to a function: the moment of its firing,
// and the records it has, in their order. Rows are valid until the function returns; the
// records may be kept.
type PolicyFiring[T any] struct {
	At   time.Time
	Rows []T
}

// PolicyWindows makes the operator of windows whose firings, perhaps changed by functions
// on their way, have records T. What becomes of them is up to the receiver.
type PolicyWindows[T any] func(to windowReceiver[T]) operator.Factory

// windowReceiver makes a receiver in a subtask.
type windowReceiver[T any] func(w operator.Wiring) receiver[T]

// receiver is what takes firings: the function that open returns, until flush sends on what
// it has made of them, with the time of the stamp.
type receiver[T any] struct {
	open  func() (func(at, stamp int64, rows []T), error)
	flush func() error
}

// Through gives each firing to a function: what that emits are the records of the same
// window from there on. A window without any goes no further.
func Through[T, O any](in PolicyWindows[T], open Open[func(PolicyFiring[T], func(O))]) PolicyWindows[O] {
	return func(to windowReceiver[O]) operator.Factory {
		return in(func(w operator.Wiring) receiver[T] {
			next := to(w)
			return receiver[T]{flush: next.flush, open: func() (func(int64, int64, []T), error) {
				pass, err := next.open()
				if err != nil {
					return nil, err
				}
				f, err := open(w.Context)
				var made []O
				emit := func(o O) { made = append(made, o) }
				return func(at, stamp int64, rows []T) {
					made = made[:0]
					f(PolicyFiring[T]{timeOf(at), rows}, emit)
					if len(made) > 0 {
						pass(at, stamp, made)
					}
					clear(made)
				}, err
			}}
		})
	}
}

// Flatten sends the records of the firings on. Their time is that of the firing.
func Flatten[T any](in PolicyWindows[T]) operator.Factory {
	return in(func(w operator.Wiring) receiver[T] {
		out := emitterOf[T](w, 0)
		return receiver[T]{flush: out.flush, open: func() (func(int64, int64, []T), error) {
			return func(_, stamp int64, rows []T) {
				out.now = stamp
				for _, row := range rows {
					out.push(row)
				}
			}, nil
		}}
	})
}

// Gathered sends a record on for each firing.
func Gathered[T any](in PolicyWindows[T]) operator.Factory {
	return in(func(w operator.Wiring) receiver[T] {
		out := emitterOf[PolicyFiring[T]](w, 0)
		return receiver[T]{flush: out.flush, open: func() (func(int64, int64, []T), error) {
			return func(at, stamp int64, rows []T) {
				out.now = stamp
				out.push(PolicyFiring[T]{timeOf(at), append([]T(nil), rows...)})
			}, nil
		}}
	})
}

// PolicyGroup is the records that one firing has of a key. Rows are valid until the function
// returns.
type PolicyGroup[T, K any] struct {
	At   time.Time
	Key  K
	Rows []T
}

// ByKey makes a function of firings of one that is called for each key in a firing, in the
// order in which keys come up in it.
func ByKey[T any, K comparable, O any](key *types.Key[T, K], open Open[func(PolicyGroup[T, K], func(O))]) Open[func(PolicyFiring[T], func(O))] {
	return func(ctx *operator.Context) (func(PolicyFiring[T], func(O)), error) {
		f, err := open(ctx)
		d := newDivider(key)
		var starts []int32
		var sorted []T
		return func(in PolicyFiring[T], emit func(O)) {
			index, keys := d.divide(in.Rows)
			// Counting sort by group: starts[g] ends where group g does when it is done.
			starts = append(starts[:0], make([]int32, len(keys)+1)...)
			for _, g := range index {
				starts[g+1]++
			}
			for g := range keys {
				starts[g+1] += starts[g]
			}
			sorted = append(sorted[:0], in.Rows...)
			for i, g := range index {
				sorted[starts[g]] = in.Rows[i]
				starts[g]++
			}
			from := int32(0)
			for g := range keys {
				f(PolicyGroup[T, K]{At: in.At, Key: keys[g], Rows: sorted[from:starts[g]:starts[g]]}, emit)
				from = starts[g]
			}
			clear(sorted)
		}, err
	}
}

// AggregateEach computes a program for each key in a firing.
func AggregateEach[T any, K comparable, R any](key *types.Key[T, K], p *agg.Program[T, R]) Open[func(PolicyFiring[T], func(R))] {
	return func(*operator.Context) (func(PolicyFiring[T], func(R)), error) {
		d := newDivider(key)
		var states []agg.Partial[R]
		return func(in PolicyFiring[T], emit func(R)) {
			index, keys := d.divide(in.Rows)
			states = append(states[:0], make([]agg.Partial[R], len(keys))...)
			arena, next := &types.Arena{}, int32(0)
			for i, g := range index {
				if g == next {
					p.Start(&states[g], &in.Rows[i], arena)
					next++
				}
			}
			p.Update(states, index, in.Rows, arena)
			p.Finish(states)
			for g := range states {
				emit(states[g].Row)
			}
			clear(states)
		}, nil
	}
}

// divider divides the records of one firing after the other by key.
type divider[T any, K comparable] struct {
	guard
	key   *types.Key[T, K]
	find  *groupFinder[T, K]
	index []int32
}

func newDivider[T any, K comparable](key *types.Key[T, K]) *divider[T, K] {
	return &divider[T, K]{key: key, find: newGroupFinder(key, operator.BatchSize[T]())}
}

// divide returns the group of each row, and the keys of the groups, which are numbered in
// the order in which they come up. Both are valid until the next call.
func (d *divider[T, K]) divide(rows []T) (index []int32, keys []K) {
	d.index = d.index[:0]
	table := newGroups(d.key.Type(), nil)
	for len(rows) > 0 {
		n := min(len(rows), d.find.size())
		some, _ := d.find.groupsOf(&d.guard, table, rows[:n])
		d.index = append(d.index, some...)
		rows = rows[n:]
	}
	return d.index, table.keys
}
