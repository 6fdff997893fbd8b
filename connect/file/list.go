package file

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// found is one file to read.
type found struct {
	path string
	size int64 // on disk
}

// list finds the files of an input, in order.
func (in Input) list(c connect.SplitContext) ([]found, error) {
	l := lister{c: c, files: c.Files(), recursive: in.recursive}
	_, err := l.files.Stat(in.path)
	// A file may have the characters of a pattern in its name; what exists is
	// meant as it is.
	if err != nil && strings.ContainsAny(in.path, "*?[") {
		return l.pattern(in.path)
	}
	if err != nil {
		return nil, failed("read", in.path, err)
	}
	if err := l.add(in.path); err != nil {
		return nil, err
	}
	if len(l.found) == 0 {
		return nil, fmt.Errorf("file: nothing to read in %s: %s", in.path, l.why())
	}
	return l.found, nil
}

type lister struct {
	c         connect.SplitContext
	files     connect.Files
	recursive bool

	found   []found
	skipped int // names that begin with "." or "_"
	nested  int // directories not entered
}

// why explains an empty result.
func (l *lister) why() string {
	switch {
	case l.nested > 0 && l.recursive:
		return "it holds only links to directories, which are not followed"
	case l.nested > 0:
		return "it holds only directories; the option file.Recursive reads what is in them"
	case l.skipped > 0:
		return `it holds only names that begin with "." or "_", which are skipped`
	}
	return "it holds no file"
}

// add takes a path that the user named: a file, or a directory to look into.
func (l *lister) add(path string) error {
	info, err := l.files.Stat(path)
	if err != nil {
		return failed("read", path, err)
	}
	if info.IsDir() {
		return l.directory(path)
	}
	return l.file(path, info)
}

func (l *lister) file(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("file: cannot read %s: it is no regular file (%s)", path, info.Mode().Type())
	}
	l.found = append(l.found, found{path, info.Size()})
	return nil
}

func (l *lister) directory(dir string) error {
	entries, err := l.entries(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if hidden(e.Name()) {
			l.skipped++
			continue
		}
		path := filepath.Join(dir, e.Name())
		if e.IsDir() {
			if !l.recursive {
				l.nested++
			} else if err := l.directory(path); err != nil {
				return err
			}
			continue
		}
		info, err := l.files.Stat(path)
		if err != nil {
			return failed("read", path, err)
		}
		if info.IsDir() { // through a link, which could lead in a circle
			l.nested++
			continue
		}
		if err := l.file(path, info); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) entries(dir string) ([]fs.DirEntry, error) {
	if err := l.c.Err(); err != nil {
		return nil, err
	}
	entries, err := l.files.List(dir)
	if err != nil {
		return nil, failed("list", dir, err)
	}
	return entries, nil
}

// pattern expands a pattern element by element.
func (l *lister) pattern(pattern string) ([]found, error) {
	if _, err := filepath.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("file: %s: %w", pattern, err)
	}
	clean := filepath.Clean(pattern)
	matches := []string{filepath.VolumeName(clean)}
	clean = clean[len(matches[0]):]
	if filepath.IsAbs(pattern) {
		matches[0] += string(filepath.Separator)
	}
	for element := range strings.SplitSeq(clean, string(filepath.Separator)) {
		if element == "" {
			continue
		}
		var next []string
		for _, m := range matches {
			more, err := l.element(m, element)
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
		}
		matches = next
	}
	for _, m := range matches {
		if err := l.add(m); err != nil {
			return nil, err
		}
	}
	if len(matches) == 0 {
		return nil, fmt.Errorf("file: nothing matches the pattern %s", pattern)
	}
	if len(l.found) == 0 {
		return nil, fmt.Errorf("file: nothing to read in what matches %s: %s", pattern, l.why())
	}
	return l.found, nil
}

// element returns the entries of a directory that match one element of a pattern.
func (l *lister) element(dir, element string) ([]string, error) {
	if !strings.ContainsAny(element, `*?[\`) {
		path := filepath.Join(dir, element)
		if _, err := l.files.Stat(path); errors.Is(err, fs.ErrPermission) {
			return nil, failed("read", path, err)
		} else if err != nil {
			return nil, nil
		}
		return []string{path}, nil
	}
	within := dir
	if within == "" {
		within = "."
	}
	if info, err := l.files.Stat(within); err != nil || !info.IsDir() {
		return nil, nil
	}
	entries, err := l.entries(within)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if hidden(e.Name()) && e.Name()[0] != element[0] {
			l.skipped++
			continue
		}
		if ok, _ := filepath.Match(element, e.Name()); ok {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

func hidden(name string) bool { return name[0] == '.' || name[0] == '_' }
