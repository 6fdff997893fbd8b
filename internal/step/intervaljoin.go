package step

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// Interval is how far, in nanoseconds, the time of a second record lies behind that of
// the first one it is joined with: from Lower to Upper, inclusive.
type Interval struct{ Lower, Upper int64 }

// IntervalJoin joins records of two inputs that have equal keys and whose times are no
// further apart than an interval says. Both inputs are divided by key.
//
//   - A pair is made when the later one of the two arrives, and has the later one's
//     time. Pairs of one record come in the order of the times of the others, equal
//     times in the order of their arrival.
//   - A record that comes when the watermark has passed its time is late: whether its
//     partners are still there would be chance, so it goes to output 1, or 2 if it is of
//     the second input, or into the quarantine if nobody reads that, and is counted.
//   - A record is kept until the watermark says that no partner will come.
func IntervalJoin[A, B any, K comparable, O any](first *types.Key[A, K], second *types.Key[B, K], within Interval, open Open[func(A, B) O]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		typ, err := types.Of[joinState[A, B]]()
		if err != nil {
			return operator.Instance{}, err
		}
		rows1, err1 := types.Of[timedRow[A]]()
		rows2, err2 := types.Of[timedRow[B]]()
		if err := errors.Join(err1, err2); err != nil {
			return operator.Instance{}, err
		}
		s := &intervalJoinStep[A, B, K, O]{
			lateFunction: lateFunction[func(A, B) O]{make: open},
			ctx:          w.Context, within: within, mark: operator.NoTime, rows1: rows1, rows2: rows2, out: heldEmitterOf[O](w, 0),
			keys: keyed.NewSlots(first.Type(), keyed.Settings{
				Clock: func() int64 { return w.Context.Now().UnixNano() }, Memory: w.Context.Memory(),
			}),
		}
		s.scope = s.keys.Scope()
		s.waiting = keyed.NewValue(s.scope, "waiting", typ)
		s.timers = keyed.NewTimers(s.scope)
		a := newIntervalInput(s, first, w, 0, func(row A, at int64) { s.first(row, at) })
		b := newIntervalInput(s, second, w, 1, func(row B, at int64) { s.second(row, at) })
		return operator.Instance{Inputs: []any{sieved(w, 0, first, a), sieved(w, 1, second, b)}, Body: s}, nil
	}
}

// joinState is the records of one key that still may find partners, each side in the
// order of time.
type joinState[A, B any] struct {
	First  []timedRow[A]
	Second []timedRow[B]
}

type timedRow[T any] struct {
	At  int64
	Row T
}

type intervalJoinStep[A, B, K, O any] struct {
	lateFunction[func(A, B) O]
	ctx     *operator.Context
	within  Interval
	keys    *keyed.Slots[K]
	scope   *keyed.Scope
	waiting *keyed.Value[joinState[A, B]]
	rows1   *types.Type[timedRow[A]]
	rows2   *types.Type[timedRow[B]]
	timers  *keyed.Timers // when the next record of a key can go
	out     *emitter[O]
	mark    int64
}

func (s *intervalJoinStep[A, B, K, O]) Open() error { return s.openWith(s.ctx) }

// first takes a record of the first input for the current key.
func (s *intervalJoinStep[A, B, K, O]) first(row A, at int64) {
	state := s.waiting.At()
	others := state.Second
	for i := lowest(others, plus(at, s.within.Lower)); i < len(others) && others[i].At <= plus(at, s.within.Upper); i++ {
		s.out.now = max(at, others[i].At)
		s.pair(row, others[i].Row)
	}
	s.wait(state, plus(at, s.within.Upper))
	state.First = insert(state.First, row, at)
	s.waiting.Heavier(weightOf(s.rows1, timedRow[A]{at, row}))
}

// pair sends what the function makes of a pair. With a quarantine, a pair that it panics
// with is refused; its records stay for other pairs.
func (s *intervalJoinStep[A, B, K, O]) pair(a A, b B) {
	if !s.out.held {
		s.out.push(s.f(a, b))
		return
	}
	err := s.tryPair(a, b)
	if err == nil && s.out.full() {
		err = s.out.flush()
	}
	if err != nil {
		panic(operator.Abort{Err: err})
	}
}

