package outofcore

import (
	"fmt"
	"io"
	"math"

	"github.com/thalweg/thalweg/types"
)

// Sorter sorts rows: in memory if they fit into the share, otherwise by merging
// runs that were sorted in memory and written to files.
//
//	s := NewSorter(t, order, room)
//	defer s.Close()
//	s.Add(rows)
//	s.Sort()
//	rows, err := s.Next()   // until io.EOF
//
// Rows are sorted by an index of fixed-size entries that begin with the prefix
// (normalized keys: Graefe, Implementing Sorting in Database Systems, 2006). When
// memory is used up, the oldest rows are sorted and written, only so many at first
// that little is written if little does not fit, and more and more the more were
// written already. From the second run on that begins before memory is used up, and
// goes on a little with every call of Add, so that a call never takes long and who
// brings rows need not wait. What is in memory at the end is sorted there and merged
// with the runs, without being written.
//
// Equal rows come in any order, but in the same one for the same rows, added in
// the same batches, and the same share. What the share cannot account for: the
// batch that is handed out, and the memory that parts of decoded rows have of
// their own.
type Sorter[T any] struct {
	t     *types.Type[T]
	order Order[T]
	room  Room

	table   *sortTable[T]   // nil before the first row and after Close
	sorter  *tableSorter[T] // nil after Sort
	scratch int             // bytes reserved for sorter
	page    []byte          // for writing runs; nil after Sort

	writer  *runWriter[T]
	going   *sortScan[T] // the rest of the run that is being written; nil: none is
	leaving int          // entries of that run, the oldest
	runs    []*sortedRun
	written int64 // bytes of runs, those of merged ones aside

	keyed  bool         // runs are merged by keys
	scan   *sortScan[T] // of the table, if there is no run
	merger *merger[T]   // if there are some
	out    []T
	last   T // the last row that was handed out, if any was
	any    bool
	err    error
}

// NewSorter returns an empty sorter. It takes memory when the first row comes.
func NewSorter[T any](t *types.Type[T], order Order[T], room Room) *Sorter[T] {
	return &Sorter[T]{t: t, order: order, room: room}
}

// Add adds rows, which are the caller's again. It panics with a
// [types.ValueError] for a row that cannot be encoded.
func (s *Sorter[T]) Add(rows []T) error {
	if s.err != nil || len(rows) == 0 {
		return s.err
	}
	if s.table == nil {
		s.begin()
	}
	for len(rows) > 0 && s.err == nil {
		n := s.table.add(rows[:min(len(rows), maxBatch)], s.table.index.len() == 0)
		rows = rows[n:]
		switch {
		case s.going != nil && n == 0:
			s.err = s.carry(math.MaxInt)
		case s.going != nil:
			s.err = s.carry(writtenForAdded * n)
		case n == 0 && s.table.index.len() > 0:
			s.err = s.spill(s.portion())
		case s.written > 0 && s.room.Memory.Left() < int64(s.meanwhile()):
			s.err = s.start(s.portion())
		}
	}
	return s.err
}

// writtenForAdded is how many rows of a run are written for each one that is added
// meanwhile. So a run is as long as two thirds of memory: the last third is filled
// while it is written.
const writtenForAdded = 2

// What is kept back for sorting: an eighth of the share, within limits.
const (
	minSortScratch = 8 << 10
	maxSortScratch = 2 << 20
)

func (s *Sorter[T]) begin() {
	share := s.room.Memory
	s.table = newSortTable(s.t, s.order, share)
	s.page = mustPage(share)
	s.scratch = int(min(max(share.Limit()/8, minSortScratch), maxSortScratch))
	share.Force(int64(s.scratch))
	s.sorter = newTableSorter(s.table, s.scratch)
}

// portion returns the bytes to free when memory is used up: a sixteenth of it, so
// that rows that almost fit are almost all kept, but at least a quarter of what
// was written, so that there are not many more runs than the rows fill memory; at
// most as much as leaves room for what is added while it is written. That is the
// portion of rows that are spread.
func (s *Sorter[T]) portion() int {
	held := s.table.held()
	if s.table.fan != nil {
		return s.most(held)
	}
	return max(held/16, 4*s.room.Memory.PageSize(), min(int(s.written/4), s.most(held)))
}

// meanwhile returns the bytes of the rows that are added while a portion is written;
// rows that are spread begin that with an empty block for each bucket.
func (s *Sorter[T]) meanwhile() int {
	bytes := s.portion() / writtenForAdded
	if s.table.fan != nil {
		bytes += fanWidth * s.room.Memory.PageSize()
	}
	return bytes
}

// most returns the bytes of the longest run, if so many are held.
func (s *Sorter[T]) most(held int) int {
	return (held + int(s.room.Memory.Left())) / (writtenForAdded + 1) * writtenForAdded
}

// spill writes the oldest rows as a run, and frees bytes, or a little more.
func (s *Sorter[T]) spill(bytes int) error {
	if err := s.start(bytes); err != nil {
		return err
	}
	return s.carry(math.MaxInt)
}

