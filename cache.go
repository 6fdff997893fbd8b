package thalweg

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/internal/plan"
)

// CacheFile makes a file known by a name: rich functions get its path, in whatever
// process they run, with [Context.CachedFile], and read it as they like. It is for
// what every subtask needs and is no data set, such as a dictionary or a model.
//
// The processes of a job share a file system today, so the path is the same in all of
// them and nothing is copied. Every process reads the file when it builds the program,
// and the job is refused unless all find the same content, which belongs to the
// program's fingerprint.
func (e *Environment) CacheFile(name, path string) {
	site := plan.Caller()
	if err := e.cacheFile(name, path); err != nil {
		e.graph.Mistake(site, fmt.Errorf("cached file %q: %w", name, err))
	}
}

func (e *Environment) cacheFile(name, path string) error {
	if name == "" {
		return errors.New("it needs a name")
	}
	if _, known := e.graph.File(name); known {
		return errors.New("there are two of that name")
	}
	e.graph.Files = append(e.graph.Files, plan.CachedFile{Name: name, Path: path})
	file, err := e.files.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return err
	}
	h.Sum(e.graph.Files[len(e.graph.Files)-1].Digest[:0])
	return nil
}
