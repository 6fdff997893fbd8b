package sim

import (
	"io"
	"io/fs"
	"syscall"

	"github.com/thalweg/thalweg/internal/host"
)

// Scratch implements host.Host. Operations on the file are asked about, see
// [Disk.FailWith], with its directory as path, and what it holds counts as written
// for [Disk.Leave].
func (h *Host) Scratch(dir string) (host.ScratchFile, error) {
	if err := h.disk.do("scratch", dir, func() error { return nil }); err != nil {
		return nil, err
	}
	return &scratch{disk: h.disk, dir: dir}, nil
}

// scratch is a file no directory knows. content and closed are guarded by the
// disk's mu.
type scratch struct {
	disk    *Disk
	dir     string
	content []byte
	closed  bool
}

func (s *scratch) ReadAt(p []byte, offset int64) (n int, err error) {
	err = s.disk.do("read", s.dir, func() error {
		if s.closed {
			return fs.ErrClosed
		}
		if offset < int64(len(s.content)) {
			n = copy(p, s.content[offset:])
		}
		return nil
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

func (s *scratch) WriteAt(p []byte, offset int64) (n int, err error) {
	err = s.disk.do("write", s.dir, func() error {
		if s.closed {
			return fs.ErrClosed
		}
		n = len(p)
		if s.disk.space >= 0 {
			n = int(min(int64(n), s.disk.space))
			s.disk.space -= int64(n)
		}
		if end := int(offset) + n; end > len(s.content) {
			s.content = append(s.content, make([]byte, end-len(s.content))...)
		}
		copy(s.content[offset:], p[:n])
		if n < len(p) {
			return syscall.ENOSPC
		}
		return nil
	})
	return n, err
}

func (s *scratch) Close() error {
	return s.disk.do("close", s.dir, func() error {
		if s.closed {
			return fs.ErrClosed
		}
		s.closed, s.content = true, nil
		return nil
	})
}