// start begins a run of the oldest rows, as spill does, or of all if they are spread,
// which they are once runs are as long as they get.
func (s *Sorter[T]) start(bytes int) error {
	m := s.table
	if s.writer == nil {
		w, err := newRunWriter(s.room, newBlockAppender(s.t), s.page)
		if err != nil {
			return err
		}
		s.writer = w
	}
	n := m.portion(bytes)
	var rows *fanRows
	if m.fan != nil {
		n, rows = m.index.len(), m.seal()
	}
	lo, hi := m.index.head, m.index.head+n
	if m.fan == nil && m.fans() && int(s.written/4) >= s.most(m.held()) {
		m.spread(lo, hi)
	}
	if err := s.sorter.sort(lo, hi); err != nil {
		return err
	}
	s.writer.begin()
	s.going, s.leaving = &sortScan[T]{m: m, pos: lo, end: hi}, n
	if rows != nil {
		s.going.ahead, s.going.from = &fanScan{fanRows: rows}, lo
	}
	return nil
}

// carry writes so many more rows of the run, or a few more, and frees the memory of
// all when they are written.
func (s *Sorter[T]) carry(rows int) error {
	done, err := s.writer.addScan(s.going, rows)
	if err != nil || !done {
		return err
	}
	run, err := s.writer.end()
	if err != nil {
		return err
	}
	s.runs = append(s.runs, run)
	s.written += run.bytes
	s.table.drop(s.leaving)
	s.going, s.leaving = nil, 0
	return nil
}

// Sort ends adding. It is called once, before Next.
func (s *Sorter[T]) Sort() error {
	if s.err != nil || s.table == nil {
		return s.err
	}
	s.out = newBatch[T]()
	s.err = s.sort()
	return s.err
}

// tiesForKeys: runs are merged by keys if one row in so many has the prefix of
// another one.
const tiesForKeys = 4

func (s *Sorter[T]) sort() error {
	if s.going != nil {
		if err := s.carry(math.MaxInt); err != nil {
			return err
		}
	}
	if len(s.runs) > 0 {
		if err := s.makeRoom(); err != nil {
			return err
		}
	}
	m := s.table
	if err := s.sorter.sort(m.index.head, m.index.tail); err != nil {
		return err
	}
	s.keyed = s.order.Key != nil && !s.order.Decides && s.sorter.tied > s.sorter.seen/tiesForKeys
	s.endSorting()
	if len(s.runs) == 0 {
		s.scan = &sortScan[T]{m: m, pos: m.index.head, end: m.index.tail}
		return nil
	}
	if err := s.mergeRuns(); err != nil {
		return err
	}
	s.merger = s.newMerger(s.runs, true)
	s.runs = nil
	if m.index.len() > 0 {
		s.merger.addTable(m)
	}
	return s.merger.begin()
}

// endSorting gives up what is needed for sorting in memory.
func (s *Sorter[T]) endSorting() {
	if s.sorter != nil {
		s.sorter = nil
		s.room.Memory.Release(int64(s.scratch))
	}
	if s.page != nil {
		s.room.Memory.Free(s.page)
		s.page = nil
	}
}

// Next returns the next rows in order, lent until the next call, and io.EOF at the
// end.
func (s *Sorter[T]) Next() ([]T, error) {
	switch {
	case s.err != nil:
		return nil, s.err
	case s.scan == nil && s.merger == nil:
		return nil, io.EOF
	}
	var n int
	if s.scan != nil {
		s.table.lent = true
		n, s.err = s.scan.next(s.out)
	} else {
		n, s.err = s.merger.next(s.out)
	}
	if s.err == nil {
		s.err = s.check(s.out[:n])
	}
	if s.err != nil {
		return nil, s.err
	}
	if n == 0 {
		s.free()
		return nil, io.EOF
	}
	return s.out[:n], nil
}

// check looks for rows that the comparison says are in the wrong order. Only
// functions of users can be so wrong.
func (s *Sorter[T]) check(rows []T) error {
	if s.order.Key != nil || len(rows) == 0 {
		return nil
	}
	compare := s.order.Compare
	if s.any && compare(&s.last, &rows[0]) > 0 {
		return noOrder(&s.last, &rows[0])
	}
	for i := 1; i < len(rows); i++ {
		if compare(&rows[i-1], &rows[i]) > 0 {
			return noOrder(&rows[i-1], &rows[i])
		}
	}
	s.last, s.any = rows[len(rows)-1], true
	return nil
}

// noOrder says that two rows that stand in this order after sorting compare the
// other way round.
func noOrder[T any](a, b *T) error {
	return fmt.Errorf("outofcore: the comparison is no order: it puts %s behind %s, but not in comparison with others",
		describe(a), describe(b))
}

// describe prints a row, or its beginning.
func describe[T any](row *T) string {
	const limit = 200
	text := fmt.Sprintf("%+v", *row)
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return text
}

// free gives everything back.
func (s *Sorter[T]) free() {
	if s.table == nil {
		return
	}
	s.endSorting()
	if s.writer != nil {
		s.writer.discard()
		s.writer = nil
	}
	if s.merger != nil {
		s.merger.close()
		s.merger = nil
	}
	for _, r := range s.runs {
		r.remove()
	}
	s.runs, s.scan, s.going = nil, nil, nil
	s.table.free()
	s.table = nil
	var none T
	s.last = none
}

// Close gives everything back. It may be called at any time and more than once.
func (s *Sorter[T]) Close() { s.free() }
