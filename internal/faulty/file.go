package faulty

import (
	"errors"
	"io/fs"

	"github.com/thalweg/thalweg/internal/host"
)

func (f *files) Open(path string) (host.File, error) {
	if err := f.check(Open, path); err != nil {
		return nil, err
	}
	file, err := f.FileSystem.Open(path)
	if err != nil {
		return nil, err
	}
	return &reading{file, f, path}, nil
}

func (f *files) Create(path string) (host.WritableFile, error) {
	if err := f.check(Create, path); err != nil {
		return nil, err
	}
	file, err := f.FileSystem.Create(path)
	if err != nil {
		return nil, err
	}
	return &writing{file, f, path}, nil
}

// Append fails as Create does.
func (f *files) Append(path string, size int64) (host.WritableFile, error) {
	if err := f.check(Create, path); err != nil {
		return nil, err
	}
	file, err := f.FileSystem.Append(path, size)
	if err != nil {
		return nil, err
	}
	return &writing{file, f, path}, nil
}

func (f *files) Stat(path string) (fs.FileInfo, error) {
	if err := f.check(Stat, path); err != nil {
		return nil, err
	}
	return f.FileSystem.Stat(path)
}

func (f *files) List(dir string) ([]fs.DirEntry, error) {
	if err := f.check(List, dir); err != nil {
		return nil, err
	}
	return f.FileSystem.List(dir)
}

func (f *files) MkdirAll(dir string) error {
	if err := f.check(Make, dir); err != nil {
		return err
	}
	return f.FileSystem.MkdirAll(dir)
}

func (f *files) Rename(from, to string) error {
	if err := f.check(Rename, to); err != nil {
		return err
	}
	return f.FileSystem.Rename(from, to)
}

func (f *files) Remove(path string) error {
	if err := f.check(Remove, path); err != nil {
		return err
	}
	return f.FileSystem.Remove(path)
}

type reading struct {
	host.File
	disk *files
	path string
}

func (r *reading) Read(p []byte) (int, error) {
	if err := r.disk.check(Read, r.path); err != nil {
		return 0, err
	}
	return r.File.Read(p)
}

func (r *reading) ReadAt(p []byte, off int64) (int, error) {
	if err := r.disk.check(Read, r.path); err != nil {
		return 0, err
	}
	return r.File.ReadAt(p, off)
}

func (r *reading) Close() error {
	return errors.Join(r.File.Close(), r.disk.check(Close, r.path))
}

type writing struct {
	host.WritableFile
	disk *files
	path string
}

func (w *writing) Write(p []byte) (int, error) {
	if err := w.disk.check(Write, w.path); err != nil {
		return 0, err
	}
	room := w.disk.take(len(p))
	n, err := w.WritableFile.Write(p[:room])
	if err == nil && room < len(p) {
		err = &fs.PathError{Op: "write", Path: w.path, Err: errFull}
	}
	return n, err
}

func (w *writing) Sync() error {
	if err := w.disk.check(Sync, w.path); err != nil {
		return err
	}
	return w.WritableFile.Sync()
}

func (w *writing) Close() error {
	return errors.Join(w.WritableFile.Close(), w.disk.check(Close, w.path))
}

type scratch struct {
	host.ScratchFile
	disk *files
	dir  string
}

func (s *scratch) ReadAt(p []byte, offset int64) (int, error) {
	if err := s.disk.check(Read, s.dir); err != nil {
		return 0, err
	}
	return s.ScratchFile.ReadAt(p, offset)
}

func (s *scratch) WriteAt(p []byte, offset int64) (int, error) {
	if err := s.disk.check(Write, s.dir); err != nil {
		return 0, err
	}
	room := s.disk.take(len(p))
	n, err := s.ScratchFile.WriteAt(p[:room], offset)
	if err == nil && room < len(p) {
		err = &fs.PathError{Op: "write", Path: s.dir, Err: errFull}
	}
	return n, err
}

func (s *scratch) Close() error {
	return errors.Join(s.ScratchFile.Close(), s.disk.check(Close, s.dir))
}
