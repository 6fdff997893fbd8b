package file

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/thalweg/thalweg/connect"
)

const (
	minSplit = 1 << 20
	maxSplit = 64 << 20
)

// piece is the content of Split.Data: the bytes From up to To of a file. A
// compressed file is one piece of all its bytes.
type piece struct {
	Path []byte `json:"path"` // a path need not be UTF-8, which a JSON string would force it to
	From int64  `json:"from"`
	To   int64  `json:"to"`

	// Most, if not 0, says that this is a place of a sample: from From on no more than
	// so many bytes of content are read, and the line that is not complete then is none.
	Most int64 `json:"most,omitempty"`
}

// toEnd is the end of a piece that ends with its file, wherever that is.
const toEnd = math.MaxInt64

// Splits lists the pieces to read. A piece has about a quarter of a subtask's
// share, at least 1 MiB and at most 64 MiB. Empty files have no piece. Sizes are
// bytes on disk.
func (in Input) Splits(c connect.SplitContext) ([]connect.Split, error) {
	if in.err != nil {
		return nil, in.err
	}
	files, err := in.list(c)
	if err != nil {
		return nil, err
	}
	var total int64
	for _, f := range files {
		total += f.size
	}
	var pieces []piece
	switch {
	case in.spread > 0:
		pieces, err = in.sampled(files, total)
	case in.places > 0:
		pieces, err = in.sample(files, total)
	default:
		pieces = in.pieces(files, splitSize(total, c.Parallelism()))
	}
	if err != nil {
		return nil, err
	}
	var splits []connect.Split
	for _, p := range pieces {
		s, err := p.split()
		if err != nil {
			return nil, err
		}
		splits = append(splits, s)
	}
	return splits, nil
}

// pieces divides all files into pieces of about the given size.
func (in Input) pieces(files []found, size int64) (all []piece) {
	for _, f := range files {
		pieces := int64(1)
		if packingOf(f.path) == plain && !in.whole {
			pieces = (f.size + size - 1) / size
		}
		if f.size == 0 {
			continue
		}
		for i := range pieces {
			all = append(all, piece{Path: []byte(f.path), From: cut(f.size, pieces, i), To: cut(f.size, pieces, i+1)})
		}
	}
	return all
}

// sampleSize is the bytes of a piece of a sample.
const sampleSize = 4 << 10

// sample lists small pieces at as many places as are wanted, or at fewer that do not
// overlap.
func (in Input) sample(files []found, total int64) (pieces []piece, err error) {
	places := min(int64(in.places), max(total/sampleSize, 1))
	place, before := int64(0), int64(0) // bytes of the files before this one
	for _, f := range files {
		if packingOf(f.path) != plain || in.whole {
			return nil, fmt.Errorf("file: %s cannot be split, so there is no place in it to take a sample from", f.path)
		}
		for ; place < places && cut(total, places, place) < before+f.size; place++ {
			from := cut(total, places, place) - before
			pieces = append(pieces, piece{Path: []byte(f.path), From: from, To: min(from+sampleSize, f.size)})
		}
		before += f.size
	}
	return pieces, nil
}

// splitSize returns how large a piece should be.
func splitSize(total int64, parallelism int) int64 {
	return min(max(total/(4*int64(max(parallelism, 1))), minSplit), maxSplit)
}

// cut returns where piece i of n equal pieces begins, without the overflow of
// size*i.
func cut(size, n, i int64) int64 { return size/n*i + size%n*i/n }

func (p piece) split() (connect.Split, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return connect.Split{}, fmt.Errorf("file: split of %s: %w", p.Path, err)
	}
	return connect.Split{
		ID:   fmt.Sprintf("%s:%d-%d", p.Path, p.From, p.To),
		Size: p.To - p.From,
		Data: data,
	}, nil
}

func pieceOf(s connect.Split) (piece, error) {
	var p piece
	if err := json.Unmarshal(s.Data, &p); err != nil {
		return p, fmt.Errorf("file: split %q is not one of a file: %w", s.ID, err)
	}
	if len(p.Path) == 0 || p.From < 0 || p.To < p.From || p.Most < 0 {
		return p, fmt.Errorf("file: split %q has no valid range: %d to %d of %q", s.ID, p.From, p.To, p.Path)
	}
	return p, nil
}
