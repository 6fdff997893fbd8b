package outofcore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/thalweg/thalweg/types"
)

// tableSorter sorts ranges of a table's index: by prefix, and rows with the same
// prefix by their keys, or by comparing them.
//
//   - The keys of a few rows are made once each, side by side, and compared there.
//   - Many rows are sorted like prefixes, by the eight bytes of the key from the
//     first on in which any two differ: one row decoded, one key made for a row
//     and step, as in the sort of Bentley and Sedgewick (Fast Algorithms for
//     Sorting and Searching Strings, 1997) with eight bytes for one.
//   - Rows without keys, and those whose keys differ late again and again, are
//     compared, see sortcompare.go.
//
// All of them overwrite the prefixes in the entries they sort.
type tableSorter[T any] struct {
	m          *sortTable[T]
	radix      indexSorter
	most       int // rows that are decoded, or keys that are made, at a time
	seen, tied int // rows sorted by prefix so far, and those that had the prefix of another

	scan    sortScan[T]
	row     T
	average int // bytes of a row
	key     []byte
	first   []byte      // key of a group's first row
	keys    []byte      // of a group, side by side
	ends    []uint32    // where they end
	turns   []uint32    // the permutation that sorts a group
	pieces  [][2]uint64 // of the keys of a group, and their numbers; as much scratch memory behind
	entries []byte      // of a group
	rows    []T         // of a group, or a sample
	kept    []T         // of the sample
	budget  int         // bytes of keys, and of rows that are decoded at a time
}

// newTableSorter returns a sorter that uses so many bytes besides the table.
func newTableSorter[T any](m *sortTable[T], bytes int) *tableSorter[T] {
	s := &tableSorter[T]{m: m, radix: newIndexSorter(&m.index)}
	// Half for the radix sort, a quarter for keys, the rest for groups of rows.
	s.budget = bytes / 4
	s.most = max(min(bytes/4/(m.index.stride+40+types.SizeOf[T]()), 4096), 16)
	s.scan.m = m
	return s
}

// sort sorts a range of entries.
func (s *tableSorter[T]) sort(lo, hi int) error {
	s.radix.begin(2 * s.budget)
	s.average = s.m.held() / max(s.m.index.len(), 1)
	if s.m.order.Prefix == nil {
		return s.resolve(lo, hi, 0, 0)
	}
	s.radix.sort(lo, hi)
	if s.m.order.Decides {
		return nil
	}
	s.seen += hi - lo
	return s.m.index.groups(lo, hi, func(lo, hi int) error {
		s.tied += hi - lo
		return s.resolve(lo, hi, 0, 0)
	})
}

// maxLevels is how often rows are sorted by eight bytes of their keys.
const maxLevels = 8

// resolve sorts rows whose keys are the same up to a byte.
func (s *tableSorter[T]) resolve(lo, hi, from, level int) error {
	switch {
	case hi-lo < 2:
		return nil
	case s.m.order.Key == nil:
		return s.compareSort(lo, hi, 0)
	}
	if hi-lo <= s.most {
		if done, err := s.sortByKeys(lo, hi); done || err != nil {
			return err
		}
	}
	if level == maxLevels {
		return s.compareSort(lo, hi, 0)
	}
	return s.sortByPiece(lo, hi, from, level)
}

// decode sets s.row to the row of an entry.
func (s *tableSorter[T]) decode(entry []byte) error {
	if _, err := s.m.t.Decode(s.m.row(entry), &s.row); err != nil {
		return fmt.Errorf("outofcore: a row in memory cannot be read: %w", err)
	}
	return nil
}

// sortByKeys sorts a range by whole keys, unless they are too long together: by the
// first eight bytes in which any two differ, and where those are the same by the
// rest.
func (s *tableSorter[T]) sortByKeys(lo, hi int) (done bool, err error) {
	n, stride := hi-lo, s.m.index.stride
	s.load(lo, hi)
	s.keys, s.ends = s.keys[:0], append(s.ends[:0], 0)
	common := 0
	for i := range n {
		if err := s.decode(s.entries[i*stride : (i+1)*stride]); err != nil {
			return false, err
		}
		s.keys = s.m.order.Key(s.keys, &s.row)
		if len(s.keys) > s.budget {
			s.keys = s.keys[:0:min(cap(s.keys), 2*s.budget)]
			return false, nil
		}
		s.ends = append(s.ends, uint32(len(s.keys)))
		if i == 0 {
			common = len(s.keys)
		} else {
			common = commonPrefix(s.keys[:common], s.keys[s.ends[i]:])
		}
	}
	if uint32(common) == s.ends[1] {
		return true, nil // all are equal
	}
	s.pieces = slices.Grow(s.pieces[:0], 2*n)[:2*n]
	pieces := s.pieces[:n]
	for i := range pieces {
		pieces[i] = [2]uint64{piece(s.keys[s.ends[i]:s.ends[i+1]], common), uint64(i)}
	}
	sortEntries(pieces, s.pieces[n:], false)
	for from := 0; from < n; {
		to := from + 1
		for to < n && pieces[to][0] == pieces[from][0] {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(pieces[from:to], func(a, b [2]uint64) int {
				return bytes.Compare(s.keys[s.ends[a[1]]:s.ends[a[1]+1]], s.keys[s.ends[b[1]]:s.ends[b[1]+1]])
			})
		}
		from = to
	}
	for i := range pieces {
		s.turns[i] = uint32(pieces[i][1])
	}
	s.permute(lo)
	return true, nil
}

