package sim

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// file is an open file. It belongs to one goroutine; its entry is guarded by the
// disk's mu.
type file struct {
	disk   *Disk
	path   string
	entry  *entry
	at     int64
	closed bool
}

// do runs an operation on the open file.
func (f *file) do(operation string, body func() error) error {
	return f.disk.do(operation, f.path, func() error {
		if f.closed {
			return fs.ErrClosed
		}
		return body()
	})
}

// Read implements io.Reader.
func (f *file) Read(p []byte) (n int, err error) {
	f.disk.mu.Lock()
	short := f.disk.short
	f.disk.mu.Unlock()
	if short != nil && len(p) > 0 {
		p = p[:min(len(p), max(short(), 1))]
	}
	n, err = f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, offset int64) (n int, err error) {
	end := false
	err = f.do("read", func() error {
		if f.entry.children != nil {
			return syscall.EISDIR
		}
		if offset < 0 {
			return syscall.EINVAL
		}
		if offset < int64(len(f.entry.content)) {
			n = copy(p, f.entry.content[offset:])
		}
		end = n < len(p)
		return nil
	})
	if err == nil && end {
		err = io.EOF
	}
	return n, err
}

// Seek implements io.Seeker.
func (f *file) Seek(offset int64, whence int) (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += int64(len(f.entry.content))
	}
	if offset < 0 {
		return 0, &fs.PathError{Op: "seek", Path: f.path, Err: syscall.EINVAL}
	}
	f.at = offset
	return offset, nil
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (n int, err error) {
	err = f.do("write", func() error {
		n = len(p)
		if f.disk.space >= 0 {
			n = int(min(int64(n), f.disk.space))
			f.disk.space -= int64(n)
		}
		f.entry.content = append(f.entry.content, p[:n]...)
		if n < len(p) {
			return syscall.ENOSPC
		}
		return nil
	})
	return n, err
}

// Sync implements host.WritableFile.
func (f *file) Sync() error { return f.do("sync", func() error { return nil }) }

// Close implements io.Closer. A second Close is an error.
func (f *file) Close() error {
	return f.do("close", func() error {
		f.closed = true
		return nil
	})
}
