package step

import (
	"errors"
	"io"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
)

// Spool keeps all batches, encoded, in memory as far as its share goes, and sends
// them on in their order when there are no more: the blocking exchange. It is not
// generic, since every record type of a program has one.
func Spool(element operator.Element) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &spoolStep{
			ctx: w.Context, element: element,
			blocks:  outofcore.NewBlocks(room(w.Context)),
			deliver: element.Deliver(w.Outputs[0]),
		}
		return operator.Instance{Inputs: []any{element.Take(s.keep)}, Body: s}, nil
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
	buffer  []byte
	deliver func(operator.Carrier) error
}

func (s *spoolStep) keep(batch operator.Carrier) error {
	s.buffer = s.element.Encode(s.buffer[:0], batch)
	return s.ctx.Fail(s.blocks.Add(s.buffer), -1, nil)
}

func (s *spoolStep) Finish() error {
	if err := s.blocks.Seal(); err != nil {
		return s.ctx.Fail(err, -1, nil)
	}
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

func (s *spoolStep) Close(bool) error {
	s.blocks.Close()
	return nil
}

// Spool implements operator.Element.
func (e *Element) Spool() operator.Factory { return Spool(e) }
