package filetest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"time"
)

// stat is what a Disk says about a file.
type stat struct {
	name string
	size int64
	dir  bool
}

func (s stat) Name() string       { return s.name }
func (s stat) Size() int64        { return s.size }
func (s stat) IsDir() bool        { return s.dir }
func (s stat) ModTime() time.Time { return time.Time{} }
func (s stat) Sys() any           { return nil }

func (s stat) Mode() fs.FileMode {
	if s.dir {
		return fs.ModeDir | 0o777
	}
	return 0o666
}

// file is an open file.
type file struct {
	d    *Disk
	path string
	n    *node
	at   int64
}

func (f *file) Read(p []byte) (int, error) {
	if f.d.Short > 0 {
		p = p[:min(len(p), f.d.Short)]
	}
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (f *file) ReadAt(p []byte, offset int64) (n int, err error) {
	err = f.d.do("read", f.path, func(string) error {
		n = int(max(0, min(int64(len(p)), f.n.size-offset)))
		if f.n.fill != nil {
			f.n.fill(p[:n], offset)
		} else if n > 0 {
			copy(p, f.n.data[offset:])
		}
		if n < len(p) {
			return io.EOF
		}
		return nil
	})
	return n, err
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.n.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("filetest: seek to %d", offset)
	}
	f.at = offset
	return offset, nil
}

func (f *file) Write(p []byte) (n int, err error) {
	err = f.d.do("write", f.path, func(string) error {
		n = len(p)
		if f.d.Space >= 0 {
			n = int(min(int64(n), f.d.Space))
			f.d.Space -= int64(n)
		}
		f.n.data = append(f.n.data, p[:n]...)
		f.n.size = int64(len(f.n.data))
		if n < len(p) {
			return syscall.ENOSPC
		}
		return nil
	})
	return n, err
}

func (f *file) Sync() error  { return f.d.do("sync", f.path, func(string) error { return nil }) }
func (f *file) Close() error { return f.d.do("close", f.path, func(string) error { return nil }) }
