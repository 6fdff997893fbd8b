package parquet

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/thalweg/thalweg/connect"
)

const (
	// sizedFiles is how many footers are read to say how many records there are.
	sizedFiles = 16

	// placeRows is how many rows a place of a sample has. As a page of every column is
	// decoded for them, there are few places with many rows, placeShare for one of
	// those that are wanted.
	placeRows  = 256
	placeShare = 4
)

// Size implements connect.Sized: the sizes of files and, if they are few and there is no
// condition, the rows that their footers tell.
func (s *source[T]) Size(c connect.SplitContext) (connect.Size, error) {
	found, err := s.files(c)
	if err != nil {
		return connect.Size{}, err
	}
	size := connect.Size{Records: 0}
	for _, f := range found {
		size.Bytes += f.Size
	}
	if len(found) > sizedFiles || len(s.where) > 0 {
		size.Records = -1
		return size, nil
	}
	for _, f := range found {
		rows, err := s.rowsOf(c.Files(), pathOf(f))
		if err != nil {
			return connect.Size{}, err
		}
		for _, n := range rows {
			size.Records += n
		}
	}
	return size, nil
}

// rowsOf returns the rows of a file's row groups.
func (s *source[T]) rowsOf(files connect.Files, path string) (rows []int64, err error) {
	o, err := open(files, path)
	if err != nil {
		return nil, err
	}
	for i := range o.footer.RowGroups {
		rows = append(rows, o.footer.RowGroups[i].NumRows)
	}
	return rows, o.close()
}

// Sample implements connect.Sampled: the first rows of some row groups. What they take
// in the input is their part of the rows of their file.
func (s *source[T]) Sample(places int) connect.Source[T] {
	return &sampled[T]{s, max(places/placeShare, 1)}
}

type sampled[T any] struct {
	*source[T]
	places int
}

// Splits lists row groups at as many places as are wanted, or all there are, of as many
// files at most. They are evenly spread over the files, and over the row groups of each.
func (s *sampled[T]) Splits(c connect.SplitContext) ([]connect.Split, error) {
	found, err := s.files(c)
	if err != nil {
		return nil, err
	}
	var splits []connect.Split
	n := min(s.places, len(found))
	for i := range n {
		f := found[i*len(found)/n]
		rows, err := s.rowsOf(c.Files(), pathOf(f))
		if err != nil {
			return nil, err
		}
		var all int64
		var groups []int // with rows
		for g, r := range rows {
			if all += r; r > 0 {
				groups = append(groups, g)
			}
		}
		places := min((i+1)*s.places/n-i*s.places/n, len(groups))
		for k := range places {
			g := groups[k*len(groups)/places]
			split, err := samplePiece(f, g, min(rows[g], placeRows), all)
			if err != nil {
				return nil, err
			}
			splits = append(splits, split)
		}
	}
	return splits, nil
}

// samplePiece is a place of a sample: the first rows of a row group, of all that the file
// has.
func samplePiece(f connect.Split, group int, rows, all int64) (connect.Split, error) {
	path := pathOf(f)
	p := piece{Path: []byte(path), Size: f.Size, Groups: []int{group}, Rows: rows}
	p.Bytes = int64(math.Round(float64(f.Size) * (float64(rows) / float64(all))))
	data, err := json.Marshal(p)
	if err != nil {
		return connect.Split{}, fmt.Errorf("parquet: split of %s: %w", path, err)
	}
	return connect.Split{ID: fmt.Sprintf("%s:%d rows of row group %d", path, rows, group), Size: p.Bytes, Data: data}, nil
}
