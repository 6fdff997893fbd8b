package operator

import (
	"math"

	"github.com/thalweg/thalweg/internal/metrics"
)

// Event time is counted in nanoseconds since the Unix epoch. A watermark w says that
// no record with a time before w will come: what waits for times up to w is complete.
const (
	// NoTime is before all times: the watermark of who knows nothing yet, and the time
	// of a record that has none.
	NoTime = math.MinInt64

	// EndOfTime is the watermark of an input that has ended.
	EndOfTime = math.MaxInt64
)

// Stamps are the event times of the rows that go over one link, beside them. The
// sender sets Times before each Collect, to as many as there are rows; the receiver
// may read them until it returns. Links of operators whose records have no times have
// no stamps: a nil pointer.
type Stamps struct{ Times []int64 }

// In returns the stamps of an input, Out those of an output port; nil if its records
// have no times.
func (w Wiring) In(input int) *Stamps { return at(w.Received, input) }

// Out is described at In.
func (w Wiring) Out(port int) *Stamps { return at(w.Sent, port) }

func at(list []*Stamps, i int) *Stamps {
	if i >= len(list) {
		return nil
	}
	return list[i]
}

// Watermark is how far event time has come on a channel or in a chain. It is an event
// of its channel, and holds for the rows behind it.
type Watermark struct {
	Time int64

	// Idle says that nothing comes at the moment and nobody should wait: the others
	// alone decide how far time has come. Rows, or another watermark, end it.
	Idle bool

	// Lap is how often a loop has sent word round since its beginning, behind the rows
	// that were in it before.
	Lap Lap
}

// Lap is a round of word through a loop. Where channels meet, the least number counts of
// those that have not ended, so word goes on when it has come on all of them; those that
// do not belong to the loop never carry any, so it waits until they have ended.
type Lap struct {
	Number int64 // from 1; 0: there was none yet
	Busy   int64 // the last lap during which a record came back to where it began, in any subtask
}

// LastLap is the number of what has ended.
const LastLap = math.MaxInt64

// Kind returns WatermarkEvent.
func (Watermark) Kind() EventKind { return WatermarkEvent }

// Marker is an operator that does something when event time goes on, or decides how far
// it goes. The task tells it how far time has come at its input, whenever that may have
// changed and before every flush; the answer is how far it has come at its outputs. An
// operator that is no Marker answers with what it is told. Times it is told never go
// back. A lap that it is told it passes on, once no record that came before is kept back.
type Marker interface {
	Advance(in Watermark) (out Watermark, err error)
}

// Stander is an operator that can say more about how it stands in event time than how
// far that has come. It is asked by its task, between batches.
type Stander interface {
	Stand(*metrics.Standing)
}

// Lacker is a Stander whose windows may wait for a number of records that does not come.
type Lacker interface {
	Lack(*metrics.Standing)
}

// Lane is what the operators of one task know of each other.
type Lane struct {
	// Split numbers the split whose rows the source of the task is sending, from 0 in
	// the order in which they were begun; -1 before the first one.
	Split int

	// Watchers are told when the source begins a split and when one has ended.
	Watchers []SplitWatcher

	// Holders say which splits the source is not to read at the moment.
	Holders []SplitHolder

	// Early says that the source is reading splits behind which others come, which are
	// waited for: none is idle.
	Early bool

	// Halted is for how many nanoseconds back-pressure has kept the task from reading
	// its input.
	Halted func() int64
}

// SplitHolder is a [SplitWatcher] that may hold splits back. The task is woken when a
// split may be read that could not.
type SplitHolder interface{ Held(split int) bool }

// SplitWatcher is an operator in the chain of a source that treats splits apart.
type SplitWatcher interface {
	SplitBegun(split int, id string)
	SplitEnded(split int)
	LastSplitBegun() // or asked for: there are no others than those that have begun
}
