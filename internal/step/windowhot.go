package step

import (
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// What drives a hotStep is found by these interfaces.
var (
	_ operator.Marker   = (*hotStep[int, int, int])(nil)
	_ operator.Flusher  = (*hotStep[int, int, int])(nil)
	_ operator.Stateful = (*hotStep[int, int, int])(nil)
)

// HotKeys stands before the exchange to WindowAggregate by event time. Once some keys turn
// out to have a large part of all records, it aggregates theirs, pane by pane, and sends
// the partial results: Group[K, agg.Partial[R]], by output 1, whose time is the start of
// the pane. All other records go by output 0 as they came. Partial results leave before a
// watermark does, and when the task flushes, so nothing is late that was not. While no key
// is hot, records pass in their batches.
//
// In one subtask nothing is shared unevenly, and nothing is done.
func HotKeys[T any, K comparable, R any](key *types.Key[T, K], assigner window.Assigner, p *agg.Program[T, R]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		if err := assigner.Validate(); err != nil {
			return operator.Instance{}, err
		}
		size := operator.BatchSize[T]()
		s := &hotStep[T, K, R]{
			ctx: w.Context, key: key, assigner: assigner, program: p, alone: w.Context.Parallelism() == 1,
			in: w.In(0), rest: output[T](w, 0), restTimes: w.Out(0), parts: emitterOf[Group[K, agg.Partial[R]]](w, 1),
			heavy: heavy[K]{typ: key.Type()}, mark: operator.NoTime, arena: &types.Arena{},
			keys: make([]K, size), hashes: make([]uint64, size), size: size,
		}
		return one[T](s), nil
	}
}

// hotStep sets aside what belongs to hot keys.
//
// Invariant: states[pane*len(hot)+i] belongs to hot[i] in panes[pane]; those that are not
// in use are zero.
type hotStep[T, K, R any] struct {
	ctx       *operator.Context
	key       *types.Key[T, K]
	assigner  window.Assigner
	program   *agg.Program[T, R]
	alone     bool
	in        *operator.Stamps
	rest      operator.Collector[T]
	restTimes *operator.Stamps
	parts     *emitter[Group[K, agg.Partial[R]]]
	mark      int64

	heavy heavy[K]
	hot   []heavyKey[K]
	table [64]uint8 // by bits of the hash: 1 + the index of a hot key; open addressing

	panes  []int64 // starts
	states []agg.Partial[R]
	used   []bool // by state
	arena  *types.Arena

	// Of a batch.
	size   int
	keys   []K
	hashes []uint64
	cold   []T
	times  []int64
	warm   []T     // those of hot keys
	index  []int32 // their states
}

// mostHotPanes is for how many panes there are states at a time.
const mostHotPanes = 8

func (s *hotStep[T, K, R]) Collect(rows []T) error {
	times := s.in.Times
	for len(rows) > s.size {
		if err := s.collect(rows[:s.size], times[:s.size]); err != nil {
			return err
		}
		rows, times = rows[s.size:], times[s.size:]
	}
	return s.collect(rows, times)
}

func (s *hotStep[T, K, R]) collect(rows []T, times []int64) error {
	if due := !s.alone && s.heavy.due(); len(s.hot) > 0 || due {
		if s.hash(rows) {
			if due && s.heavy.look(s.hashes[:len(rows)]) {
				if err := s.decide(len(rows)); err != nil {
					return err
				}
			}
			if len(s.hot) > 0 {
				return s.divide(rows, times)
			}
		}
	}
	return s.pass(rows, times)
}

// pass sends records as they are.
func (s *hotStep[T, K, R]) pass(rows []T, times []int64) error {
	s.restTimes.Times = times
	return s.rest.Collect(rows)
}

// hash computes keys and hashes. If user code fails, whoever distributes the records will
// find that out, too, and say it.
func (s *hotStep[T, K, R]) hash(rows []T) (ok bool) {
	defer func() { ok = recover() == nil }()
	keys := s.keys[:len(rows)]
	s.key.Gather(rows, keys)
	s.key.Type().HashRows(keys, s.hashes)
	return
}

// decide chooses hot keys anew, of those in the batch, which has n.
func (s *hotStep[T, K, R]) decide(n int) error {
	if err := s.flush(); err != nil {
		return err
	}
	s.hot = s.heavy.decide(len(s.hot) > 0, s.keys[:n], s.hashes[:n])
	s.table = [64]uint8{}
	for i := range s.hot {
		at := s.place(s.hot[i].hash)
		for s.table[at] != 0 {
			at = (at + 1) % len(s.table)
		}
		s.table[at] = uint8(i + 1)
	}
	states := mostHotPanes * len(s.hot)
	s.states, s.used = make([]agg.Partial[R], states), make([]bool, states)
	return nil
}

// place is where the search for a key begins. The top bits of hashes choose the subtask.
func (s *hotStep[T, K, R]) place(hash uint64) int { return int(hash >> 16 % uint64(len(s.table))) }

