package keyed

import (
	"io"

	"github.com/thalweg/thalweg/internal/keygroup"
)

// Backend keeps what one operator knows of its keys in one subtask. All of it is for the
// subtask's goroutine.
//
// The handles of states speak of slots of a [Scope], which are memory. [Slots] has a slot
// for every key. A backend of more keys than memory has room for gives slots to those
// that were used last, in Enter, and writes and reads the others as entries of a
// snapshot; keys that have timers keep their slots.
//
// The conformance suite in keyedtest says what every backend does.
type Backend[K any] interface {
	// Scope returns where states and timers are declared, before the first key.
	Scope() *Scope

	// Enter makes a key the current one, whether it is known or not; hash is that of the
	// key's type. The key's memory stays the caller's. [Scope.Leave] ends it.
	Enter(hash uint64, key *K) error

	// Current returns the current key. It is valid until [Scope.Leave].
	Current() *K

	// Len returns how many keys are known: those that hold something.
	Len() int

	// EachKey makes each known key the current one, in no order, and calls f, which may
	// change what the key holds. It ends at the first error. There must be no current
	// key.
	EachKey(f func() error) error

	// Snapshot begins a snapshot of what all keys hold at this moment. There must be no
	// current key, and no other snapshot that is not closed.
	Snapshot() (Snapshot, error)

	// Restore adds the keys of some groups from a snapshot, and skips the others. All
	// states are declared and there is no current key; of none of the keys anything may
	// be known yet. A snapshot of another program is an error, and so are bytes that are
	// no snapshot; the backend is to be given up then.
	Restore(r io.Reader, groups keygroup.Range) error
}

// Snapshot is what all keys held when it began. Between the calls of Next the backend may
// be used as if there were none.
type Snapshot interface {
	// Next writes the next part: the header, a key group, or the end. It returns false
	// when that was the last one. After an error the snapshot is worth nothing.
	Next(w io.Writer) (more bool, err error)

	// Close ends the snapshot, whether all of it was written or not.
	Close()
}

// Write writes all of a snapshot, and closes it.
func Write(s Snapshot, w io.Writer) error {
	defer s.Close()
	for {
		more, err := s.Next(w)
		if !more || err != nil {
			return err
		}
	}
}
