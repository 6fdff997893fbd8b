package parquet

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

const (
	minSplit = 1 << 20
	maxSplit = 64 << 20
)

// piece is the content of Split.Data: row groups of a file.
type piece struct {
	Path   []byte `json:"path"` // a path need not be UTF-8
	Size   int64  `json:"size"` // of the file
	Groups []int  `json:"groups"`

	// Rows, if not 0, says that this is a place of a sample: of each row group it has so
	// many rows, which take so many bytes of the file.
	Rows  int64 `json:"rows,omitempty"`
	Bytes int64 `json:"bytes,omitempty"`
}

// Splits lists the row groups that can hold a matching row. A split has about a
// quarter of a subtask's share, at least 1 MiB and at most 64 MiB, or a single row
// group if that has more. Its size is that of the columns to read, as they lie in
// the file.
func (s *source[T]) Splits(c connect.SplitContext) ([]connect.Split, error) {
	found, err := s.files(c)
	if err != nil {
		return nil, err
	}
	var groups []group
	var total int64
	for _, f := range found {
		if err := c.Err(); err != nil {
			return nil, err
		}
		of, err := s.groups(c.Files(), pathOf(f))
		if err != nil {
			return nil, err
		}
		for _, g := range of {
			total += g.size
		}
		groups = append(groups, of...)
	}
	most := min(max(total/(4*int64(max(c.Parallelism(), 1))), minSplit), maxSplit)
	return pack(groups, most)
}

// files lists the files, each as a split of all of it.
func (s *source[T]) files(c connect.SplitContext) ([]connect.Split, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.input.Splits(noneEmpty{c})
}

// pathOf returns the file that is not split: the name of its split ends so, see package
// file.
func pathOf(f connect.Split) string { return strings.TrimSuffix(f.ID, fmt.Sprintf(":0-%d", f.Size)) }

// group is a row group to read.
type group struct {
	path     string
	fileSize int64
	number   int
	size     int64 // of the columns to read
}

// groups lists the row groups of a file that can hold a matching row.
func (s *source[T]) groups(files connect.Files, path string) (groups []group, err error) {
	o, err := open(files, path)
	if err != nil {
		return nil, err
	}
	defer o.close()
	defer recovered(path, &err)
	plan, err := s.bind(o)
	if err != nil {
		return nil, err
	}
	for i := range o.footer.RowGroups {
		g := &o.footer.RowGroups[i]
		if g.NumRows == 0 {
			continue
		}
		if !plan.mayMatch(i) {
			s.counts.skippedGroups.Add(1)
			continue
		}
		groups = append(groups, group{path, o.size, i, plan.size(i)})
	}
	return groups, nil
}

// pack puts neighbours of a file together up to a size.
func pack(groups []group, most int64) ([]connect.Split, error) {
	var splits []connect.Split
	for len(groups) > 0 {
		first := groups[0]
		p := piece{Path: []byte(first.path), Size: first.fileSize}
		var size int64
		for len(groups) > 0 {
			g := groups[0]
			if g.path != first.path || len(p.Groups) > 0 && size+g.size > most {
				break
			}
			p.Groups = append(p.Groups, g.number)
			size += g.size
			groups = groups[1:]
		}
		data, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("parquet: split of %s: %w", first.path, err)
		}
		last := p.Groups[len(p.Groups)-1]
		splits = append(splits, connect.Split{
			ID:   fmt.Sprintf("%s:row groups %d-%d", first.path, first.number, last),
			Size: size,
			Data: data,
		})
	}
	return splits, nil
}

func pieceOf(s connect.Split) (piece, error) {
	var p piece
	if err := json.Unmarshal(s.Data, &p); err != nil || len(p.Path) == 0 || p.Rows < 0 || p.Bytes < 0 {
		return p, fmt.Errorf("parquet: split %q is not one of a Parquet file", s.ID)
	}
	return p, nil
}

// noneEmpty makes empty files look as if they had a byte: package file leaves
// empty ones out, but to this format they are damaged.
type noneEmpty struct{ connect.SplitContext }

func (n noneEmpty) Files() connect.Files { return sized{n.SplitContext.Files()} }

type sized struct{ connect.Files }

func (s sized) Stat(path string) (fs.FileInfo, error) {
	info, err := s.Files.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 0 {
		return info, err
	}
	return oneByte{info}, nil
}

type oneByte struct{ fs.FileInfo }

func (oneByte) Size() int64 { return 1 }
