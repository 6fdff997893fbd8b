package connect

import (
	"context"
	"fmt"
	"net"
)

// Sink describes an output for records of type T.
type Sink[T any] interface {
	fmt.Stringer

	// Open returns the writer of one subtask.
	Open(WriterContext) (Writer[T], error)
}

// Writer writes the records of one subtask. It belongs to one goroutine.
type Writer[T any] interface {
	// Write takes a batch in order. It may not keep or change rows, nor change
	// what they refer to. An error that is [*Refused] is about one record, any other
	// one ends the job.
	Write(rows []T) error

	// Flush is called when the subtask runs out of input for the moment: what was
	// written so far should become visible, if the sink shows anything before
	// its end.
	Flush() error

	// Close is called exactly once. complete says that all records were written;
	// false means that the job failed or was cancelled.
	Close(complete bool) error
}

// Resumable is implemented by sinks that can take back what they have written since a
// checkpoint: after a failure the output goes on as it was then, so that every record is
// in it exactly once. Their writers are [Checkpointed]. What other sinks have written stays,
// and comes a second time.
type Resumable[T any] interface {
	// Resume opens the writer of a subtask, in place of Open. It gets the positions of the
	// writers of all subtasks at a checkpoint, in the order of their numbers; there may have
	// been another number of them.
	Resume(WriterContext, [][]byte) (Writer[T], error)
}

// Checkpointed is a [Writer] of a [Resumable] sink.
type Checkpointed interface {
	// Checkpoint returns where the output stands behind all that was written so far. sync,
	// if it is not nil, makes that last; another goroutine calls it, while Write may be
	// called.
	Checkpoint() (position []byte, sync func() error, err error)
}

// Refused is the error of a Writer that cannot write a record for what is in it: a value
// that the format has no notation for, a function of the record that panics. All records
// of the batch before it are written, of it nothing is. With a quarantine the record is
// put there, and Write is called with those behind it.
type Refused struct {
	Row   int    // its place in the batch
	Err   error  // why
	Stack string // where its function panicked; "": it did not
}

func (r *Refused) Error() string { return r.Err.Error() }

func (r *Refused) Unwrap() error { return r.Err }

// Preparer is implemented by sinks that must check or create something once,
// before any task starts. An error refuses the job. If the job is tried again and the
// sink is to get all its records anew, Prepare follows an Abort.
type Preparer interface {
	Prepare(CommitContext) error
}

// Committer is implemented by sinks whose output becomes visible as a whole.
// One of the two is called once, after every writer of the job was closed:
// Commit if all of them were complete, else Abort, which must remove what
// writers, even those of processes that died, have left. Abort also follows a
// Commit that failed, and comes between two attempts at the same job, the first of
// which has failed.
type Committer interface {
	Commit(CommitContext) error
	Abort(CommitContext) error
}

// CommitContext is what Prepare, Commit and Abort may use. They run in the
// process that runs the job.
type CommitContext interface {
	context.Context

	// Job is unique for each execution; sinks name unpublished output by it.
	Job() string
	Parallelism() int // subtasks that write
	Files() Files
}

// WriterContext is what a writer may use.
type WriterContext interface {
	Subtask() int     // from 0
	Parallelism() int // subtasks of the sink
	Job() string      // see CommitContext
	Files() Files
	Dial(network, address string) (net.Conn, error) // ends when the job does
	AddBytes(int64)                                 // counts output
}