// piece returns eight bytes of a key from one on, zeros behind its end.
func piece(key []byte, from int) uint64 {
	rest := key[min(from, len(key)):]
	if len(rest) >= 8 {
		return binary.BigEndian.Uint64(rest)
	}
	p := uint64(0)
	for i, b := range rest {
		p |= uint64(b) << (56 - 8*i)
	}
	return p
}

// load copies the entries of a range and makes a permutation that leaves them as
// they are.
func (s *tableSorter[T]) load(lo, hi int) {
	n, stride := hi-lo, s.m.index.stride
	s.entries = slices.Grow(s.entries[:0], n*stride)[:n*stride]
	s.m.index.read(lo, s.entries)
	s.turns = s.turns[:0]
	for i := range n {
		s.turns = append(s.turns, uint32(i))
	}
}

// permute writes the entries that were loaded in the order of the permutation.
func (s *tableSorter[T]) permute(lo int) {
	stride := s.m.index.stride
	at := s.m.index.from(lo)
	for i, t := range s.turns {
		if len(at) == 0 {
			at = s.m.index.from(lo + i)
		}
		copy(at, s.entries[int(t)*stride:int(t+1)*stride])
		at = at[stride:]
	}
}

// sortByPiece sorts a range by the first eight bytes of the keys that differ.
func (s *tableSorter[T]) sortByPiece(lo, hi, from, level int) error {
	from, err := s.firstDifference(lo, hi, from)
	if err != nil {
		return err
	}
	for {
		common, err := s.setPieces(lo, hi, from)
		if err != nil {
			return err
		}
		if common == len(s.first) {
			return nil // all are equal
		}
		if common >= from && common < from+8 {
			break
		}
		from = common
	}
	s.radix.sort(lo, hi)
	return s.m.index.groups(lo, hi, func(lo, hi int) error { return s.resolve(lo, hi, from+8, level+1) })
}

// firstDifference guesses, from a few rows, the first byte in which keys differ.
func (s *tableSorter[T]) firstDifference(lo, hi, from int) (int, error) {
	const sample = 16
	var entry [maxStride]byte
	guess := -1
	for i := range min(sample, hi-lo) {
		s.m.index.read(lo+i*((hi-lo)/min(sample, hi-lo)), entry[:s.m.index.stride])
		if err := s.decode(entry[:]); err != nil {
			return 0, err
		}
		if i == 0 {
			s.first = s.m.order.Key(s.first[:0], &s.row)
			if guess = len(s.first); guess <= from {
				return from, nil
			}
			continue
		}
		s.key = s.m.order.Key(s.key[:0], &s.row)
		guess = min(guess, commonPrefix(s.first, s.key))
	}
	if guess == len(s.first) {
		return from, nil
	}
	return guess, nil
}

// setPieces sets the prefix of each entry of a range to the eight bytes of its key
// from a byte on, and returns how many bytes all keys have in common.
func (s *tableSorter[T]) setPieces(lo, hi, from int) (common int, err error) {
	stride := s.m.index.stride
	for pos := lo; pos < hi; {
		page := s.m.index.from(pos)
		for ; len(page) >= stride && pos < hi; page = page[stride:] {
			if err := s.decode(page[:stride]); err != nil {
				return 0, err
			}
			s.key = s.m.order.Key(s.key[:0], &s.row)
			if pos == lo {
				s.first = append(s.first[:0], s.key...)
				common = len(s.first)
			}
			common = commonPrefix(s.first[:common], s.key)
			binary.NativeEndian.PutUint64(page, piece(s.key, from))
			pos++
		}
	}
	return common, nil
}

// commonPrefix returns how many bytes a and b have in common at the front.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i+8 <= n && binary.NativeEndian.Uint64(a[i:]) == binary.NativeEndian.Uint64(b[i:]) {
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
