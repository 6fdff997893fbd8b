package outofcore

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// compareSort sorts a range by comparing rows. Decoding a row costs as much as
// comparing two, so a row is not decoded for each comparison: as many rows as may
// be are decoded, and sorted, at a time. A longer range is divided first: a sorted
// sample of its rows stays decoded, each row is decoded once and finds its place
// in the sample by halving, and the number of that place becomes the prefix by
// which the entries are sorted (Frazer and McKellar: Samplesort, 1970).
func (s *tableSorter[T]) compareSort(lo, hi, level int) error {
	if hi-lo < 2 {
		return nil
	}
	if s.few(hi - lo) {
		return s.sortDecoded(lo, hi)
	}
	if level == 0 {
		if sorted, err := s.inOrder(lo, hi); sorted || err != nil {
			return err
		}
	}
	if level == maxDivisions {
		return fmt.Errorf("outofcore: the comparison is no order: it does not divide %d records after %d attempts", hi-lo, level)
	}
	if err := s.sample(lo, hi); err != nil {
		return err
	}
	if err := s.classify(lo, hi); err != nil {
		return err
	}
	s.radix.sort(lo, hi)
	return s.m.index.groups(lo, hi, func(from, to int) error {
		if binary.NativeEndian.Uint64(s.m.index.from(from))%2 == 1 {
			return nil // equal to one of the sample
		}
		return s.compareSort(from, to, level+1)
	})
}

// maxDivisions is how often a range is divided. Each time the part that a row is
// in should have less than a hundredth of the rows.
const maxDivisions = 32

// few reports whether so many rows may be decoded at a time: those of a type with
// pointers may need as much memory again as they have encoded.
func (s *tableSorter[T]) few(rows int) bool {
	return rows <= minSample || rows <= s.most && (!s.m.t.HasPointers() || rows*s.average <= 4*s.budget)
}

const minSample = 16

// inOrder reports whether a range is in order, after turning it round if it was in
// reverse order. It gives up at the first row that makes both impossible.
func (s *tableSorter[T]) inOrder(lo, hi int) (bool, error) {
	var last T
	rows := make([]T, minSample)
	s.scan.pos, s.scan.end = lo, hi
	up, down := true, true
	for first := true; up || down; {
		n, err := s.scan.next(rows)
		if err != nil {
			return false, err
		}
		if n == 0 {
			break
		}
		for i := range rows[:n] {
			if !first {
				c := s.m.order.Compare(&last, &rows[i])
				up, down = up && c <= 0, down && c >= 0
			}
			last, first = rows[i], false
		}
	}
	if !up && down {
		s.m.index.reverse(lo, hi)
	}
	return up || down, nil
}

// sortDecoded sorts a range with all its rows decoded.
func (s *tableSorter[T]) sortDecoded(lo, hi int) error {
	s.load(lo, hi)
	if err := s.decodeAll(lo, hi); err != nil {
		return err
	}
	rows, compare := s.rows, s.m.order.Compare
	slices.SortFunc(s.turns, func(a, b uint32) int { return compare(&rows[a], &rows[b]) })
	s.permute(lo)
	clear(s.rows)
	return nil
}

// decodeAll sets s.rows to the rows of a range.
func (s *tableSorter[T]) decodeAll(lo, hi int) error {
	s.rows = slices.Grow(s.rows[:0], hi-lo)[:hi-lo]
	s.scan.pos, s.scan.end = lo, hi
	_, err := s.scan.next(s.rows)
	return err
}

// sample sets s.kept to rows of a range that divide it into parts of about the
// same length, without equal ones, in order.
func (s *tableSorter[T]) sample(lo, hi int) error {
	const dense = 4 // rows for each one that is kept
	want := min(s.most, hi-lo, 2048)
	if !s.few(want) {
		want = minSample
	}
	s.rows = slices.Grow(s.rows[:0], want)[:want]
	s.turns = s.turns[:0]
	state := uint64(hi-lo) | 1
	for i := range s.rows {
		state = state*6364136223846793005 + 1442695040888963407 // Knuth's MMIX
		from, to := lo+(hi-lo)*i/want, lo+(hi-lo)*(i+1)/want
		s.scan.pos = from + int((state>>33)%uint64(to-from))
		s.scan.end = s.scan.pos + 1
		if _, err := s.scan.next(s.rows[i : i+1]); err != nil {
			return err
		}
		s.turns = append(s.turns, uint32(i))
	}
	rows, compare := s.rows, s.m.order.Compare
	slices.SortFunc(s.turns, func(a, b uint32) int { return compare(&rows[a], &rows[b]) })
	s.kept = s.kept[:0]
	for i := dense / 2; i < want; i += dense {
		row := &rows[s.turns[i]]
		if k := len(s.kept); k == 0 || compare(&s.kept[k-1], row) < 0 {
			s.kept = append(s.kept, *row)
		}
	}
	clear(s.rows)
	return nil
}

// classify sets the prefix of each entry of a range to the place of its row in the
// sample: 2i before the i-th, 2i+1 if it is equal to that.
func (s *tableSorter[T]) classify(lo, hi int) error {
	stride, compare := s.m.index.stride, s.m.order.Compare
	for pos := lo; pos < hi; {
		page := s.m.index.from(pos)
		for ; len(page) >= stride && pos < hi; page = page[stride:] {
			if err := s.decode(page[:stride]); err != nil {
				return err
			}
			from, to, place := 0, len(s.kept), uint64(0)
			for from < to {
				i := int(uint(from+to) / 2)
				c := compare(&s.kept[i], &s.row)
				if c == 0 {
					place = uint64(2*i + 1)
					break
				}
				if c < 0 {
					from = i + 1
				} else {
					to = i
				}
				place = uint64(2 * from)
			}
			binary.NativeEndian.PutUint64(page, place)
			pos++
		}
	}
	clear(s.kept)
	return nil
}
