// Package connect says what a source and a sink must do. Floor 1.
//
// A source lists its input as splits once, in the process that runs the job;
// every subtask of the source then asks for one split after the other and reads
// it to its end through a [Reader]. A sink opens a [Writer] in every subtask;
// what only one place may do (refuse to overwrite, publish, clean up) it does in
// the optional [Preparer] and [Committer].
//
// Sources and sinks are part of the program: they are built anew in every
// process of a job from the same arguments, so they hold configuration, never
// open files. Their String method describes that configuration; it is shown by
// explain and belongs to the job's fingerprint.
//
//	type Source struct{ From, To int64 }
//	func (s Source) Bounded() bool                            { return true }
//	func (s Source) Splits(c SplitContext) ([]Split, error)   { … }
//	func (s Source) Open(c ReaderContext, p Split) (Reader[int64], error) { … }
package connect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// Source describes an input of records of type T.
type Source[T any] interface {
	fmt.Stringer

	// Bounded reports whether every split ends by itself.
	Bounded() bool

	// Splits lists the pieces to read. It runs once for each execution of the
	// job, before any task starts; its error refuses the job. No splits are an
	// empty input.
	Splits(SplitContext) ([]Split, error)

	// Open returns a reader that stands at the beginning of the split.
	Open(ReaderContext, Split) (Reader[T], error)
}

// Limited is implemented by sources that cannot use more than a number of
// subtasks; what follows such a source is distributed over more.
type Limited interface{ MaxParallelism() int }

// Interleaved is implemented by sources whose splits go on at the same time, such as
// the partitions of a queue: a subtask reads several of them side by side.
type Interleaved interface {
	// Together returns how many splits each of so many subtasks reads at a time.
	Together(subtasks int) int
}

// Checked is implemented by sources and sinks that know at once that they were
// asked for something impossible: the program is refused at the user's line.
type Checked interface{ Err() error }

// Split is one piece of a source's input, read by one reader at a time. It
// travels to the process that reads it.
type Split struct {
	ID   string // names the piece in errors and figures; unique within the source and the same in every run
	Size int64  // how much there is to read, in bytes for files, else in records; 0 if unknown
	Data []byte // the source's own description of the piece

	// Later is how many turns of splits come after its own: those of a turn are read when
	// all of the turns before have been read by all subtasks, see [Then]. Splits are listed
	// in the order of their turns.
	Later int `json:",omitempty"`

	// Position is where to begin, as a reader of this split has said, see [Positioned];
	// empty: at the beginning.
	Position []byte `json:",omitempty"`

	// Skip and SkipRejected are how many records, and rejected pieces of input, from there on
	// the engine drops, because they were read before a checkpoint. Readers need not look at
	// them.
	Skip, SkipRejected int64 `json:",omitempty"`
}

// Repeatable is implemented by sources whose splits give the same records in the same
// order whenever they are read. A job that is restored from a checkpoint reads their splits
// again and drops what it had read. Of a source that is neither that nor has readers that
// are [Positioned], what came after the checkpoint is lost.
type Repeatable interface{ Repeatable() bool }

// Positioned is implemented by readers that can say where they are.
type Positioned interface {
	// Position returns where the record begins that Read returns next. It is called
	// between two Reads. [Split].Position brings it back to Open, perhaps in another
	// process.
	Position() ([]byte, error)
}

// Reader reads one split. It belongs to one goroutine.
type Reader[T any] interface {
	// Read fills rows from the front and returns how many it filled, like
	// io.Reader: io.EOF (with or without rows) ends the split. It must not block
	// for input that may never come: it returns [Wait] (with or without rows)
	// after it has arranged for ReaderContext.Wake or WakeAt. The rows and what
	// they refer to are given away: the reader must not touch that memory again.
	Read(rows []T) (int, error)

	// Close releases what the reader holds and makes its goroutines end; the
	// engine waits for them. It is called exactly once, whatever happened before.
	Close() error
}

// Wait is returned by Reader.Read when there is nothing to read now.
var Wait = errors.New("connect: no input at the moment")

// Files is the file system that sources and sinks use.
type Files = host.FileSystem

// SplitContext is what a source may use to list its splits.
type SplitContext interface {
	context.Context

	// Parallelism is the number of subtasks that will read.
	Parallelism() int
	Files() Files
}

// ReaderContext is what a reader may use. Methods are for the reader's own
// goroutine unless they say otherwise.
type ReaderContext interface {
	Subtask() int     // from 0
	Parallelism() int // subtasks of the source

	Files() Files
	Now() time.Time // the engine's clock

	// Dial connects to a server. Any goroutine may call it; it ends when the job
	// does.
	Dial(network, address string) (net.Conn, error)

	// Go starts a goroutine on behalf of the reader. The reader's Close makes it
	// end, and the engine waits for it.
	Go(func())

	// Wake makes the engine call Read again. Any goroutine may call it.
	Wake()

	// WakeAt makes the engine call Read again at that time; a later call
	// replaces an earlier one.
	WakeAt(time.Time)

	// Quarantine hands over a piece of input that is no record. Its error means
	// that the source's budget is used up; Read returns it as it is.
	Quarantine(Rejected) error

	// AddBytes counts input consumed, in the unit of Split.Size, for progress.
	AddBytes(int64)
}

// Rejected is a piece of input that could not become a record: what the
// quarantine output of a source carries. In a result it can also be a record that an
// operator has put into the quarantine of the job: its offset is -1, and its origin the
// place in the program, the subtask and the record.
type Rejected struct {
	Operator string // the source's name; filled in by the engine
	Origin   string // the file or address it came from
	Offset   int64  // where it starts in Origin, in bytes (of the decompressed content)
	Input    []byte // the piece itself; cut to MaxRejectedInput bytes
	Size     int64  // its whole length in bytes
	Cause    string // why it is no record
}

// MaxRejectedInput bounds how much of a rejected piece is kept.
const MaxRejectedInput = 4096

// String is one line: origin, offset, cause.
func (r Rejected) String() string {
	if r.Offset < 0 {
		return fmt.Sprintf("%s: %s", r.Origin, r.Cause)
	}
	return fmt.Sprintf("%s at byte %d: %s", r.Origin, r.Offset, r.Cause)
}
