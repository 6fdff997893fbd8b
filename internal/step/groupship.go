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
	if e.stamps != nil {
		e.times = append(e.times, e.now)
	}
	if len(e.buf) == cap(e.buf) {
		return e.flush()
	}
	return nil
}

// combineBound is the number of groups a combiner remembers at first, if its share
// has room for them. The words of a language fit; with small rows it is 4 MiB, so
// that a record costs less than shipping it would.
const combineBound = 1 << 16

// A combiner whose full table absorbed fewer than half of the records costs more
// than it saves. It lets records through for passFactor times as many as it had
// groups, then looks again: the data may have changed.
const passFactor = 16

// A table that has absorbed, since it was half full, half of the records may double
// up to growLimit: every emptying ships all groups and has to find them anew.
const growLimit = 1 << 18

// yield watches whether a combiner pays.
type yield struct {
	bound      int   // groups
	seen       int64 // records since the table was empty
	halfSeen   int64 // and when it was half full; 0: it has not been
	halfGroups int
	passing    int64 // records still to be let through
}

// full is told, after every batch, how many groups there are and whether there is
// room for more. It reports whether the table is to be emptied.
func (y *yield) full(groups int, closed bool) (empty bool) {
	if groups < y.bound && !closed {
		if y.halfSeen == 0 && groups >= y.bound/2 {
			y.halfSeen, y.halfGroups = y.seen, groups
		}
		return false
	}
	pays := y.seen >= 2*int64(groups)
	since, found := y.seen-y.halfSeen, int64(groups-y.halfGroups)
	if !closed && since >= 2*found && (pays || y.halfSeen > 0) && y.bound < growLimit {
		y.bound *= 2
		y.halfSeen, y.halfGroups = y.seen, groups
		return false
	}
	if !pays {
		y.passing = passFactor * int64(groups)
	}
	y.seen, y.halfSeen, y.halfGroups = 0, 0, 0
	return true
}

// pass reports how many of n records to let through.
func (y *yield) pass(n int) int {
	n = int(min(int64(n), y.passing))
	y.passing -= int64(n)
	return n
}

// served is what a table did not refuse of a batch. Its memory is used again.
type served[T any] struct {
	rows    []T
	index   []int32 // their groups
	places  []int32 // and their places in the batch
	refused []int32 // the places of the others: rows with negative groups
}

// take divides a batch and returns the places of what was refused. Both kinds keep
// their order. It writes every row to both and moves on in one of them, as the
// processor cannot foresee which.
func (s *served[T]) take(rows []T, index []int32) (refused []int32) {
	n := len(rows)
	s.rows, s.index = lengthen(s.rows, n), lengthen(s.index, n)
	s.places, s.refused = lengthen(s.places, n), lengthen(s.refused, n)
	index = index[:n]
	kept, not := 0, 0
	for i, group := range index {
		s.rows[kept], s.index[kept], s.places[kept] = rows[i], group, int32(i)
		s.refused[not] = int32(i)
		no := int(uint32(group) >> 31)
		not += no
		kept += 1 - no
	}
	s.rows, s.index, s.places = s.rows[:kept], s.index[:kept], s.places[:kept]
	return s.refused[:not]
}

// restore makes g.at, an index in rows, one in the batch.
func (s *served[T]) restore(g *guard) {
	if g.at < len(s.places) {
		g.at = int(s.places[g.at])
	}
}

// divided is a batch of which a table refused some rows.
type divided[T any] struct {
	served[T]
	refused []T
}

func (d *divided[T]) divide(rows []T, index []int32) {
	d.refused = d.refused[:0]
	for _, i := range d.take(rows, index) {
		d.refused = append(d.refused, rows[i])
	}
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
