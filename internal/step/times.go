package step

import (
	"encoding/binary"
	"errors"

	"github.com/thalweg/thalweg/internal/operator"
)

// A batch begins with twice the number of its rows, plus one if they have times, as a
// uvarint. A signed varint for each time follows: the first one, and of each other one
// the difference from the one before, which wraps around.

// appendCount writes the beginning of a batch.
func appendCount(dst []byte, rows int, timed bool) []byte {
	n := uint64(rows) << 1
	if timed {
		n |= 1
	}
	return binary.AppendUvarint(dst, n)
}

// decodeCount reads what appendCount wrote; used is not positive if that cannot be.
func decodeCount(src []byte) (rows uint64, timed bool, used int) {
	n, used := binary.Uvarint(src)
	return n >> 1, n&1 == 1, used
}

// appendTimes writes the times of a batch.
func appendTimes(dst []byte, times []int64) []byte {
	before := int64(0)
	for _, t := range times {
		dst = binary.AppendVarint(dst, t-before)
		before = t
	}
	return dst
}

var errTimes = errors.New("its times end too early")

// decodeTimes appends the times of n rows and says how many bytes they took.
func decodeTimes(src []byte, n int, times []int64) (decoded []int64, used int, err error) {
	before := int64(0)
	for range n {
		d, size := binary.Varint(src[used:])
		if size <= 0 {
			return times, 0, errTimes
		}
		used += size
		before += d
		times = append(times, before)
	}
	return times, used, nil
}

// timesOf returns the times of the rows an operator gets, nil if they have none.
func timesOf(from *operator.Stamps) []int64 {
	if from == nil {
		return nil
	}
	return from.Times
}

// stamped is what an operator with one input and one output, which makes one record of
// each, does for their times, piece by piece.
type stamped struct {
	in, sent *operator.Stamps
	times    []int64 // of the rows that are left
}

func stampedBy(w operator.Wiring) stamped { return stamped{in: w.In(0), sent: w.Out(0)} }

// start begins a batch.
func (s *stamped) start() { s.times = timesOf(s.in) }

// pass sets the times of the next n rows.
func (s *stamped) pass(n int) {
	if s.sent != nil {
		s.sent.Times, s.times = s.times[:n], s.times[n:]
	}
}

// doneIsNothing is the error of an output that is not the only one: that it wants no
// more is none.
func doneIsNothing(err error) error {
	if errors.Is(err, operator.ErrDone) {
		return nil
	}
	return err
}

// drop leaves out the next n rows.
func (s *stamped) drop(n int) {
	if s.times != nil {
		s.times = s.times[n:]
	}
}
