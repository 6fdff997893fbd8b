// Package faulty is a machine whose disk fails as it is told to: for tests of
// what a job does then. Floor 1.
//
//	disk := faulty.New(host.New())
//	disk.Fail(faulty.Write, "*/part-*", syscall.EIO)
//	disk.FillUp(1 << 20)
//	thalweg.Run(ctx, build, thalweg.OnHost(disk))
//
// It fails in the process it is used in only: workers in processes of their own
// have another host.
package faulty

import (
	"io/fs"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/thalweg/thalweg/internal/host"
)

// Operation is something done with a file.
type Operation string

// The operations that can fail.
const (
	Open   Operation = "open" // for reading
	Create Operation = "create"
	Read   Operation = "read"
	Write  Operation = "write"
	Sync   Operation = "sync"
	Close  Operation = "close" // of both kinds of files; the file is closed nevertheless
	Stat   Operation = "stat"
	List   Operation = "list"
	Make   Operation = "mkdir"
	Rename Operation = "rename"
	Remove Operation = "remove"

	// Scratch makes a file without a name; what is done with it later is read,
	// write and close, and its path is that of its directory.
	Scratch Operation = "scratch"
)

// Host is a host with a disk that fails. Any goroutine may use it.
type Host struct {
	host.Host
	files files
}

// New returns a host on top of another one. Its disk works until told otherwise.
func New(h host.Host) *Host {
	return &Host{Host: h, files: files{FileSystem: h.Files(), room: -1, failed: map[Operation]int{}}}
}

// Files implements host.Host.
func (h *Host) Files() host.FileSystem { return &h.files }

// Scratch implements host.Host.
func (h *Host) Scratch(dir string) (host.ScratchFile, error) {
	if err := h.files.check(Scratch, dir); err != nil {
		return nil, err
	}
	f, err := h.Host.Scratch(dir)
	if err != nil {
		return nil, err
	}
	return &scratch{f, &h.files, dir}, nil
}

// Fail makes an operation fail on all paths that match a pattern, see
// [filepath.Match]. A pattern without a separator is matched with the last
// element of the path.
func (h *Host) Fail(op Operation, pattern string, err error) { h.FailAfter(op, pattern, 0, err) }

// FailAfter is Fail after n operations that went well.
func (h *Host) FailAfter(op Operation, pattern string, n int, err error) {
	h.files.mu.Lock()
	defer h.files.mu.Unlock()
	h.files.faults = append(h.files.faults, &fault{op, pattern, n, err})
}

// FillUp leaves room for n more bytes; what is written beyond fails as on a full
// disk, after the part that has room.
func (h *Host) FillUp(n int64) {
	h.files.mu.Lock()
	defer h.files.mu.Unlock()
	h.files.room = n
}

// Failed returns how often an operation has failed as it was told to: a test that
// did not reach its fault shows nothing.
func (h *Host) Failed(op Operation) int {
	h.files.mu.Lock()
	defer h.files.mu.Unlock()
	return h.files.failed[op]
}

type fault struct {
	op      Operation
	pattern string
	left    int // operations that still go well
	err     error
}

func (f *fault) matches(op Operation, path string) bool {
	if f.op != op {
		return false
	}
	if filepath.Base(f.pattern) == f.pattern {
		path = filepath.Base(path)
	}
	ok, err := filepath.Match(f.pattern, path)
	return ok && err == nil
}

type files struct {
	host.FileSystem

	mu     sync.Mutex
	faults []*fault          // guarded by mu
	room   int64             // bytes until the disk is full; negative: any number; guarded by mu
	failed map[Operation]int // guarded by mu
}

// check returns the error of an operation that is to fail.
func (f *files) check(op Operation, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range f.faults {
		if !fault.matches(op, path) {
			continue
		}
		if fault.left > 0 {
			fault.left--
			continue
		}
		f.failed[op]++
		return &fs.PathError{Op: string(op), Path: path, Err: fault.err}
	}
	return nil
}

// take asks for room on the disk and returns how much there is.
func (f *files) take(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.room < 0 || int64(n) <= f.room {
		if f.room >= 0 {
			f.room -= int64(n)
		}
		return n
	}
	n = int(f.room)
	f.room = 0
	f.failed[Write]++
	return n
}

// errFull is the error of a full disk.
var errFull error = syscall.ENOSPC