func (s *intervalJoinStep[A, B, K, O]) tryPair(a A, b B) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = asideUnit(s.ctx, caught, unit{
				kind: quarantine.Pair, name: "of both inputs", key: keyText(s.keys.Current()), records: 2,
				show: func() any { return pairText(&a, &b) },
			})
		}
	}()
	s.out.push(s.f(a, b))
	return nil
}

// second takes a record of the second input.
func (s *intervalJoinStep[A, B, K, O]) second(row B, at int64) {
	state := s.waiting.At()
	others := state.First
	for i := lowest(others, plus(at, -s.within.Upper)); i < len(others) && others[i].At <= plus(at, -s.within.Lower); i++ {
		s.out.now = max(at, others[i].At)
		s.pair(others[i].Row, row)
	}
	s.wait(state, plus(at, -s.within.Lower))
	state.Second = insert(state.Second, row, at)
	s.waiting.Heavier(weightOf(s.rows2, timedRow[B]{at, row}))
}

// wait sees to it that a key has a timer as long as it keeps records: what can go
// earlier goes with it.
func (s *intervalJoinStep[A, B, K, O]) wait(state *joinState[A, B], until int64) {
	if len(state.First) == 0 && len(state.Second) == 0 {
		s.timers.Set(until)
	}
}

// full returns the error of a step that has no memory for the records it keeps.
func (s *intervalJoinStep[A, B, K, O]) full() error {
	if s.scope.Within() {
		return nil
	}
	return s.ctx.Fail(s.scope.OverfullWith("make the interval shorter"), -1, nil)
}

// plus adds without going beyond the ends of time.
func plus(t, d int64) int64 {
	switch {
	case d > 0 && t > math.MaxInt64-1-d:
		return math.MaxInt64 - 1
	case d < 0 && t < math.MinInt64+1-d:
		return math.MinInt64 + 1
	}
	return t + d
}

// lowest returns the place of the first row whose time is at least at.
func lowest[T any](rows []timedRow[T], at int64) int {
	i, _ := slices.BinarySearchFunc(rows, at, func(r timedRow[T], at int64) int {
		if r.At < at {
			return -1
		}
		return 1
	})
	return i
}

// insert puts a row behind those whose time is not later.
func insert[T any](rows []timedRow[T], row T, at int64) []timedRow[T] {
	if n := len(rows); n == 0 || rows[n-1].At <= at {
		return append(rows, timedRow[T]{at, row})
	}
	return slices.Insert(rows, lowest(rows, at+1), timedRow[T]{at, row})
}

// Advance implements operator.Marker: it lets go of records that find no partners any
// more.
func (s *intervalJoinStep[A, B, K, O]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if in.Time <= s.mark {
		return in, nil
	}
	s.mark = in.Time
	for {
		// A record that comes at the watermark may still be a partner.
		_, slot, ok := s.timers.Take(s.mark - 1)
		if !ok {
			return in, nil
		}
		s.scope.Enter(slot)
		s.release()
		s.timers.Done(slot)
		s.scope.Leave()
	}
}

// release lets go of what the current key has kept for too long.
func (s *intervalJoinStep[A, B, K, O]) release() {
	state, ok := s.waiting.Get()
	if !ok {
		return
	}
	gone1, gone2 := lowest(state.First, plus(s.mark, -s.within.Upper)), lowest(state.Second, plus(s.mark, s.within.Lower))
	s.waiting.Heavier(-weightOf(s.rows1, state.First[:gone1]...) - weightOf(s.rows2, state.Second[:gone2]...))
	state.First, state.Second = cut(state.First, gone1), cut(state.Second, gone2)
	if len(state.First) == 0 && len(state.Second) == 0 {
		s.waiting.Clear()
		return
	}
	*s.waiting.At() = state
	next := int64(operator.EndOfTime)
	if len(state.First) > 0 {
		next = plus(state.First[0].At, s.within.Upper)
	}
	if len(state.Second) > 0 {
		next = min(next, plus(state.Second[0].At, -s.within.Lower))
	}
	s.timers.Set(next)
}

