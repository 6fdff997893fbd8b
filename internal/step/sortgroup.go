package step

import (
	"errors"
	"io"
	"math"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// sortGroupStep sorts its input by key, so that it needs no memory for groups, and
// has rows of equal keys taken together. It is the other way to do what tables do
// (keyed); which of both is faster depends on how often keys repeat and on whether
// the groups fit into memory.
//
// Rows are encoded as they come in, so a computed key is asked once for each row.
type sortGroupStep[S any] struct {
	guard
	sorter *keySorter
	typ    *types.Type[S]
	key    func(dst []byte, row *S) (prefix uint64, withKey []byte)
	grouping[S]
	most int64 // bytes after which what is there is sorted and sent on; 0: all input is sorted

	buffer  []byte // rows of a batch, encoded
	encoded []keyedRow
	rows    []S // decoded
}

// Arrangement says how rows of equal keys come side by side.
type Arrangement uint8

// The arrangements.
const (
	Sorted    Arrangement = iota // all rows are sorted
	InPieces                     // as many as the share of memory holds are sorted at a time
	AsTheyAre                    // they already stand side by side
)

// grouping takes rows group by group.
type grouping[S any] struct {
	open func() error // may be nil

	// take takes rows, which are lent. Their groups are in index, those from fresh on are
	// new; group 0, if it is not, is the last one of the call before. If it panics, g.at
	// is the row at fault.
	take func(g *guard, rows []S, index []int32, fresh int)

	// emit sends on the first n groups, to which no more rows belong. The next one, if
	// there is one, becomes group 0.
	emit func(n int) error

	// flush sends on what emit has held back.
	flush func() error
}

// combinedBytes bounds what a combiner sorts at a time: with more it would find
// hardly any more rows of a key.
const combinedBytes = 16 << 20

// byKey makes the step that brings rows of equal keys side by side.
func byKey[S, K any](w operator.Wiring, key *types.Key[S, K], how Arrangement, groups grouping[S]) (operator.Instance, error) {
	ctx := w.Context
	if how == AsTheyAre {
		return oneSieved(w, key, &orderedGroupStep[S, K]{
			guard: guard{ctx: ctx}, key: key, equal: key.Type().Equal, grouping: groups,
			index: make([]int32, operator.BatchSize[S]()),
		}), nil
	}
	s, err := sortByKey(ctx, key, how, groups)
	if err != nil {
		return operator.Instance{}, err
	}
	return oneSieved(w, key, s), nil
}

func sortByKey[S, K any](ctx *operator.Context, key *types.Key[S, K], how Arrangement, groups grouping[S]) (*sortGroupStep[S], error) {
	typ, err := types.Of[S]()
	if err != nil {
		return nil, err
	}
	keys := key.Type()
	decides := keys.PrefixDecides()
	sorter, err := newKeySorter(ctx, decides)
	if err != nil {
		return nil, err
	}
	s := &sortGroupStep[S]{
		guard: guard{ctx: ctx}, sorter: sorter, typ: typ, grouping: groups,
		rows: make([]S, operator.BatchSize[S]()),
		key: func(dst []byte, row *S) (uint64, []byte) {
			k := key.Get(row)
			if !decides {
				dst = keys.AppendKey(dst, &k)
			}
			return keys.KeyPrefix(&k), dst
		},
	}
	if how == InPieces {
		s.most = min(ctx.Memory().Limit()/4, combinedBytes)
	}
	return s, nil
}

func (s *sortGroupStep[S]) Open() error {
	if s.open == nil {
		return nil
	}
	return s.open()
}

func (s *sortGroupStep[S]) Collect(rows []S) error {
	if err := s.encode(rows); err != nil {
		return err
	}
	if err := s.sorter.add(s.encoded); err != nil {
		return err
	}
	if s.most == 0 || s.sorter.held < s.most {
		return nil
	}
	if err := s.drain(); err != nil {
		return err
	}
	s.sorter.restart()
	return nil
}

func (s *sortGroupStep[S]) encode(rows []S) (err error) {
	defer rescue(&s.guard, rows, &err)
	buffer := s.buffer[:0]
	s.encoded = s.encoded[:0]
	for i := range rows {
		s.at = i
		from := len(buffer)
		prefix, withKey := s.key(buffer, &rows[i])
		to := len(withKey)
		buffer = s.typ.Append(withKey, &rows[i])
		s.encoded = append(s.encoded, keyedRow{prefix, types.StringOf(buffer[from:to]), types.StringOf(buffer[to:])})
	}
	s.buffer = buffer
	return nil
}

// drain sorts what is there and has it taken and sent on.
func (s *sortGroupStep[S]) drain() error {
	if err := s.sorter.sort(); err != nil {
		return err
	}
	g := guard{ctx: s.ctx, base: math.MinInt64 / 2} // which record of the input it was is not known
	for {
		encoded, err := s.sorter.next(len(s.rows))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		rows, err := s.decode(encoded)
		if err != nil {
			return s.ctx.Fail(err, -1, nil)
		}
		if err := takeGroups(&g, s.take, rows, s.sorter.index[:len(rows)], s.sorter.fresh); err != nil {
			return unnumbered(err)
		}
		if err := s.emit(int(s.sorter.index[len(rows)-1])); err != nil {
			return err
		}
	}
	if s.sorter.any {
		if err := s.emit(1); err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *sortGroupStep[S]) decode(encoded []keyedRow) ([]S, error) {
	rows := s.rows[:len(encoded)]
	for i := range encoded {
		if _, err := s.typ.Decode(types.BytesOf(encoded[i].Row), &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// takeGroups has rows taken. One whose function panics is put aside, and those behind it
// are taken with the same numbers of groups: no function is called for the first row of
// a group.
func takeGroups[S any](g *guard, take func(*guard, []S, []int32, int), rows []S, index []int32, fresh int) error {
	for len(rows) > 0 {
		next, err := takeSome(g, take, rows, index, fresh)
		if err != nil {
			return err
		}
		rows, index = rows[next:], index[next:]
	}
	return nil
}

func takeSome[S any](g *guard, take func(*guard, []S, []int32, int), rows []S, index []int32, fresh int) (next int, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = aside(g, caught, max(g.base+int64(g.at), -1), &rows[g.at], operator.NoTime, "")
			next = g.at + 1
		}
		g.base += int64(next)
	}()
	g.at = 0
	take(g, rows, index, fresh)
	return len(rows), nil
}

func (s *sortGroupStep[S]) Finish() error {
	err := s.drain()
	s.rows, s.buffer, s.encoded = nil, nil, nil
	return err
}

// Close implements operator.Closer.
func (s *sortGroupStep[S]) Close(bool) error {
	s.sorter.close()
	return nil
}

// dropFirst forgets the first n values and keeps the memory.
func dropFirst[V any](values []V, n int) []V {
	left := copy(values, values[n:])
	clear(values[left:])
	return values[:left]
}
