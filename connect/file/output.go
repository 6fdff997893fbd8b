package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// Output is a directory that a format writes one file per subtask into. It holds
// configuration only and can be copied. It implements [connect.Preparer] and
// [connect.Committer] for the sinks that embed it.
//
// The files are called part-00000.csv, part-00001.csv and so on, by subtask. A
// subtask that gets no records leaves a file, too, so that a missing file always
// means that something went wrong. Until the job is complete they have hidden
// names, .part-00000.csv.<job>, unless the output is [Immediate]. The directory
// must be the same for all processes of a job.
//
// A directory counts as empty if all names in it begin with ".".
type Output struct {
	dir       string
	extension string // of the format, with the dot
	packed    packing
	overwrite bool
	immediate bool
	err       error
}

// NewOutput describes an output. The extension, like ".csv", belongs to the
// format. Options that are of no use for writing are reported by Err.
func NewOutput(dir, extension string, opts ...Option) Output {
	o := Output{dir: dir, extension: extension}
	if dir == "" {
		o.err = errors.New("file: the directory to write to has no name")
	}
	for _, opt := range opts {
		if opt.write == nil {
			o.err = errors.Join(o.err, fmt.Errorf("file: %s is no option for writing", opt))
			continue
		}
		opt.write(&o)
	}
	return o
}

// Err says what is wrong with the configuration, or nil.
func (o Output) Err() error { return o.err }

// Prepare makes the directory and makes sure that it is empty, or may be
// overwritten, and can be written to.
func (o Output) Prepare(c connect.CommitContext) error {
	if o.err != nil {
		return o.err
	}
	entries, err := o.entries(c)
	created := errors.Is(err, fs.ErrNotExist)
	if err != nil && !created {
		return err
	}
	for _, e := range entries {
		if e.Name() == marker(c.Job()) {
			return fmt.Errorf("file: another sink of this job writes to %s, too", o.dir)
		}
		if !o.overwrite && e.Name()[0] != '.' {
			return fmt.Errorf("file: the directory %s is not empty (it holds %s); "+
				"write to another one or give the option file.Overwrite", o.dir, e.Name())
		}
	}
	if created {
		if err := c.Files().MkdirAll(o.dir); err != nil {
			return failed("create the directory", o.dir, err)
		}
	}
	if err := o.mark(c, created); err != nil {
		// Nobody aborts a sink that could not be prepared.
		_ = o.remove(c, marker(c.Job()))
		if created {
			_ = c.Files().Remove(o.dir)
		}
		return err
	}
	if o.immediate && o.overwrite {
		return o.removeParts(c, entries)
	}
	return nil
}

// Commit gives the files of a complete job their final names: all of them, or none
// if one is missing or cannot be renamed. Of files that are overwritten the old
// ones are gone then.
func (o Output) Commit(c connect.CommitContext) error {
	entries, err := o.entries(c)
	if err != nil {
		return err
	}
	if !o.immediate {
		if err := o.publish(c, entries); err != nil {
			return err
		}
	}
	return o.remove(c, marker(c.Job()))
}

func (o Output) publish(c connect.CommitContext, entries []fs.DirEntry) error {
	there := make(map[string]bool, len(entries))
	for _, e := range entries {
		there[e.Name()] = true
	}
	names, err := o.parts(c, entries)
	if err != nil {
		return err
	}
	for _, name := range names {
		if there[name] && !o.overwrite {
			return fmt.Errorf("file: %s has appeared while the job ran and is not overwritten", filepath.Join(o.dir, name))
		}
	}
	if o.overwrite {
		if err := o.removeParts(c, entries); err != nil {
			return err
		}
	}
	for i, name := range names {
		from, to := filepath.Join(o.dir, unpublished(name, c.Job())), filepath.Join(o.dir, name)
		if err := c.Files().Rename(from, to); err != nil {
			o.withdraw(c, names[:i])
			return failed("publish", to, err)
		}
	}
	return nil
}

