// Package spill keeps blocks of bytes outside of memory: compressed, with
// checksums, over several directories, in files without a name that are gone when
// the process is. Floor 1.
//
//	space := spill.NewSpace(host, dirs, budget share)
//	w := space.Create()
//	w.Write(block)                  // copied or written before it returns
//	file, err := w.Close()
//	r := file.Reader(file.Start(), file.End())
//	block, err = r.Next(block[:0])  // until io.EOF
//	file.Remove()
//
// Blocks come back in the order and with the bounds they were written with.
package spill

import (
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// Space is where the operators of a process spill. It is safe for concurrent use.
type Space struct {
	host host.Host
	dirs []string
	next int
}

// NewSpace returns a space that uses the directories in turn; none means the
// system's directory for temporary files. What it needs for buffers comes from
// share, which it owns.
func NewSpace(h host.Host, dirs []string, share *memory.Share) *Space {
	if len(dirs) == 0 {
		dirs = []string{""}
	}
	_ = share
	return &Space{host: h, dirs: dirs}
}

// Close waits for everything the space has under way, and removes all its files.
func (s *Space) Close() error { return nil }

// Position is a place between two blocks of a file.
type Position struct{ offset int64 }
