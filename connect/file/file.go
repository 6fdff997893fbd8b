// Package file is what the formats that live in files share: finding files,
// splitting them, reading their lines, and writing one file per subtask. Floor 2.
//
// Programs use the formats (packages text, csv and jsonl) and from here only the
// options. A new format is written with the rest: an [Input] lists the splits and
// opens the [Lines] of each, an [Output] prepares and publishes a directory, and a
// [Writer] turns records into the bytes of one file in it.
//
//	text.Read("logs/2026-*", file.Recursive(), file.MaxLine(1<<20))
//	text.Write[Event]("out", file.Overwrite(), file.Zstd())
//
// Invariants:
//
//  1. However a file is split, each of its lines is read exactly once, by the
//     split it begins in.
//  2. What [Lines] hands out is immutable and never reused.
//  3. Memory is bounded by [MaxLine], whatever the input holds.
//  4. A job that is not [Immediate] shows all of its output or none of it.
package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// Input is a file, a directory or a pattern that a format reads. It holds
// configuration only and can be copied.
//
// A directory stands for the files in it, a pattern (see [path/filepath.Match])
// for what it matches; a matched directory stands for the files in it, too.
// Below the given path, names that begin with "." or "_" are skipped: by custom
// they are not data. In a pattern they are matched by an element that begins with
// the same character. Symbolic links to files are followed, those to directories
// only where the path itself names them. Files are read in the order of their
// names, directory by directory.
//
// Files ending in .gz, .gzip, .zst and .bz2 are decompressed. Each of them is one
// split; other files are split by byte ranges.
type Input struct {
	path      string
	recursive bool
	whole     bool
	maxLine   int
	places    int // 0: all of the files is read
	spread    int // the places of [Input.Sampled]; 0: this is no such sample
	err       error
}

// NewInput describes an input. Options that are of no use for reading are
// reported by Err.
func NewInput(path string, opts ...Option) Input {
	in := Input{path: path, maxLine: DefaultMaxLine}
	if path == "" {
		in.err = errors.New("file: the path to read is empty")
	}
	for _, o := range opts {
		if o.read == nil {
			in.err = errors.Join(in.err, fmt.Errorf("file: %s is no option for reading", o))
			continue
		}
		if err := o.read(&in); err != nil {
			in.err = errors.Join(in.err, err)
		}
	}
	return in
}

// Err says what is wrong with the configuration, or nil.
func (in Input) Err() error { return in.err }

// Whole returns the input with its files not split.
func (in Input) Whole() Input {
	in.whole = true
	return in
}

// Sampled returns an input of the lines at so many places, for the Sample method of a
// format's source (see [connect.Sampled]). Of files that cannot be split, the beginning
// is read; of those compressed by bzip2, whose blocks are large, nothing.
func (in Input) Sampled(places int) Input {
	in.spread = max(places, 1)
	return in
}

// Bounded reports that files end.
func (in Input) Bounded() bool { return true }

// Repeatable implements [connect.Repeatable]: files do not change while a job runs.
func (in Input) Repeatable() bool { return true }

// Describe prints a call as it stands in a program, for the String methods of
// sources and sinks.
func Describe[O fmt.Stringer](call, path string, opts []O) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s(%q", call, path)
	for _, o := range opts {
		b.WriteString(", " + o.String())
	}
	b.WriteByte(')')
	return b.String()
}

// failed is the error of an operation on a path. File systems name the path in
// different ways; the result names it exactly once.
func failed(doing, path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // io.EOF would look like the regular end of the input
	}
	return fmt.Errorf("file: cannot %s %s: %w", doing, path, err)
}

// reject hands a piece of a file to the quarantine.
func reject(c connect.ReaderContext, origin, input string, offset, size int64, cause string) error {
	return c.Quarantine(connect.Rejected{
		Origin: origin,
		Offset: offset,
		Input:  []byte(input[:min(len(input), connect.MaxRejectedInput)]),
		Size:   size,
		Cause:  cause,
	})
}
