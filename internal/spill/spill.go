// Package spill keeps blocks of bytes outside of memory: compressed, with
// checksums, over several directories, in files without a name that are gone when
// the process is. Floor 1.
//
//	space := spill.NewSpace(host, dirs, share)
//	w, err := space.Create()
//	err = w.Write(block)            // the block is the caller's again
//	file, err := w.Close()
//	r := file.Reader(file.Start(), file.End())
//	block, err = r.Next(block[:0])  // until io.EOF
//	file.Remove()
//
// Blocks come back in the order and with the bounds they were written with.
//
// Writing is behind: Write compresses into a buffer, and porters, goroutines of the
// space, write full buffers while the caller goes on. Reading is ahead: porters fill
// some buffers of a reader while what is in another one is used. Callers wait for
// nothing but the disk.
//
// Bytes that cannot be compressed need not be copied: [Writer.Swap] takes the page
// they are in, and gives another one for it; [Reader.Lend] shows them in the buffer
// they were read into.
//
// All buffers are the space's, and pages of its share. There are as many as it has
// room for, at least [MinShare]. A buffer is taken for the time of one call or one
// operation, and who wants one waits until there is one; a writer's bytes that do not
// fill a buffer yet, and what a reader has read ahead, are held from call to call, for
// which three quarters of the buffers may be used, and by readers that have one already
// half of those. A writer or reader that may not hold one works a block at a time. A
// page that is swapped counts where the other one counted.
//
// Invariants:
//
//  1. Who waits for a buffer has none, except one it holds. So all buffers that are
//     not held come back by what the disk does alone.
//  2. A file is closed once, by a porter, after it was removed and the last
//     operation on it has ended. So it may be removed while there are some.
//  3. No lock is held during file calls, parking and permits.
package spill

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// Space is where the operators of a process spill. It is safe for concurrent use.
type Space struct {
	*shared
	spilled *atomic.Int64 // of who uses this one; nil: nobody asks
}

// shared is what all users of a space have together.
type shared struct {
	host    host.Host
	disks   []*disk
	porters *host.Group
	buffers *pool
	piece   int // the most bytes of a block in one chunk: a page but for overhead

	wrote, read counter

	mu     sync.Mutex
	next   int                // disk; guarded by mu
	files  map[*File]struct{} // those not closed; guarded by mu
	closed bool               // guarded by mu
	err    error              // the first of closing files; guarded by mu
}

// counter counts bytes of blocks, and those they take on the disk.
type counter struct{ raw, stored atomic.Int64 }

func (c *counter) add(raw, stored int) {
	c.raw.Add(int64(raw))
	c.stored.Add(int64(stored))
}

// NewSpace returns a space that uses the directories in turn; none means the
// system's directory for temporary files. What it needs for buffers comes from
// share, which it owns, and goes beyond it if that is less than [MinShare].
func NewSpace(h host.Host, dirs []string, share *memory.Share) *Space {
	if len(dirs) == 0 {
		dirs = []string{""}
	}
	s := &Space{shared: &shared{
		host: h, porters: host.NewGroup(h), buffers: newPool(share),
		piece: share.PageSize() - overhead, files: map[*File]struct{}{},
	}}
	for _, dir := range dirs {
		s.disks = append(s.disks, &disk{space: s, dir: dir})
	}
	return s
}

// For returns the same space for one of its users. The bytes of all blocks that are
// written to files made there are added to spilled.
func (s *Space) For(spilled *atomic.Int64) *Space { return &Space{s.shared, spilled} }

// Written returns the bytes of all blocks that were written, and those they take
// on the disk; Read of all that were read.
func (s *Space) Written() (raw, stored int64) { return s.wrote.raw.Load(), s.wrote.stored.Load() }
func (s *Space) Read() (raw, stored int64)    { return s.read.raw.Load(), s.read.stored.Load() }

// Stored returns the bytes of the files that were not removed, as they are on the
// disks.
func (s *Space) Stored() int64 {
	var n int64
	for _, d := range s.disks {
		n += d.spilled.Load()
	}
	return n
}

// Piece returns the bytes of the longest block that is written in one piece: a page of
// the space's share is that much and a little more.
func (s *Space) Piece() int { return s.piece }

var errClosed = errors.New("spill: the space is closed")

// Create makes a file.
func (s *Space) Create() (*Writer, error) {
	s.mu.Lock()
	d := s.disks[s.next]
	s.next = (s.next + 1) % len(s.disks)
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	scratch, err := s.host.Scratch(d.dir)
	if err != nil {
		return nil, fmt.Errorf("spill: cannot make a file in %s: %w", d, err)
	}
	f := &File{space: s, disk: d, scratch: scratch, parker: s.host.NewParker()}
	s.mu.Lock()
	s.files[f] = struct{}{}
	closed = s.closed
	s.mu.Unlock()
	if closed { // meanwhile
		f.Remove()
		return nil, errClosed
	}
	return &Writer{f: f, waiter: waiter{parker: f.parker}}, nil
}

// gone forgets a file that was closed.
func (s *Space) gone(f *File, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, f)
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("spill: closing a file in %s: %w", f.disk, err)
	}
}

// Close removes all files and waits for everything the space has under way. The
// error is of a file that could not be closed. Writers and readers that are still
// used fail.
func (s *Space) Close() error {
	s.mu.Lock()
	s.closed = true
	files := make([]*File, 0, len(s.files))
	for f := range s.files {
		files = append(files, f)
	}
	s.mu.Unlock()
	for _, f := range files {
		f.Remove()
	}
	for _, d := range s.disks {
		d.close()
	}
	s.porters.Wait()
	s.buffers.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Position is a place between two blocks of a file.
type Position struct{ offset int64 }
