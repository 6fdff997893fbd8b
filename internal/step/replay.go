package step

import (
	"errors"
	"io"
	"time"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// Replay is a source of the records that a quarantine has of one input of an operator. A
// split is a file, named by its ID; element is of the records' type, and timed says that
// they have event times. A last entry that is cut off is left out.
func Replay(element operator.Element, input int, timed bool) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return operator.Instance{Body: &replayStep{
			ctx: w.Context, element: element, input: int32(input), timed: timed,
			deliver: element.Deliver(w.Outputs[0], w.Out(0)),
		}}, nil
	}
}

type replayStep struct {
	ctx     *operator.Context
	element operator.Element
	deliver func(operator.Carrier) error
	input   int32
	timed   bool
	file    *quarantine.File // that is being read
}

func (s *replayStep) Poll() (operator.Status, time.Time, error) {
	if s.file == nil {
		split, ok, done := s.ctx.Spec().Splits.Next()
		switch {
		case done:
			return operator.Ended, time.Time{}, nil
		case !ok:
			return operator.Idle, time.Time{}, nil
		}
		var err error
		if s.file, err = quarantine.Open(s.ctx.Spec().Host.Files(), split.ID); err != nil {
			return 0, time.Time{}, s.ctx.Fail(err, -1, nil)
		}
	}
	batch, err := s.read()
	if err == nil && batch != nil {
		err = s.deliver(batch)
		batch.Release()
	}
	return operator.More, time.Time{}, s.ctx.Fail(err, -1, nil)
}

// read returns the next batch of the file, nil if there is none. It closes the file when
// it has come to its end.
func (s *replayStep) read() (operator.Carrier, error) {
	var rows []byte
	var times []int64
	n := 0
	for n < operator.MaxBatch {
		e, err := s.file.Next()
		if err == io.EOF || errors.Is(err, quarantine.ErrTorn) {
			if err := s.Close(true); err != nil {
				return nil, err
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if e.Input != s.input {
			continue
		}
		n++
		rows, times = append(rows, e.Record...), append(times, e.Time)
	}
	if n == 0 {
		return nil, nil
	}
	batch := appendCount(nil, n, s.timed)
	if s.timed {
		batch = appendTimes(batch, times)
	}
	return s.element.Decode(append(batch, rows...))
}

// Close implements operator.Closer.
func (s *replayStep) Close(bool) error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
