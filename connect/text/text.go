// Package text reads and writes files of lines. Floor 3.
//
//	text.Read("shakespeare.txt")              // a file, a directory, or a pattern
//	text.Read("logs", file.Recursive())
//	text.Write[string]("out", file.Gzip())    // out/part-00000.txt.gz …
//
// See package file for which files are read, how they are split, and what
// becomes of lines that are too long.
package text

import (
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Read returns the lines of files, without their endings ("\n" or "\r\n"), as
// they are: blank lines too, and whatever bytes they hold. Lines of one file
// come in order within a split. A line shares memory with its neighbours; clone
// it to keep it for long (see [file.Lines]).
func Read(path string, opts ...file.Option) connect.Source[string] {
	return source{file.NewInput(path, opts...), file.Describe("text.Read", path, opts)}
}

type source struct {
	file.Input
	text string
}

func (s source) String() string { return s.text }

// Sample implements connect.Sampled.
func (s source) Sample(places int) connect.Source[string] {
	s.Input = s.Input.Sampled(places)
	return s
}

func (s source) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[string], error) {
	lines, err := s.Input.Open(c, p)
	if err != nil {
		return nil, err
	}
	return reader{lines}, nil
}

type reader struct{ *file.Lines }

func (r reader) Read(rows []string) (int, error) {
	n := r.Take(rows)
	if n == len(rows) {
		return n, nil
	}
	if err := r.More(); err != nil {
		return n, err
	}
	return n + r.Take(rows[n:]), nil
}