// parts returns the names of the files that the job is to publish, in order. Each subtask
// has left one, or more if there were others before it: see [NewWriter].
func (o Output) parts(c connect.CommitContext, entries []fs.DirEntry) (names []string, err error) {
	left := make([]bool, c.Parallelism())
	for _, e := range entries {
		hidden, ours := strings.CutSuffix(e.Name(), "."+fileSafe(c.Job()))
		name, hides := strings.CutPrefix(hidden, ".")
		if ours && hides && o.isPart(name) {
			names = append(names, name)
			left[o.number(name)%c.Parallelism()] = true
		}
	}
	if missing := slices.Index(left, false); missing >= 0 {
		return nil, fmt.Errorf("file: subtask %d has left no file in %s; "+
			"all processes of a job must see the same directory", missing, o.dir)
	}
	return names, nil
}

// withdraw hides parts again: half of an output is worse than none.
// What cannot be hidden stays; the error of publishing says that it failed.
func (o Output) withdraw(c connect.CommitContext, names []string) {
	for _, name := range names {
		_ = c.Files().Rename(filepath.Join(o.dir, name), filepath.Join(o.dir, unpublished(name, c.Job())))
	}
}

// Abort removes what the job has left: unpublished files of all its writers and
// the directory, if the job has made it and nothing else is in it. It removes as
// much as it can and returns the errors.
func (o Output) Abort(c connect.CommitContext) error {
	entries, err := o.entries(c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var errs []error
	left := len(entries)
	for _, e := range entries {
		part, ours := strings.CutSuffix(e.Name(), "."+fileSafe(c.Job()))
		part, ours2 := strings.CutPrefix(part, ".")
		if !ours || !ours2 || !o.isPart(part) {
			continue
		}
		if err := o.remove(c, e.Name()); err != nil {
			errs = append(errs, err)
			continue
		}
		left--
	}
	created, err := o.unmark(c, entries)
	if err != nil {
		errs = append(errs, err)
	} else if created && left == 1 { // the marker
		if err := c.Files().Remove(o.dir); err != nil {
			errs = append(errs, failed("remove", o.dir, err))
		}
	}
	return errors.Join(errs...)
}

// removeParts removes the visible part files of the same format.
func (o Output) removeParts(c connect.CommitContext, entries []fs.DirEntry) error {
	for _, e := range entries {
		if e.IsDir() || !o.isPart(e.Name()) {
			continue
		}
		if err := o.remove(c, e.Name()); err != nil {
			return err
		}
	}
	return nil
}

func (o Output) remove(c connect.CommitContext, name string) error {
	path := filepath.Join(o.dir, name)
	if err := c.Files().Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed("remove", path, err)
	}
	return nil
}

func (o Output) entries(c connect.CommitContext) ([]fs.DirEntry, error) {
	if info, err := c.Files().Stat(o.dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("file: %s is a file, not a directory to write to", o.dir)
	}
	entries, err := c.Files().List(o.dir)
	if err != nil {
		return nil, failed("list", o.dir, err)
	}
	return entries, nil
}

// The marker is a hidden file that shows which job writes to a directory. It
// says whether the job has made the directory, because nothing else passes from
// Prepare to Abort.
func marker(job string) string { return ".writing." + fileSafe(job) }

const madeDirectory = "made the directory\n"

func (o Output) mark(c connect.CommitContext, created bool) error {
	path := filepath.Join(o.dir, marker(c.Job()))
	f, err := c.Files().Create(path)
	if err != nil {
		return failed("write to the directory", o.dir, err)
	}
	if created {
		_, err = io.WriteString(f, madeDirectory)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return failed("write", path, err)
	}
	return nil
}

// unmark removes the marker and tells what it said.
func (o Output) unmark(c connect.CommitContext, entries []fs.DirEntry) (created bool, err error) {
	for _, e := range entries {
		if e.Name() != marker(c.Job()) {
			continue
		}
		path := filepath.Join(o.dir, e.Name())
		f, err := c.Files().Open(path)
		if err != nil {
			return false, failed("read", path, err)
		}
		text, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return false, failed("read", path, err)
		}
		return string(text) == madeDirectory, o.remove(c, e.Name())
	}
	return false, nil
}
