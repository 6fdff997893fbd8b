package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// stored is a file of a writer at a checkpoint: what it is called, without what hides it,
// and how much of it counts.
type stored struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// Checkpoint implements [connect.Checkpointed]. The position is JSON: the files of the
// subtask, the one that is written first. What it has by now is complete in itself.
func (w *Writer[T]) Checkpoint() ([]byte, func() error, error) {
	err := w.drain()
	if err == nil && w.packer != nil {
		err = w.note("write", w.packer.Close())
		w.packer = nil
	}
	if err != nil {
		return nil, nil, err
	}
	at, err := json.Marshal(append([]stored{{w.name, w.size}}, w.others...))
	sync, path := w.sync, w.path
	return at, func() error {
		if err := sync(); err != nil {
			return failed("sync", path, err)
		}
		return nil
	}, err
}

// resumeWriter is NewWriter with positions.
func resumeWriter[T any](o Output, c connect.WriterContext, header []byte, row AppendFunc[T], positions [][]byte) (*Writer[T], error) {
	var own []stored
	known := map[string]bool{}
	for i, text := range positions {
		var files []stored
		if err := json.Unmarshal(text, &files); err != nil {
			return nil, fmt.Errorf("file: %q is no position of an output in %s: %w", text, o.dir, err)
		}
		for _, f := range files {
			if f.Size < 0 || !o.isPart(f.Name) {
				return nil, fmt.Errorf("file: %q is no position of an output in %s", text, o.dir)
			}
			known[f.Name] = true
		}
		if i%c.Parallelism() == c.Subtask() {
			own = append(own, files...)
		}
	}
	if err := o.removeUnknown(c, known); err != nil {
		return nil, err
	}
	if len(own) == 0 {
		number := c.Subtask()
		for known[o.name(number)] {
			number += c.Parallelism()
		}
		return newWriter(o, c, o.name(number), header, row)
	}
	for _, f := range own[1:] {
		w, err := resume(o, c, row, f)
		if err != nil {
			return nil, err
		}
		if err := w.Close(true); err != nil {
			return nil, err
		}
	}
	w, err := resume(o, c, row, own[0])
	if err != nil {
		return nil, err
	}
	w.others = own[1:]
	return w, nil
}

// resume opens a file as it was at a checkpoint.
func resume[T any](o Output, c connect.WriterContext, row AppendFunc[T], at stored) (*Writer[T], error) {
	w := &Writer[T]{
		c: c, name: at.Name, path: o.path(c, at.Name), immediate: o.immediate, append: row, packed: o.packed, size: at.Size,
	}
	f, err := c.Files().Append(w.path, at.Size)
	if err != nil {
		return nil, failed("go on with", w.path, err)
	}
	w.file, w.sync = f, f.Sync
	return w, nil
}

// path returns where a file is while the job runs.
func (o Output) path(c connect.WriterContext, name string) string {
	if !o.immediate {
		name = unpublished(name, c.Job())
	}
	return filepath.Join(o.dir, name)
}

// number returns the number in the name of a part.
func (o Output) number(name string) int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(name, "part-"), ".")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// removeUnknown removes the files of the job that came after its checkpoint. Of n subtasks
// number i removes those whose number is i modulo n, so that none removes what another one
// makes.
func (o Output) removeUnknown(c connect.WriterContext, known map[string]bool) error {
	entries, err := c.Files().List(o.dir)
	if err != nil {
		return failed("list", o.dir, err)
	}
	for _, e := range entries {
		name := e.Name()
		if !o.immediate {
			hidden, ours := strings.CutSuffix(name, "."+fileSafe(c.Job()))
			part, hides := strings.CutPrefix(hidden, ".")
			if !ours || !hides {
				continue
			}
			name = part
		}
		if !o.isPart(name) || known[name] || o.number(name)%c.Parallelism() != c.Subtask() {
			continue
		}
		path := filepath.Join(o.dir, e.Name())
		if err := c.Files().Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed("remove", path, err)
		}
	}
	return nil
}