// find returns the index of a hot key, or -1.
func (s *hotStep[T, K, R]) find(i int) int {
	hash := s.hashes[i]
	for at := s.place(hash); ; at = (at + 1) % len(s.table) {
		n := int(s.table[at]) - 1
		if n < 0 || s.hot[n].hash == hash && s.key.Type().Equal(&s.hot[n].key, &s.keys[i]) {
			return n
		}
	}
}

// divide aggregates the records of hot keys, and sends the others. A record that may be late
// is sent: it has to be told as what it is.
func (s *hotStep[T, K, R]) divide(rows []T, times []int64) error {
	s.cold, s.times, s.warm, s.index = s.cold[:0], s.times[:0], s.warm[:0], s.index[:0]
	start, end, pane := int64(0), int64(0), -1
	for i := range rows {
		n := s.find(i)
		if n < 0 || times[i] < s.mark {
			s.cold, s.times = append(s.cold, rows[i]), append(s.times, times[i])
			continue
		}
		if t := times[i]; pane < 0 || t < start || t >= end {
			start = s.assigner.PaneStart(t)
			end = start + int64(s.assigner.Pane())
			var err error
			if pane, err = s.pane(start); err != nil {
				return err
			}
		}
		state := pane*len(s.hot) + n
		if !s.used[state] {
			s.used[state] = true
			s.program.Start(&s.states[state], &rows[i], s.arena)
		}
		s.warm, s.index = append(s.warm, rows[i]), append(s.index, int32(state))
	}
	s.program.Update(s.states, s.index, s.warm, s.arena)
	s.ctx.Spec().Meter.Combined.Add(int64(len(s.warm)))
	if len(s.cold) == 0 {
		return nil
	}
	return s.pass(s.cold, s.times)
}

// pane returns the number of the pane with that start. If there are too many, all leave.
func (s *hotStep[T, K, R]) pane(start int64) (int, error) {
	for i, p := range s.panes {
		if p == start {
			return i, nil
		}
	}
	if len(s.panes) == mostHotPanes {
		s.program.Update(s.states, s.index, s.warm, s.arena)
		s.ctx.Spec().Meter.Combined.Add(int64(len(s.warm)))
		s.warm, s.index = s.warm[:0], s.index[:0]
		if err := s.flush(); err != nil {
			return 0, err
		}
	}
	s.panes = append(s.panes, start)
	return len(s.panes) - 1, nil
}

// flush sends the partial results.
func (s *hotStep[T, K, R]) flush() error {
	for i, start := range s.panes {
		s.parts.now = start
		for n := range s.hot {
			state := i*len(s.hot) + n
			if !s.used[state] {
				continue
			}
			if err := s.parts.add(Group[K, agg.Partial[R]]{Key: s.hot[n].key, Value: s.states[state]}); err != nil {
				return err
			}
			s.used[state], s.states[state] = false, agg.Partial[R]{}
		}
	}
	if len(s.panes) > 0 {
		s.panes, s.arena = s.panes[:0], &types.Arena{}
	}
	return s.parts.flush()
}

// Flush implements operator.Flusher.
func (s *hotStep[T, K, R]) Flush() error { return doneIsNothing(s.flush()) }

// Snapshot implements operator.Stateful. Partial results leave, so nothing is stored; which
// keys are hot turns out anew.
func (s *hotStep[T, K, R]) Snapshot() ([]operator.Part, error) { return nil, s.Flush() }

// Restore implements operator.Stateful.
func (s *hotStep[T, K, R]) Restore(operator.State) error { return nil }

// Advance implements operator.Marker.
func (s *hotStep[T, K, R]) Advance(in operator.Watermark) (operator.Watermark, error) {
	if in.Time <= s.mark {
		return in, nil
	}
	s.mark = in.Time
	return in, s.flush()
}

// joiner is a pane that takes partial results, no more at a time than records of a batch.
type joiner[K, R any] interface {
	join(keys []K, partials []agg.Partial[R])
}

// hotParts takes partial results of hot keys into the panes of windows.
type hotParts[T any, K comparable, R any] struct {
	windows  *eventWindowStep[T, R]
	in       *operator.Stamps
	keys     []K
	partials []agg.Partial[R]
}

func (s *hotParts[T, K, R]) Collect(rows []Group[K, agg.Partial[R]]) error {
	for from := 0; from < len(rows); {
		to, start := from, s.in.Times[from]
		s.keys, s.partials = s.keys[:0], s.partials[:0]
		for ; to < len(rows) && s.in.Times[to] == start && len(s.keys) < s.windows.size; to++ {
			s.keys, s.partials = append(s.keys, rows[to].Key), append(s.partials, rows[to].Value)
		}
		s.windows.panes.find(start).(joiner[K, R]).join(s.keys, s.partials)
		from = to
	}
	return nil
}
