package step

import "github.com/thalweg/thalweg/types"

// Group is a key and what is known of its group so far: what a local
// pre-aggregation ships when the value does not hold the key.
type Group[K, V any] struct {
	Key   K
	Value V
}

// GroupKey returns the key of groups, for the exchange behind a combiner. It
// hashes as the key of the records does.
func GroupKey[K, V any]() (*types.Key[Group[K, V], K], error) {
	return types.KeyOf(func(g *Group[K, V]) *K { return &g.Key })
}

// add hands over a single row of the step's own, not of user code: what the chain
// behind it says is returned.
func (e *emitter[T]) add(v T) error {
	e.buf = append(e.buf, v)
	if len(e.buf) == cap(e.buf) {
		return e.flush()
	}
	return nil
}

// combineBound is the number of groups a combiner remembers. The words of a
// language fit; with small rows it is 5 MiB, so that a record costs less than
// shipping it would, and no combiner needs a share of the memory budget.
const combineBound = 1 << 16

// A combiner whose full table absorbed fewer than half of the records costs more
// than it saves. It lets records through for passFactor times its bound, then
// looks again: the data may have changed.
const passFactor = 16

// A full table that has absorbed growFactor records for each of its groups pays:
// it may double, up to growLimit, since every emptying ships all groups and has to
// find them anew.
const (
	growFactor = 8
	growLimit  = 1 << 18
)

// yield watches whether a combiner pays.
type yield struct {
	bound   int   // groups
	seen    int64 // records since the table was empty
	passing int64 // records still to be let through
}

// full says that the table has reached its bound. It reports whether the table is
// to be emptied; otherwise it may go on growing.
func (y *yield) full(groups int) (empty bool) {
	if y.seen >= growFactor*int64(groups) && y.bound < growLimit {
		y.bound *= 2
		return false
	}
	if int64(groups)*2 > y.seen {
		y.passing = passFactor * int64(y.bound)
	}
	y.seen = 0
	return true
}

// pass reports how many of n records to let through.
func (y *yield) pass(n int) int {
	n = int(min(int64(n), y.passing))
	y.passing -= int64(n)
	return n
}

// batches calls f with pieces of rows no longer than size.
func batches[T any](rows []T, size int, f func([]T) error) error {
	for len(rows) > 0 {
		n := min(len(rows), size)
		if err := f(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
