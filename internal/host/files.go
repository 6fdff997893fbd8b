package host

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

var noDeadline time.Time

// FileSystem is where sources read and sinks write. Paths are the operating
// system's. Errors are *fs.PathError where there is a path to name. All methods
// may be called from any goroutine.
type FileSystem interface {
	Open(path string) (File, error)           // for reading
	Create(path string) (WritableFile, error) // truncates what is there

	// Append opens a file that is there for writing behind its first size bytes, and cuts
	// off what follows them. A file that is shorter is an error.
	Append(path string, size int64) (WritableFile, error)

	Stat(path string) (fs.FileInfo, error)
	List(dir string) ([]fs.DirEntry, error) // sorted by name
	MkdirAll(dir string) error
	Rename(from, to string) error // replaces to
	Remove(path string) error     // a file or an empty directory
}

// File is a file open for reading. It belongs to one goroutine.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// WritableFile is a file open for writing. It belongs to one goroutine.
type WritableFile interface {
	io.Writer
	io.Closer
	Sync() error
}

type osFiles struct{}

func (osFiles) Open(path string) (File, error)           { return os.Open(filepath.Clean(path)) }
func (osFiles) Create(path string) (WritableFile, error) { return os.Create(filepath.Clean(path)) }
func (osFiles) Append(path string, size int64) (WritableFile, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		err = TooShort(path, info.Size(), size)
	}
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// TooShort is the error of Append for a file that has fewer bytes than it should.
func TooShort(path string, has, want int64) error {
	return &fs.PathError{Op: "append", Path: path, Err: fmt.Errorf("it has %d bytes, %d were written", has, want)}
}

func (osFiles) Stat(path string) (fs.FileInfo, error)  { return os.Stat(path) }
func (osFiles) List(dir string) ([]fs.DirEntry, error) { return os.ReadDir(dir) }
func (osFiles) MkdirAll(dir string) error              { return os.MkdirAll(dir, 0o777) }
func (osFiles) Rename(from, to string) error           { return os.Rename(from, to) }
func (osFiles) Remove(path string) error               { return os.Remove(path) }

// Scratch makes a file and removes its name at once: an open file lives on without
// one. Where the system does not allow that the name goes with Close.
func (machine) Scratch(dir string) (ScratchFile, error) {
	f, err := os.CreateTemp(dir, "thalweg-*")
	if err != nil {
		return nil, err
	}
	if os.Remove(f.Name()) == nil {
		return f, nil
	}
	return namedScratch{f}, nil
}

type namedScratch struct{ *os.File }

func (f namedScratch) Close() error {
	err := f.File.Close()
	if removed := os.Remove(f.Name()); err == nil {
		err = removed
	}
	return err
}
