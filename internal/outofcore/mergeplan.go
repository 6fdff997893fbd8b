package outofcore

import (
	"cmp"
	"slices"
)

// maxFan is the largest number of runs merged at a time: beyond it rows of all
// runs no longer stay in the cache.
const maxFan = 512

// fan returns how many runs can be merged at a time, and the bytes each needs.
func (s *Sorter[T]) fan() (runs, bytes int) {
	share := s.room.Memory
	_, chunk := chunkRows[T](share.PageSize())
	bytes = share.PageSize() + chunk
	runs = int(min((share.Limit()-int64(share.PageSize()+chunk))/int64(bytes), maxFan))
	return max(runs, 2), bytes
}

// makeRoom writes as many of the rows in memory as must leave it so that all runs
// can be merged with the rest; or all of them, if the runs are too many anyway.
func (s *Sorter[T]) makeRoom() error {
	share := s.room.Memory
	fan, bytes := s.fan()
	for s.table.index.len() > 0 {
		needs := (len(s.runs)+1)*bytes - s.scratch - len(s.page) - int(share.Left())
		if len(s.runs) < fan {
			if needs <= 0 {
				break
			}
			needs += bytes // for the run that is written now
		} else {
			needs = s.table.held()
		}
		if err := s.spill(needs); err != nil {
			return err
		}
	}
	w := s.writer
	s.writer = nil
	if err := w.close(); err != nil {
		s.runs = nil
		return err
	}
	return nil
}

// mergeRuns merges runs to longer ones until they can be merged at once with what
// is in memory. The shortest are merged first, and the first time only so many
// that the runs come out even: dummy runs of no length make up for those that are
// missing in the optimal tree (Knuth, The Art of Computer Programming 3, 5.4.9).
func (s *Sorter[T]) mergeRuns() error {
	fan, _ := s.fan()
	if s.table.index.len() > 0 {
		return nil // there is room for all
	}
	for len(s.runs) > fan {
		slices.SortStableFunc(s.runs, func(a, b *sortedRun) int { return cmp.Compare(a.bytes, b.bytes) })
		n := (len(s.runs)-2)%(fan-1) + 2
		run, err := s.mergeSome(n)
		if err != nil {
			return err
		}
		s.runs = append(s.runs, run)
	}
	return nil
}

// mergeSome merges the first n runs to a new one.
func (s *Sorter[T]) mergeSome(n int) (run *sortedRun, err error) {
	s.page = mustPage(s.room.Memory)
	s.writer, err = newRunWriter(s.room, newBlockAppender(s.t), s.page)
	if err != nil {
		return nil, err
	}
	s.merger = s.newMerger(s.runs[:n], false)
	s.runs = append(s.runs[:0], s.runs[n:]...)
	if err := s.merger.begin(); err != nil {
		return nil, err
	}
	s.writer.begin()
	out := newBatch[T]()
	for {
		k, err := s.merger.next(out)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			break
		}
		if err := s.writer.add(out[:k]); err != nil {
			return nil, err
		}
	}
	s.merger.close()
	s.merger = nil
	if run, err = s.writer.end(); err != nil {
		return nil, err
	}
	w := s.writer
	s.writer = nil
	if err := w.close(); err != nil {
		return nil, err
	}
	s.endSorting()
	return run, nil
}

// newMerger returns a merger of runs. Rows are handed out if lent is set.
func (s *Sorter[T]) newMerger(runs []*sortedRun, lent bool) *merger[T] {
	share := s.room.Memory
	m := &merger[T]{order: s.order, share: share, lent: lent, keyed: s.keyed}
	rows, bytes := chunkRows[T](share.PageSize())
	m.bytes = int64(len(runs)+1) * int64(bytes)
	share.Force(m.bytes)
	for _, r := range runs {
		m.sources = append(m.sources, newRunSource(r, share, rows, s.t, lent, m.newKeys()))
	}
	return m
}
