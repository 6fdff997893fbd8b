package checkpoint

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/thalweg/thalweg/internal/host"
)

// Directory is [Storage] in a directory that all processes of a job see. Names are paths in
// it. What is not committed has a name of its own, and can be listed and removed like the others.
type Directory struct {
	files host.FileSystem
	path  string
}

// NewDirectory returns the storage in a directory, which is made when it is first written to.
func NewDirectory(files host.FileSystem, path string) *Directory { return &Directory{files, path} }

func (d *Directory) String() string { return d.path }

func (d *Directory) at(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

// Create implements Storage.
func (d *Directory) Create(name string) (Writer, error) {
	path := d.at(name)
	if err := d.files.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	f, err := d.files.Create(path + unfinished)
	if err != nil {
		return nil, err
	}
	return &directoryWriter{Writer: bufio.NewWriterSize(f, 256<<10), dir: d, file: f, name: name}, nil
}

// unfinished is behind the names of files that are not committed.
const unfinished = ".unfinished"

type directoryWriter struct {
	*bufio.Writer
	dir  *Directory
	file host.WritableFile // nil: it is closed
	name string
}

// Commit implements Writer.
func (w *directoryWriter) Commit() error {
	f := w.file
	w.file = nil
	err := w.Flush()
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		path := w.dir.at(w.name)
		err = w.dir.files.Rename(path+unfinished, path)
	}
	if err != nil {
		_ = w.dir.Remove(w.name + unfinished)
	}
	return err
}

// Abort implements Writer.
func (w *directoryWriter) Abort() {
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
		_ = w.dir.Remove(w.name + unfinished)
	}
}

// Open implements Storage.
func (d *Directory) Open(name string) (io.ReadCloser, error) { return d.files.Open(d.at(name)) }

// List implements Storage.
func (d *Directory) List(prefix string) ([]string, error) {
	var all []string
	err := d.list("", prefix, &all)
	return all, err
}

// list adds the files of a directory, and of those in it, that begin with a prefix.
func (d *Directory) list(dir, prefix string, all *[]string) error {
	entries, err := d.files.List(d.at(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := dir + e.Name()
		switch {
		case e.IsDir():
			below := name + "/"
			if strings.HasPrefix(below, prefix) || strings.HasPrefix(prefix, below) {
				if err := d.list(below, prefix, all); err != nil {
					return err
				}
			}
		case strings.HasPrefix(name, prefix):
			*all = append(*all, name)
		}
	}
	return nil
}

// Remove implements Storage. It also removes the directories that become empty.
func (d *Directory) Remove(name string) error {
	if err := d.files.Remove(d.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for dir := filepath.Dir(filepath.FromSlash(name)); dir != "."; dir = filepath.Dir(dir) {
		if d.files.Remove(filepath.Join(d.path, dir)) != nil {
			break // it is not empty
		}
	}
	return nil
}
