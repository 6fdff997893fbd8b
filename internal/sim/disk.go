package sim

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/thalweg/thalweg/internal/host"
)

var _ host.FileSystem = (*Disk)(nil)

// Disk is a file system in memory, with the rules of Unix. All methods may be
// called from any goroutine. Paths that do not begin with / are below the root,
// too.
type Disk struct {
	pause func() // lets other goroutines run

	mu    sync.Mutex
	root  *entry                             // guarded by mu
	fault func(operation, path string) error // guarded by mu
	space int64                              // guarded by mu; negative: no limit
	short func() int                         // guarded by mu; nil: reads are as long as they can be
}

// entry is a file or a directory.
type entry struct {
	content  []byte
	children map[string]*entry // nil for a file
}

func newDisk(pause func()) *Disk {
	return &Disk{pause: pause, root: newDirectory(), space: -1}
}

func newDirectory() *entry { return &entry{children: map[string]*entry{}} }

// FailWith has f asked before each operation: open, create, stat, list, mkdir,
// rename (of the old path), remove, and of open files read, write, sync and
// close. Its error becomes the operation's, which then does nothing.
func (d *Disk) FailWith(f func(operation, path string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

// Leave bounds what can still be written: the write that goes beyond n bytes
// writes what fits and fails with syscall.ENOSPC, and so do all that follow. A
// negative n is no limit.
func (d *Disk) Leave(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.space = n
}

// ShortReads has every Read return at most as many bytes as f says, but at least
// one.
func (d *Disk) ShortReads(f func() int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.short = f
}

// Put makes a file and the directories above it, whatever is set to fail.
func (d *Disk) Put(path, content string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := split(path)
	dir, err := d.mkdirs(names[:len(names)-1])
	if err != nil {
		panic(&fs.PathError{Op: "put", Path: path, Err: err})
	}
	dir.children[names[len(names)-1]] = &entry{content: []byte(content)}
}

// Content returns what a file holds, whatever is set to fail.
func (d *Disk) Content(path string) (content string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.find(split(path))
	if err != nil || e.children != nil {
		return "", false
	}
	return string(e.content), true
}

// Tree returns the paths of all files and, with a final slash, of all empty
// directories, in order.
func (d *Disk) Tree() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var paths []string
	var walk func(path string, e *entry)
	walk = func(path string, e *entry) {
		for _, name := range slices.Sorted(maps.Keys(e.children)) {
			child := e.children[name]
			switch {
			case child.children == nil:
				paths = append(paths, path+name)
			case len(child.children) == 0:
				paths = append(paths, path+name+"/")
			default:
				walk(path+name+"/", child)
			}
		}
	}
	walk("", d.root)
	return paths
}

// split returns the names on a path; the root has none.
func split(path string) []string {
	path = strings.Trim(filepath.ToSlash(filepath.Clean("/"+path)), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// find walks down from the root. The caller holds mu.
func (d *Disk) find(names []string) (*entry, error) {
	e := d.root
	for _, name := range names {
		if e.children == nil {
			return nil, syscall.ENOTDIR
		}
		if e = e.children[name]; e == nil {
			return nil, syscall.ENOENT
		}
	}
	return e, nil
}

// parent returns the directory of a path, and the last name on it. The caller
// holds mu.
func (d *Disk) parent(path string) (dir *entry, name string, err error) {
	names := split(path)
	if len(names) == 0 {
		return nil, "", syscall.EBUSY // the root itself
	}
	last := len(names) - 1
	dir, err = d.find(names[:last])
	if err == nil && dir.children == nil {
		err = syscall.ENOTDIR
	}
	return dir, names[last], err
}

// mkdirs makes the directories on a path. The caller holds mu.
func (d *Disk) mkdirs(names []string) (*entry, error) {
	e := d.root
	for _, name := range names {
		next := e.children[name]
		if next == nil {
			next = newDirectory()
			e.children[name] = next
		}
		if next.children == nil {
			return nil, syscall.ENOTDIR
		}
		e = next
	}
	return e, nil
}

// do runs an operation under mu, unless it is to fail.
func (d *Disk) do(operation, path string, f func() error) error {
	d.pause()
	d.mu.Lock()
	fault := d.fault
	d.mu.Unlock()
	var err error
	if fault != nil {
		err = fault(operation, path)
	}
	if err == nil {
		d.mu.Lock()
		err = f()
		d.mu.Unlock()
	}
	d.pause()
	if err != nil {
		return &fs.PathError{Op: operation, Path: path, Err: err}
	}
	return nil
}
