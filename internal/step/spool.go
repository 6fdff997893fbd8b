package step

import (
	"errors"
	"io"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// Spool keeps all rows, in memory as far as its share goes, and sends them on in
// their order when there are no more: the blocking exchange.
func Spool[T any](t *types.Type[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&spoolStep[T]{
			spool: outofcore.NewSpool(t, room(w.Context)),
			out:   output[T](w, 0),
		}), nil
	}
}

// room is what an operator may use of memory and disk.
func room(ctx *operator.Context) outofcore.Room {
	return outofcore.Room{Memory: ctx.Memory(), Space: ctx.Space()}
}

type spoolStep[T any] struct {
	spool *outofcore.Spool[T]
	out   operator.Collector[T]
}

func (s *spoolStep[T]) Collect(rows []T) error { return s.spool.Add(rows) }

func (s *spoolStep[T]) Finish() error {
	if err := s.spool.Seal(); err != nil {
		return err
	}
	return forward(s.spool.Drain().Next, s.out)
}

func (s *spoolStep[T]) Close(bool) error {
	s.spool.Close()
	return nil
}

// forward sends on what next returns until io.EOF.
func forward[T any](next func() ([]T, error), out operator.Collector[T]) error {
	for {
		rows, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = out.Collect(rows)
		}
		if err != nil {
			return err
		}
	}
}

// Spool implements operator.Element.
func (e *Element[T]) Spool() operator.Factory { return Spool(e.typ) }
