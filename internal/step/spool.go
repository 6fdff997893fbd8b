package step

import (
	"errors"
	"io"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
)

// Spool keeps all batches, encoded, in memory as far as its share goes, and sends
// them on in their order when there are no more: the blocking exchange. If the job
// may be tried again it leaves them, once it has them all, for the spool of the next
// attempt. It is not generic, since every record type of a program has one.
func Spool(element operator.Element) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		kept := w.Context.Spec().Kept
		s := &spoolStep{ctx: w.Context, element: element, deliver: element.Deliver(w.Outputs[0], w.Out(0)), kept: kept}
		if kept != nil && kept.Result != nil {
			s.blocks = kept.Result.(*outofcore.Blocks)
		} else {
			s.blocks = outofcore.NewBlocks(room(w.Context), kept != nil)
		}
		return operator.Instance{Inputs: []any{element.Take(s.keep, w.In(0))}, Body: s}, nil
	}
}

// room is what an operator may use of memory and disk.
func room(ctx *operator.Context) outofcore.Room {
	return outofcore.Room{Memory: ctx.Memory(), Space: ctx.Space()}
}

type spoolStep struct {
	ctx     *operator.Context
	element operator.Element
	blocks  *outofcore.Blocks
	kept    *operator.Kept // nil if nothing is to be kept
	buffer  []byte
	deliver func(operator.Carrier) error
}

func (s *spoolStep) keep(batch operator.Carrier) error {
	s.buffer = s.element.Encode(s.buffer[:0], batch)
	return s.ctx.Fail(s.blocks.Add(s.buffer), -1, nil)
}

// Advance keeps event time back: all rows are still to come.
func (s *spoolStep) Advance(operator.Watermark) (operator.Watermark, error) {
	return operator.Watermark{Time: operator.NoTime}, nil
}

func (s *spoolStep) Finish() error {
	if err := s.seal(); err != nil {
		return s.ctx.Fail(err, -1, nil)
	}
	s.blocks.Rewind()
	for {
		if s.element.Aliases() {
			s.buffer = nil // it belongs to the rows that were decoded from it
		}
		var err error
		s.buffer, err = s.blocks.Next(s.buffer[:0])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.ctx.Fail(err, -1, nil)
		}
		batch, err := s.element.Decode(s.buffer)
		if err != nil {
			return s.ctx.Fail(err, -1, nil)
		}
		err = s.deliver(batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
}

// seal ends adding, unless an earlier attempt has.
func (s *spoolStep) seal() error {
	if s.kept != nil && s.kept.Result != nil {
		return nil
	}
	err := s.blocks.Seal()
	if err == nil && s.kept != nil {
		s.kept.Result = s.blocks
	}
	return err
}

func (s *spoolStep) Close(bool) error {
	if s.kept == nil || s.kept.Result == nil {
		s.blocks.Close()
	}
	return nil
}

// Spool implements operator.Element.
func (e *Element) Spool() operator.Factory { return Spool(e) }
