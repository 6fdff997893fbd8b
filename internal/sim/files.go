package sim

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// Open implements host.FileSystem. An open file stays readable after it was
// removed or replaced.
func (d *Disk) Open(path string) (host.File, error) {
	var f *file
	err := d.do("open", path, func() error {
		e, err := d.find(split(path))
		f = &file{disk: d, path: path, entry: e}
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Create implements host.FileSystem.
func (d *Disk) Create(path string) (host.WritableFile, error) {
	var f *file
	err := d.do("create", path, func() error {
		dir, name, err := d.parent(path)
		if err != nil {
			return err
		}
		e := dir.children[name]
		switch {
		case e == nil:
			e = &entry{}
			dir.children[name] = e
		case e.children != nil:
			return syscall.EISDIR
		}
		e.content = nil
		f = &file{disk: d, path: path, entry: e}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Append implements host.FileSystem.
func (d *Disk) Append(path string, size int64) (host.WritableFile, error) {
	var f *file
	err := d.do("append", path, func() error {
		e, err := d.find(split(path))
		switch {
		case err != nil:
			return err
		case e.children != nil:
			return syscall.EISDIR
		case int64(len(e.content)) < size:
			return fmt.Errorf("it has %d bytes, %d were written", len(e.content), size)
		}
		if d.space >= 0 {
			d.space += int64(len(e.content)) - size
		}
		e.content = e.content[:size:size]
		f = &file{disk: d, path: path, entry: e}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Stat implements host.FileSystem.
func (d *Disk) Stat(path string) (fs.FileInfo, error) {
	var s info
	err := d.do("stat", path, func() error {
		e, err := d.find(split(path))
		if err == nil {
			s = infoOf(filepath.Base(path), e)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// List implements host.FileSystem.
func (d *Disk) List(dir string) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	err := d.do("list", dir, func() error {
		e, err := d.find(split(dir))
		if err != nil {
			return err
		}
		if e.children == nil {
			return syscall.ENOTDIR
		}
		for _, name := range slices.Sorted(maps.Keys(e.children)) {
			list = append(list, fs.FileInfoToDirEntry(infoOf(name, e.children[name])))
		}
		return nil
	})
	return list, err
}

// MkdirAll implements host.FileSystem.
func (d *Disk) MkdirAll(dir string) error {
	return d.do("mkdir", dir, func() error {
		_, err := d.mkdirs(split(dir))
		return err
	})
}

// Rename implements host.FileSystem.
func (d *Disk) Rename(from, to string) error {
	return d.do("rename", from, func() error {
		oldDir, oldName, err := d.parent(from)
		if err != nil {
			return err
		}
		moved := oldDir.children[oldName]
		if moved == nil {
			return syscall.ENOENT
		}
		newDir, newName, err := d.parent(to)
		if err != nil {
			return err
		}
		target := newDir.children[newName]
		switch {
		case target == moved:
			return nil
		case contains(moved, newDir):
			return syscall.EINVAL // a directory cannot move into itself
		case target == nil:
		case target.children != nil && moved.children == nil:
			return syscall.EISDIR
		case target.children == nil && moved.children != nil:
			return syscall.ENOTDIR
		case len(target.children) > 0:
			return syscall.ENOTEMPTY
		}
		delete(oldDir.children, oldName)
		newDir.children[newName] = moved
		return nil
	})
}

func contains(e, wanted *entry) bool {
	if e == wanted {
		return true
	}
	for _, child := range e.children {
		if contains(child, wanted) {
			return true
		}
	}
	return false
}

// Remove implements host.FileSystem.
func (d *Disk) Remove(path string) error {
	return d.do("remove", path, func() error {
		dir, name, err := d.parent(path)
		if err != nil {
			return err
		}
		e := dir.children[name]
		switch {
		case e == nil:
			return syscall.ENOENT
		case len(e.children) > 0:
			return syscall.ENOTEMPTY
		}
		delete(dir.children, name)
		return nil
	})
}

// info is what the disk says about a file.
type info struct {
	name string
	size int64
	dir  bool
}

func infoOf(name string, e *entry) info {
	return info{name, int64(len(e.content)), e.children != nil}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) IsDir() bool        { return i.dir }
func (i info) ModTime() time.Time { return epoch }
func (i info) Sys() any           { return nil }

func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o777
	}
	return 0o666
}
