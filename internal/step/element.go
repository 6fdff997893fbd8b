package step

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Element implements [operator.Element] for T.
type Element[T any] struct {
	typ      *types.Type[T]
	received *operator.Pool[T]
}

// NewElement returns the element of a type.
func NewElement[T any](t *types.Type[T]) *Element[T] {
	return &Element[T]{typ: t, received: operator.NewPool[T](operator.BatchSize[T](), t.HasPointers())}
}

func (e *Element[T]) Schema() *types.Schema { return e.typ.Schema() }

func (e *Element[T]) RowSize() int { return int(reflect.TypeFor[T]().Size()) }

func (e *Element[T]) Deliver(collector any) func(operator.Carrier) error {
	c := collector.(operator.Collector[T])
	return func(b operator.Carrier) error { return c.Collect(b.(*operator.Batch[T]).Rows) }
}

func (e *Element[T]) Link(next any, from, to *metrics.Operator, watch *metrics.Stopwatch) any {
	return &link[T]{next: next.(operator.Collector[T]), from: from, to: to, watch: watch}
}

// link counts the batches that pass between two operators of a chain.
type link[T any] struct {
	next     operator.Collector[T]
	from, to *metrics.Operator
	watch    *metrics.Stopwatch
}

func (l *link[T]) Collect(rows []T) error {
	l.count(len(rows))
	if !l.watch.On || l.to == nil {
		return l.next.Collect(rows)
	}
	before := l.watch.Switch(l.to)
	err := l.next.Collect(rows)
	l.watch.Switch(before)
	return err
}

func (l *link[T]) count(rows int) {
	l.from.RecordsOut.Add(int64(rows))
	if l.to != nil {
		l.to.RecordsIn.Add(int64(rows))
	}
}

func (e *Element[T]) Discard() any { return discard[T]{} }

type discard[T any] struct{}

func (discard[T]) Collect([]T) error { return nil }

func (e *Element[T]) Fan(collectors []any) any {
	f := &fan[T]{}
	for _, c := range collectors {
		f.open = append(f.open, c.(operator.Collector[T]))
	}
	return f
}

// fan hands batches to the collectors that still want some.
type fan[T any] struct{ open []operator.Collector[T] }

func (f *fan[T]) Collect(rows []T) error {
	for i := 0; i < len(f.open); i++ {
		err := f.open[i].Collect(rows)
		if errors.Is(err, operator.ErrDone) {
			f.open = append(f.open[:i], f.open[i+1:]...)
			i--
		} else if err != nil {
			return err
		}
	}
	if len(f.open) == 0 {
		return operator.ErrDone
	}
	return nil
}

// Encode writes the number of rows as a uvarint, then the rows.
func (e *Element[T]) Encode(dst []byte, batch operator.Carrier) []byte {
	rows := batch.(*operator.Batch[T]).Rows
	dst = binary.AppendUvarint(dst, uint64(len(rows)))
	return e.typ.AppendRows(dst, rows)
}

// Aliases reports whether T has strings or other references.
func (e *Element[T]) Aliases() bool { return e.typ.HasPointers() }

// Decode reads what Encode wrote. Strings in the rows share memory with src.
func (e *Element[T]) Decode(src []byte) (operator.Carrier, error) {
	n, used := binary.Uvarint(src)
	if used <= 0 || n > operator.MaxBatch {
		return nil, fmt.Errorf("a batch of %s with an impossible number of rows", e.Schema())
	}
	b := e.received.Get()
	if cap(b.Rows) < int(n) {
		b.Rows = make([]T, n)
	}
	b.Rows = b.Rows[:n]
	read, err := e.typ.DecodeRows(src[used:], b.Rows)
	if err == nil && used+read != len(src) {
		err = fmt.Errorf("%d bytes too many", len(src)-used-read)
	}
	if err != nil {
		b.Release()
		return nil, fmt.Errorf("a batch of %s: %w", e.Schema(), err)
	}
	return b, nil
}
