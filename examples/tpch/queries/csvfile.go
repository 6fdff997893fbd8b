package queries

import (
	"errors"
	"path/filepath"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
)

// csvFile returns a sink that writes one CSV file with a header, in place of what
// was there. It must run in one subtask. The file is written in a directory beside
// it, path.parts, and moved when the job has ended well.
func csvFile[T any](path string) connect.Sink[T] {
	dir := path + ".parts"
	return &singleFile[T]{csv.Write[T](dir, csv.Header(), file.Overwrite()), dir, path}
}

type singleFile[T any] struct {
	connect.Sink[T]
	dir, path string
}

func (s *singleFile[T]) Err() error { return s.Sink.(connect.Checked).Err() }

func (s *singleFile[T]) Prepare(c connect.CommitContext) error {
	if c.Parallelism() != 1 {
		return errors.New("a single file needs a single subtask")
	}
	return s.Sink.(connect.Preparer).Prepare(c)
}

func (s *singleFile[T]) Commit(c connect.CommitContext) error {
	if err := s.Sink.(connect.Committer).Commit(c); err != nil {
		return err
	}
	if err := c.Files().Rename(filepath.Join(s.dir, "part-00000.csv"), s.path); err != nil {
		return err
	}
	return c.Files().Remove(s.dir)
}

func (s *singleFile[T]) Abort(c connect.CommitContext) error {
	return s.Sink.(connect.Committer).Abort(c)
}
