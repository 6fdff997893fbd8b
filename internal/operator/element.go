package operator

import (
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// Element does for batches of one record type what the untyped runtime cannot.
// It is made where the type is known and is safe for concurrent use.
type Element interface {
	// Schema describes the record type.
	Schema() *types.Schema

	// RowSize is the fixed size of a row in memory, in bytes.
	RowSize() int

	// Link returns a collector in front of next that counts what passes, and
	// times it while the stopwatch is on. next is a Collector of the element's
	// type, as is what is returned. A nil to is the end of the chain.
	Link(next any, from, to *metrics.Operator, watch *metrics.Stopwatch) any

	// Fan returns a collector that hands every batch to all of the collectors.
	// One that is done gets no more; the fan is done when all are.
	Fan(collectors []any) any

	// Discard returns a collector that drops what it gets: the output nobody reads.
	Discard() any

	// Deliver returns a function that hands the rows of a batch to the collector, and
	// their times to the stamps if there are any. It does not release the batch.
	Deliver(collector any, stamps *Stamps) func(Carrier) error

	// Take returns a collector that lends every batch, with times if there are stamps,
	// to a function. The batch is not to be released.
	Take(take func(Carrier) error, stamps *Stamps) any

	// Gather returns a collector that keeps all rows within the share, and a
	// function that returns them as a []T.
	Gather(share *memory.Share) (collector any, rows func() any)

	// Spool returns the operator that keeps rows until there are no more.
	Spool() Factory

	// Writer returns the end of a chain: a collector that distributes rows over
	// the outlets of a route.
	Writer(Route) (Writer, error)

	// Encode appends a batch's rows to dst; Decode makes a batch of such bytes,
	// which may be hostile. Aliases says whether decoded rows share memory with
	// the bytes, which then belong to the rows.
	Encode(dst []byte, batch Carrier) []byte
	Decode(src []byte) (Carrier, error)
	Aliases() bool
}

// Ship says how the rows of an edge are distributed over the subtasks that
// receive them.
type Ship uint8

const (
	Forward   Ship = iota // to the subtask of the same number
	Hash                  // by key, so that equal keys meet
	Rebalance             // in turn
	Broadcast             // to all
	Global                // to subtask 0
	Custom                // by the user's partitioner
	Range                 // by order: none of one subtask comes behind any of the next
	Shuffle               // each row to any
	Rescale               // in turn to those with numbers that are about as far on
)

func (s Ship) String() string {
	return [...]string{"forward", "hash", "rebalance", "broadcast", "global", "custom", "range", "shuffle", "rescale"}[s]
}

// Selector chooses a receiving subtask for each row.
type Selector[T any] interface {
	// Select writes a number from 0 to n-1 for every row.
	Select(rows []T, targets []int32, n int) error
}

// KeyGroups is the number of groups the hashes of keys are divided into, and so the
// largest parallelism.
const KeyGroups = keygroup.Count

// Route is where a writer sends to.
type Route struct {
	Context  *Context // of the operator whose output it is
	Ship     Ship
	Selector any      // for Hash, Custom, Range and Shuffle: makes a Selector[T]
	Outlets  []Outlet // one for each receiving subtask
	First    int      // where Rebalance begins
	Stamps   *Stamps  // of the rows it gets
	Await    Await

	// Refused is the quarantine of the operator that receives, for records that nobody
	// can be chosen for; nil: they fail the job. They come to its input Input.
	Refused *quarantine.Writer
	Input   int
}

// Outlet is the sending end of a channel to one subtask. It belongs to the
// sending task.
type Outlet interface {
	// Offer hands over a batch, with one ownership, or an event. It returns false
	// and takes nothing while the channel is full; the sender's parker gets a
	// permit when that changes.
	Offer(Carrier, Event) bool
}

// Await blocks the task until ready returns true, and counts the time as
// back-pressure. ready is called after every permit of the task's parker. The
// error says that the job is cancelled.
type Await func(ready func() bool) error

// Writer is the sending side of an exchange in one subtask. It is also a
// Collector of its element type.
type Writer interface {
	// Flush sends what is buffered.
	Flush() error

	// Send sends what is buffered and then the event to every receiving subtask.
	Send(Event) error

	// Close releases what is buffered.
	Close()
}

// Event travels between batches and keeps its place among them.
type Event interface{ Kind() EventKind }

// EventKind numbers events in frames.
type EventKind uint8

// The kinds of events.
const (
	EndEvent       EventKind = 1 + iota // [EndOfInput]
	WatermarkEvent                      // [Watermark]
	BarrierEvent                        // [Barrier]
)

// EndOfInput is the last thing a channel carries.
type EndOfInput struct{}

// Kind returns EndEvent.
func (EndOfInput) Kind() EventKind { return EndEvent }
