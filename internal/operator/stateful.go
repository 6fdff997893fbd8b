package operator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/types"
)

// Stateful is an operator that remembers something of the records it has got. What it
// remembers is part of every checkpoint, and comes back in the attempt that goes on from
// there, in which the operator may have another number of subtasks.
//
// The task says how far event time has come after Restore, by [Marker]: operators do not
// store that themselves.
type Stateful interface {
	// Snapshot returns what the operator remembers at this moment, between two batches,
	// behind a barrier in all of its inputs. It may send before that what it keeps back;
	// operators behind it are asked afterwards. Parts that hold bytes are not to be
	// changed any more.
	Snapshot() ([]Part, error)

	// Restore makes the operator remember what is for this subtask. It is called after
	// Open and before any batch, at most once. Its error ends the attempt.
	Restore(State) error
}

// Syncer is a Stateful operator that writes outside. Sync is called after Snapshot, and may
// return a function that makes last what was written before: another goroutine calls it
// before the snapshot counts, while the operator goes on.
type Syncer interface{ Sync() func() error }

// Committer is told when a checkpoint is complete: what was prepared for it may be made
// visible. It is called between two batches, and may be told of some checkpoints only, but
// of each after all before it.
type Committer interface {
	Committed(checkpoint int64) error
}

// SplitSource is a source that can say how far it has come: how many of the splits that it
// was given it has begun, in their order, and those of them that are not read to the end,
// with the position at which their next record begins.
type SplitSource interface {
	Progress() (begun int, reading []connect.Split, err error)
}

// Barrier is the mark of a checkpoint: all records that a channel carries before it belong
// to the checkpoint, none behind it does. Numbers go up.
type Barrier struct{ ID int64 }

// Kind returns BarrierEvent.
func (Barrier) Kind() EventKind { return BarrierEvent }

// Part is a piece of what an operator remembers in one subtask.
type Part struct {
	Name  string // tells it from the operator's others
	Share Share

	// Keys writes a Keyed part, while the operator goes on.
	Keys KeySnapshot

	// Schema describes the rows of other parts, and Rows are those, by themselves.
	Schema *types.Schema
	Rows   [][]byte
}

// Share says which subtasks get what of a part.
type Share uint8

const (
	Keyed Share = iota // each subtask gets the keys of its groups
	Dealt              // each row goes to one subtask
	Union              // every subtask gets all rows of all subtasks
	Alike              // all subtasks remember the same: every one gets the rows of any one
)

func (s Share) String() string { return [...]string{"keyed", "dealt", "union", "alike"}[s] }

// KeySnapshot is what all keys of a subtask held when it began. Between the calls of Next
// the operator goes on as if there were none. What it writes is in the order of key
// groups and says where each begins, so that a reader may pass over those of others.
type KeySnapshot interface {
	// Next writes the next piece. It returns false when that was the last one. After an
	// error the snapshot is worth nothing.
	Next(io.Writer) (more bool, err error)

	// Close ends the snapshot, whether all of it was written or not.
	Close()
}

// State is what a checkpoint has for an operator in one subtask.
type State interface {
	// Keys calls f with the streams of a Keyed part that have groups of this subtask, as
	// their [KeySnapshot] has written them.
	Keys(part string, f func(io.Reader) error) error

	// Rows calls f with the rows of another part that are for this subtask. schema is what
	// the operator makes of them; rows of another one are an error.
	Rows(part string, schema *types.Schema, f func(row []byte) error) error
}

// PartOf returns a part of rows.
func PartOf[T any](name string, share Share, t *types.Type[T], rows []T) Part {
	p := Part{Name: name, Share: share, Schema: t.Schema(), Rows: make([][]byte, len(rows))}
	for i := range rows {
		p.Rows[i] = t.Append(nil, &rows[i])
	}
	return p
}

// RowsOf returns the rows of a part that [PartOf] has made.
func RowsOf[T any](s State, name string, t *types.Type[T]) (rows []T, err error) {
	err = s.Rows(name, t.Schema(), func(b []byte) error {
		var row T
		n, err := t.Decode(b, &row)
		if err == nil && n != len(b) {
			err = errors.New("there is more than a row")
		}
		rows = append(rows, row)
		return err
	})
	return rows, err
}

// SameSchema returns an error unless rows that were stored with a schema can be read as
// those of another one. what names them.
func SameSchema(what string, stored json.RawMessage, want *types.Schema) error {
	text, err := json.Marshal(want)
	if err != nil || string(text) == string(stored) {
		return err
	}
	var s types.Schema
	if err := json.Unmarshal(stored, &s); err != nil {
		return fmt.Errorf("%s has no schema that can be read: %w", what, err)
	}
	return fmt.Errorf("%s had another type when it was stored: %s, now %s", what, &s, want)
}
