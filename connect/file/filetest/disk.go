// Package filetest runs sources and sinks of files without an engine, on a disk
// in memory that fails where a test wants it to. Floor 2. For tests only.
//
//	disk := filetest.NewDisk()
//	disk.Put("in/a.txt", "one\ntwo\n")
//	got, err := filetest.Read(text.Read("in"), disk, 2)
package filetest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
)

var _ connect.Files = (*Disk)(nil)

// Disk is a file system in memory. Its methods may be called from any goroutine,
// its fields may not be changed meanwhile.
type Disk struct {
	// Fail is asked before each operation: open, create, stat, list, mkdir, rename,
	// remove, and of open files read, write, sync, close. Its error becomes that of
	// the operation.
	Fail func(operation, path string) error

	// Space is how many bytes can still be written before the disk is full; a
	// negative number is no limit.
	Space int64

	// Short makes reads return at most so many bytes, if it is not 0.
	Short int

	mu    sync.Mutex
	nodes map[string]*node // guarded by mu
}

type node struct {
	dir  bool
	data []byte
	size int64
	fill func(p []byte, offset int64) // nil if data is the content
}

// NewDisk returns an empty disk without faults.
func NewDisk() *Disk {
	return &Disk{Space: -1, nodes: map[string]*node{".": {dir: true}, "/": {dir: true}}}
}

// Put makes a file and the directories above it.
func (d *Disk) Put(path, content string) {
	d.add(path, &node{data: []byte(content), size: int64(len(content))})
}

// Generate makes a file whose content is computed when it is read: fill writes
// what stands at an offset.
func (d *Disk) Generate(path string, size int64, fill func(p []byte, offset int64)) {
	d.add(path, &node{size: size, fill: fill})
}

func (d *Disk) add(path string, n *node) {
	path = filepath.Clean(path)
	_ = d.MkdirAll(filepath.Dir(path))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.nodes[path] = n
}

// Names returns the paths of all files, in order.
func (d *Disk) Names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for path, n := range d.nodes {
		if !n.dir {
			names = append(names, path)
		}
	}
	slices.Sort(names)
	return names
}

// Content returns what a file holds, "" if there is none.
func (d *Disk) Content(path string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.nodes[filepath.Clean(path)]; n != nil {
		return string(n.data)
	}
	return ""
}

// do runs an operation on a path unless it is to fail.
func (d *Disk) do(operation, path string, f func(path string) error) error {
	var err error
	if d.Fail != nil {
		err = d.Fail(operation, path)
	}
	if err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		err = f(filepath.Clean(path))
	}
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &fs.PathError{Op: operation, Path: path, Err: err}
}

// Open implements connect.Files.
func (d *Disk) Open(path string) (f host.File, err error) {
	err = d.do("open", path, func(path string) error {
		n := d.nodes[path]
		if n == nil {
			return syscall.ENOENT
		}
		f = &file{d: d, path: path, n: n}
		return nil
	})
	return f, err
}

// Create implements connect.Files.
func (d *Disk) Create(path string) (f host.WritableFile, err error) {
	err = d.do("create", path, func(path string) error {
		if parent := d.nodes[filepath.Dir(path)]; parent == nil {
			return syscall.ENOENT
		}
		n := &node{}
		d.nodes[path] = n
		f = &file{d: d, path: path, n: n}
		return nil
	})
	return f, err
}

// Append implements connect.Files.
func (d *Disk) Append(path string, size int64) (f host.WritableFile, err error) {
	err = d.do("append", path, func(path string) error {
		n := d.nodes[path]
		switch {
		case n == nil:
			return syscall.ENOENT
		case n.size < size:
			return fmt.Errorf("it has %d bytes, %d were written", n.size, size)
		}
		n.data, n.size = n.data[:size:size], size
		f = &file{d: d, path: path, n: n}
		return nil
	})
	return f, err
}

// Stat implements connect.Files.
func (d *Disk) Stat(path string) (info fs.FileInfo, err error) {
	err = d.do("stat", path, func(path string) error {
		n := d.nodes[path]
		if n == nil {
			return syscall.ENOENT
		}
		info = stat{filepath.Base(path), n.size, n.dir}
		return nil
	})
	return info, err
}

// List implements connect.Files.
func (d *Disk) List(dir string) (entries []fs.DirEntry, err error) {
	err = d.do("list", dir, func(dir string) error {
		if n := d.nodes[dir]; n == nil {
			return syscall.ENOENT
		} else if !n.dir {
			return syscall.ENOTDIR
		}
		for path, n := range d.nodes {
			if path != dir && filepath.Dir(path) == dir {
				entries = append(entries, fs.FileInfoToDirEntry(stat{filepath.Base(path), n.size, n.dir}))
			}
		}
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		return nil
	})
	return entries, err
}

// MkdirAll implements connect.Files.
func (d *Disk) MkdirAll(dir string) error {
	return d.do("mkdir", dir, func(dir string) error {
		for ; d.nodes[dir] == nil; dir = filepath.Dir(dir) {
			d.nodes[dir] = &node{dir: true}
		}
		return nil
	})
}

// Rename implements connect.Files.
func (d *Disk) Rename(from, to string) error {
	return d.do("rename", from, func(from string) error {
		n := d.nodes[from]
		if n == nil {
			return syscall.ENOENT
		}
		delete(d.nodes, from)
		d.nodes[filepath.Clean(to)] = n
		return nil
	})
}

// Remove implements connect.Files.
func (d *Disk) Remove(path string) error {
	return d.do("remove", path, func(path string) error {
		if d.nodes[path] == nil {
			return syscall.ENOENT
		}
		for other := range d.nodes {
			if other != path && filepath.Dir(other) == path {
				return syscall.ENOTEMPTY
			}
		}
		delete(d.nodes, path)
		return nil
	})
}
