package step

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Element implements [operator.Element] for one record type. It is not generic:
// every record type of a program has an element, and of a generic type the compiler
// makes all methods for each, used or not, more than once. What needs the type is a
// function that [NewElement] makes.
type Element struct {
	schema  *types.Schema
	rowSize int
	aliases bool

	link    func(next any, c counts) any
	take    func(func(operator.Carrier) error, *operator.Stamps) any
	deliver func(collector any, stamps *operator.Stamps) func(operator.Carrier) error
	gather  func(holding) (collector any, rows func() any)
	writer  func(s shipping, selector any) operator.Writer // nil if the selector is one of another type
	encode  func(dst []byte, batch operator.Carrier) []byte
	decode  func(src []byte, n int, timed bool) (batch operator.Carrier, used int, err error)
}

// NewElement returns the element of a type.
func NewElement[T any](t *types.Type[T]) *Element {
	received := operator.NewPool[T](operator.BatchSize[T](), t.HasPointers())
	return &Element{
		schema: t.Schema(), rowSize: types.SizeOf[T](), aliases: t.HasPointers(),
		link: func(next any, c counts) any { return &link[T]{next.(operator.Collector[T]), c} },
		take: func(take func(operator.Carrier) error, stamps *operator.Stamps) any {
			if take == nil {
				return &taker[T]{take: func(operator.Carrier) error { return nil }, discards: true}
			}
			return &taker[T]{take: take, stamps: stamps}
		},
		deliver: func(collector any, stamps *operator.Stamps) func(operator.Carrier) error {
			c := collector.(operator.Collector[T])
			return func(b operator.Carrier) error {
				batch := b.(*operator.Batch[T])
				if stamps != nil {
					stamps.Times = batch.Times
				}
				return c.Collect(batch.Rows)
			}
		},
		gather: func(h holding) (any, func() any) {
			g := &gather[T]{typ: t, holding: h}
			return g, func() any { return g.rows }
		},
		writer: func(s shipping, selector any) operator.Writer { return newWriter(t, s, selector) },
		encode: func(dst []byte, batch operator.Carrier) []byte {
			b := batch.(*operator.Batch[T])
			return t.AppendRows(appendTimes(appendCount(dst, len(b.Rows), len(b.Times) > 0), b.Times), b.Rows)
		},
		decode: func(src []byte, n int, timed bool) (operator.Carrier, int, error) {
			b := received.Get()
			if cap(b.Rows) < n {
				b.Rows = make([]T, n)
			}
			b.Rows = b.Rows[:n]
			used := 0
			if timed {
				var err error
				if b.Times, used, err = decodeTimes(src, n, b.Times[:0]); err != nil {
					return b, 0, err
				}
			}
			rows, err := t.DecodeRows(src[used:], b.Rows)
			return b, used + rows, err
		},
	}
}

// Schema implements operator.Element.
func (e *Element) Schema() *types.Schema { return e.schema }

// RowSize implements operator.Element.
func (e *Element) RowSize() int { return e.rowSize }

// Aliases reports whether the type has strings or other references.
func (e *Element) Aliases() bool { return e.aliases }

// Deliver implements operator.Element.
func (e *Element) Deliver(collector any, stamps *operator.Stamps) func(operator.Carrier) error {
	return e.deliver(collector, stamps)
}

// Take implements operator.Element.
func (e *Element) Take(take func(operator.Carrier) error, stamps *operator.Stamps) any {
	return e.take(take, stamps)
}

// taker gives rows the form of a batch.
type taker[T any] struct {
	take     func(operator.Carrier) error
	stamps   *operator.Stamps
	batch    operator.Batch[T]
	discards bool // nobody wants the rows
}

func (t *taker[T]) Collect(rows []T) error {
	t.batch.Rows = rows
	if t.stamps != nil {
		t.batch.Times = t.stamps.Times
	}
	return t.take(&t.batch)
}

// Link implements operator.Element.
func (e *Element) Link(next any, from, to *metrics.Operator, watch *metrics.Stopwatch) any {
	return e.link(next, counts{from: from, to: to, watch: watch})
}

// link counts the batches that pass between two operators of a chain.
type link[T any] struct {
	next operator.Collector[T]
	counts
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

// counts are the meters on both sides of a link.
type counts struct {
	from, to *metrics.Operator
	watch    *metrics.Stopwatch
}

func (c *counts) count(rows int) {
	c.from.RecordsOut.Add(int64(rows))
	if c.to != nil {
		c.to.RecordsIn.Add(int64(rows))
	}
}

// Discard implements operator.Element.
func (e *Element) Discard() any { return e.take(nil, nil) }

// discard drops rows; it is for steps that know their type.
type discard[T any] struct{}

func (discard[T]) Collect([]T) error { return nil }

// Fan implements operator.Element. The collectors find times where the sender puts
// them, as if each were alone.
func (e *Element) Fan(collectors []any) any {
	f := &fan{}
	for _, c := range collectors {
		f.open = append(f.open, e.deliver(c, nil))
	}
	return e.take(f.hand, nil)
}

// fan hands batches to the collectors that still want some.
type fan struct {
	open []func(operator.Carrier) error
}

func (f *fan) hand(batch operator.Carrier) error {
	for i := 0; i < len(f.open); i++ {
		err := f.open[i](batch)
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

// Gather implements operator.Element.
func (e *Element) Gather(share *memory.Share) (any, func() any) {
	return e.gather(holding{share: share})
}

// Encode writes the number of rows, then their times if they have any, then the rows.
func (e *Element) Encode(dst []byte, batch operator.Carrier) []byte { return e.encode(dst, batch) }

// Decode reads what Encode wrote. Strings in the rows share memory with src.
func (e *Element) Decode(src []byte) (operator.Carrier, error) {
	n, timed, header := decodeCount(src)
	if header <= 0 || n > operator.MaxBatch {
		return nil, fmt.Errorf("a batch of %s with an impossible number of rows", e.schema)
	}
	b, used, err := e.decode(src[header:], int(n), timed)
	if err == nil && header+used != len(src) {
		err = fmt.Errorf("%d bytes too many", len(src)-header-used)
	}
	if err != nil {
		b.Release()
		return nil, fmt.Errorf("a batch of %s: %w", e.schema, err)
	}
	return b, nil
}