// Snapshot implements operator.Stateful.
func (s *intervalJoinStep[A, B, K, O]) Snapshot() ([]operator.Part, error) {
	keys, err := s.keys.Snapshot()
	return []operator.Part{{Name: "keys", Share: operator.Keyed, Keys: keys}}, err
}

// Restore implements operator.Stateful.
func (s *intervalJoinStep[A, B, K, O]) Restore(from operator.State) error {
	groups := keygroup.Owned(s.ctx.Subtask(), s.ctx.Parallelism())
	return from.Keys("keys", func(in io.Reader) error { return s.keys.Restore(in, groups) })
}

// cut takes the first n rows away, and gives the memory up when most of it is unused.
func cut[T any](rows []timedRow[T], n int) []timedRow[T] {
	left := copy(rows, rows[n:])
	clear(rows[left:])
	rows = rows[:left]
	if cap(rows) > 16 && left < cap(rows)/4 {
		return slices.Clone(rows)
	}
	return rows
}

// intervalInput is one input of an interval join.
type intervalInput[T, K any] struct {
	guard
	key    *types.Key[T, K]
	take   func(row T, at int64)
	enter  func(hash uint64, key *K)
	leave  func()
	flush  func() error
	full   func() error // why it may not keep any more, or nil
	mark   *int64
	in     *operator.Stamps
	keys   []K
	hashes []uint64

	late  operator.Collector[T]
	lates *operator.Stamps
	rows  []T // late ones of a batch
	times []int64
}

func newIntervalInput[T, A, B, K, O any](s *intervalJoinStep[A, B, K, O], key *types.Key[T, K], w operator.Wiring, input int, take func(T, int64)) *intervalInput[T, K] {
	size := operator.BatchSize[T]()
	late, lates := lateOutput[T](w, 1+input, input)
	return &intervalInput[T, K]{
		guard: guard{ctx: s.ctx}, key: key, take: take, mark: &s.mark,
		enter: func(hash uint64, key *K) { s.scope.Enter(s.keys.Find(hash, key)) },
		leave: s.scope.Leave, flush: s.out.flush, full: s.full,
		in: w.In(input), keys: make([]K, size), hashes: make([]uint64, size),
		late: late, lates: lates,
	}
}

func (j *intervalInput[T, K]) Collect(rows []T) error {
	times := j.in.Times
	for len(rows) > 0 {
		n := min(len(rows), len(j.keys))
		if err := j.apply(rows[:n], times[:n]); err != nil {
			return err
		}
		rows, times = rows[n:], times[n:]
	}
	if len(j.rows) > 0 {
		j.ctx.Spec().Meter.Late.Add(int64(len(j.rows)))
		if j.lates != nil {
			j.lates.Times = j.times
		}
		err := doneIsNothing(j.late.Collect(j.rows))
		j.rows, j.times = j.rows[:0], j.times[:0]
		if err != nil {
			return err
		}
	}
	return j.flush()
}

func (j *intervalInput[T, K]) apply(rows []T, times []int64) (err error) {
	defer rescueSpared(&j.guard, rows, &err)
	keys, hashes := j.keys[:len(rows)], j.hashes[:len(rows)]
	j.at = 0
	j.key.Gather(rows, keys)
	j.key.Type().HashRows(keys, hashes)
	for i := range rows {
		j.at = i
		if times[i] < *j.mark {
			j.rows, j.times = append(j.rows, rows[i]), append(j.times, times[i])
			continue
		}
		j.enter(hashes[i], &keys[i])
		j.take(rows[i], times[i])
		j.leave()
	}
	return j.full()
}

// String describes the interval.
func (i Interval) String() string {
	return fmt.Sprintf("from %s to %s behind", time.Duration(i.Lower), time.Duration(i.Upper))
}
