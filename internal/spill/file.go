package spill

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// File is a complete file. Readers of one file may run at the same time.
type File struct {
	space   *Space
	disk    *disk
	scratch host.ScratchFile
	parker  host.Parker // of the writer

	size   int64 // of all blocks
	stored int64
	chunk  int // bytes of the last plain chunk, a guess at those of others; 0: none

	mu      sync.Mutex
	pending int   // operations that were begun; guarded by mu
	err     error // why a block could not be written; guarded by mu
	awaited bool  // the writer waits for the last operation; guarded by mu
	removed bool  // guarded by mu
	closed  bool  // scratch is; guarded by mu
	spilled int64 // bytes that were written; guarded by mu
}

// Size returns the bytes of all blocks; Stored those they take on the disk.
func (f *File) Size() int64   { return f.size }
func (f *File) Stored() int64 { return f.stored }

// Start and End are the bounds of the file.
func (f *File) Start() Position { return Position{} }
func (f *File) End() Position   { return Position{f.stored} }

// Remove frees the file's space. It does not wait: what is under way ends first.
// Readers that are not closed fail.
func (f *File) Remove() {
	f.mu.Lock()
	if !f.removed {
		f.removed = true
		f.disk.spilled.Add(-f.spilled)
	}
	last := f.last()
	f.mu.Unlock()
	if last {
		f.close()
	}
}

// last reports whether it is for the caller to close the file. The caller holds mu.
func (f *File) last() bool {
	if !f.removed || f.pending > 0 || f.closed {
		return false
	}
	f.closed = true
	return true
}

// close has a porter close the file: that takes as long as its pages in the cache of
// the operating system are many.
func (f *File) close() { f.disk.submit(request{file: f}) }

var errRemoved = errors.New("spill: the file is removed")

// enter begins an operation, which keeps the file from being closed until leave.
func (f *File) enter() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.removed {
		return errRemoved
	}
	f.pending++
	return nil
}

// leave ends an operation; err is why blocks could not be written.
func (f *File) leave(err error) {
	f.mu.Lock()
	f.pending--
	if f.err == nil {
		f.err = err
	}
	wake := f.awaited && f.pending == 0
	last := f.last()
	f.mu.Unlock()
	if wake {
		f.parker.Unpark()
	}
	if last {
		f.close()
	}
}

// failure returns why writing has no sense any more.
func (f *File) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil && f.removed {
		return errRemoved
	}
	return f.err
}

// drain waits until all operations have ended. It is for the writer.
func (f *File) drain() {
	f.mu.Lock()
	f.awaited = true
	for f.pending > 0 {
		f.mu.Unlock()
		f.parker.Park(never)
		f.mu.Lock()
	}
	f.awaited = false
	f.mu.Unlock()
}

// writeAt writes to the file, unless that has no sense any more. The caller has
// entered.
func (f *File) writeAt(b []byte, offset int64) error {
	if err := f.failure(); err != nil {
		return err
	}
	n, err := f.scratch.WriteAt(b, offset)
	f.mu.Lock()
	if !f.removed {
		f.spilled += int64(n)
		f.disk.spilled.Add(int64(n))
	}
	f.mu.Unlock()
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("spill: cannot write %s at byte %d of a file in %s, with %s spilled there and %s in all: %w",
		memory.Text(int64(len(b))), offset, f.disk, memory.Text(f.disk.spilled.Load()), memory.Text(f.space.Stored()), err)
}

// readAt reads from the file. The caller has entered.
func (f *File) readAt(b []byte, offset int64) (int, error) {
	f.mu.Lock()
	removed := f.removed
	f.mu.Unlock()
	if removed {
		return 0, errRemoved
	}
	n, err := f.scratch.ReadAt(b, offset)
	switch {
	case n == len(b):
		return n, nil
	case err == io.EOF || err == nil:
		return n, fmt.Errorf("spill: a file in %s ends at byte %d: more was written", f.disk, offset+int64(n))
	}
	return n, fmt.Errorf("spill: cannot read %s at byte %d of a file in %s: %w", memory.Text(int64(len(b))), offset, f.disk, err)
}
