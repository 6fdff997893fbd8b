// Package quarantine keeps what operators could not deal with: records whose user
// function panicked, records without a time, input that is no record. Each entry has
// the record as a binary row with its schema, so that it can be shown without the
// program and sent through the operator again. Floor 1.
//
// A quarantine is a directory with a file for each operator and subtask that has refused
// anything. Files are appended to and never changed; every entry is written when it is
// refused, so that it is there however the job ends.
package quarantine

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/thalweg/thalweg/internal/host"
)

// Kind says why an entry was refused.
type Kind string

// The kinds.
const (
	Panic  Kind = "panic"  // user code panicked
	Failed Kind = "error"  // what user code returned cannot be used
	Key    Kind = "key"    // the function that computes its key, or where it goes, panicked
	Time   Kind = "time"   // it has no event time, or one that cannot be
	Late   Kind = "late"   // it came too late, and nobody reads what is late
	Timer  Kind = "timer"  // a timer's function panicked; there is no record
	Decode Kind = "decode" // a piece of input that is no record
	Sink   Kind = "sink"   // the sink cannot write it

	// What user code panicked with when that is no single record.
	Window Kind = "window" // a pane of a window
	Group  Kind = "group"  // the records of a key
	Pair   Kind = "pair"   // two records of a join
)

// Operator is who refused. A replay finds it by kind, name and place among those of
// the same kind and name; where it stands in the program's text may change.
type Operator struct {
	Node  int    `json:"node"` // in the graph
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Place int    `json:"place"` // among the operators of that kind and name, from 0
	Site  string `json:"site"`  // the user's file and line
}

// Origin says where the entries of a file come from.
type Origin struct {
	Program     string   `json:"program"`
	Job         string   `json:"job"`
	Operator    Operator `json:"operator"`
	Subtask     int      `json:"subtask"`
	Parallelism int      `json:"parallelism"`
}

// Entry is what was refused.
type Entry struct {
	Kind   Kind
	Input  int32  // which input of the operator the record came to; -1: there is no single record
	Number int64  // the record's number among those the subtask has received; -1: unknown
	Timed  bool   // the record has an event time
	Time   int64  // it, in nanoseconds since the Unix epoch
	At     int64  // the engine's clock when it was refused, in nanoseconds since the epoch
	Key    string // its key as text, if it has one
	Cause  string
	Stack  string // of the panic
	Record []byte // a row of the input's schema

	// Of a piece of input: where it comes from, where it starts there and its size in
	// bytes, and the piece, cut where it is long. Of a window, group or pair: which one it
	// is, the number of its records, 0 if that is not known, and a part of it as text.
	Source string
	Offset int64
	Size   int64
	Piece  []byte
}

// String is one line for readers, without the record.
func (e *Entry) String() string {
	if e.Kind == Decode {
		return fmt.Sprintf("%s at byte %d: %s", e.Source, e.Offset, e.Cause)
	}
	return e.Cause
}

// extension ends the names of files of a quarantine.
const extension = ".quarantine"

// FileName is the name of the file of a subtask of an operator. fetch numbers the job
// among those of its program; sender is the operator whose subtask distributes the
// records that the operator gets and has found them wanting, -1 for the operator itself.
func FileName(fetch, node, sender, subtask int) string {
	name := fmt.Sprintf("%d-%d-%d", fetch, node, subtask)
	if sender >= 0 {
		name = fmt.Sprintf("%d-%d-from-%d-%d", fetch, node, sender, subtask)
	}
	return name + extension
}

// Prepare makes a directory for a new quarantine. One with anything in it is refused:
// what was refused in different runs is not mixed.
func Prepare(files host.FileSystem, dir string) error {
	if err := files.MkdirAll(dir); err != nil {
		return fmt.Errorf("the quarantine: %w", err)
	}
	list, err := files.List(dir)
	if err != nil {
		return fmt.Errorf("the quarantine: %w", err)
	}
	if len(list) > 0 {
		return fmt.Errorf("the quarantine %s is not empty: move it away, or name another directory", dir)
	}
	return nil
}

// List returns the paths of a quarantine's files, sorted. A directory with other files
// is no quarantine.
func List(files host.FileSystem, dir string) ([]string, error) {
	list, err := files.List(dir)
	if err != nil {
		return nil, fmt.Errorf("the quarantine: %w", err)
	}
	var paths []string
	for _, f := range list {
		if f.IsDir() || !strings.HasSuffix(f.Name(), extension) {
			return nil, fmt.Errorf("%s is no quarantine: %s does not belong to one", dir, f.Name())
		}
		paths = append(paths, path.Join(dir, f.Name()))
	}
	return paths, nil
}

// ErrTorn is the error of a file whose last entry is not there as a whole: the process
// that wrote it has died. All entries before it were read.
var ErrTorn = errors.New("its last entry is cut off")
