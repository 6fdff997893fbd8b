package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
)

// Writer returns the writer that a ship strategy asks for.
func (e *Element[T]) Writer(r operator.Route) (operator.Writer, error) {
	w := &writer[T]{
		route:   r,
		pool:    operator.NewPool[T](operator.BatchSize[T](), e.typ.HasPointers()),
		current: make([]*operator.Batch[T], len(r.Outlets)),
		size:    operator.BatchSize[T](),
	}
	if len(r.Outlets) == 0 {
		return nil, fmt.Errorf("a %s edge with no receiver", r.Ship)
	}
	switch r.Ship {
	case operator.Forward, operator.Global:
		return &singleWriter[T]{w}, nil
	case operator.Broadcast:
		return &broadcastWriter[T]{w}, nil
	case operator.Rebalance:
		return &rebalanceWriter[T]{writer: w, next: r.First % len(r.Outlets)}, nil
	}
	maker, ok := r.Selector.(SelectorMaker)
	if !ok {
		return nil, fmt.Errorf("a %s edge without a selector", r.Ship)
	}
	selector, ok := maker.Instance(r.Context).(operator.Selector[T])
	if !ok {
		return nil, fmt.Errorf("a %s edge with a selector of another type", r.Ship)
	}
	return &selectWriter[T]{writer: w, selector: selector, targets: make([]int32, w.size)}, nil
}

// writer fills one batch for each receiving subtask.
type writer[T any] struct {
	route   operator.Route
	pool    *operator.Pool[T]
	current []*operator.Batch[T]
	size    int
}

// batch returns the batch that is being filled for a receiver.
func (w *writer[T]) batch(to int) *operator.Batch[T] {
	b := w.current[to]
	if b == nil {
		b = w.pool.Get()
		w.current[to] = b
	}
	return b
}

// fill copies rows into batches for one receiver and sends the full ones.
func (w *writer[T]) fill(to int, rows []T) error {
	for len(rows) > 0 {
		b := w.batch(to)
		n := min(len(rows), w.size-len(b.Rows))
		b.Rows = append(b.Rows, rows[:n]...)
		rows = rows[n:]
		if len(b.Rows) == w.size {
			if err := w.send(to); err != nil {
				return err
			}
		}
	}
	return nil
}

// send hands over what was filled for a receiver.
func (w *writer[T]) send(to int) error {
	b := w.current[to]
	if b == nil || len(b.Rows) == 0 {
		return nil
	}
	w.current[to] = nil
	return w.offer(to, b, nil)
}

func (w *writer[T]) offer(to int, b *operator.Batch[T], e operator.Event) error {
	var c operator.Carrier
	if b != nil {
		c = b
	}
	out := w.route.Outlets[to]
	if out.Offer(c, e) {
		return nil
	}
	err := w.route.Await(func() bool { return out.Offer(c, e) })
	if err != nil && b != nil {
		b.Release()
	}
	return err
}

func (w *writer[T]) Flush() error {
	for to := range w.current {
		if err := w.send(to); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer[T]) Send(e operator.Event) error {
	for to := range w.route.Outlets {
		if err := w.send(to); err != nil {
			return err
		}
		if err := w.offer(to, nil, e); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer[T]) Close() {
	for to, b := range w.current {
		if b != nil {
			w.current[to] = nil
			b.Release()
		}
	}
}

// singleWriter has one receiver; a global edge has others that only get events.
type singleWriter[T any] struct{ *writer[T] }

func (w *singleWriter[T]) Collect(rows []T) error { return w.fill(0, rows) }

// rebalanceWriter gives each batch to the next receiver in turn. Rows are dealt
// in runs of a batch, so the turn passes on when a batch is full or flushed.
type rebalanceWriter[T any] struct {
	*writer[T]
	next int
}

func (w *rebalanceWriter[T]) Collect(rows []T) error {
	for len(rows) > 0 {
		n := min(len(rows), w.size-len(w.batch(w.next).Rows))
		if err := w.fill(w.next, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
		if w.current[w.next] == nil {
			w.advance()
		}
	}
	return nil
}

func (w *rebalanceWriter[T]) advance() { w.next = (w.next + 1) % len(w.current) }

func (w *rebalanceWriter[T]) Flush() error {
	if b := w.current[w.next]; b != nil && len(b.Rows) > 0 {
		if err := w.send(w.next); err != nil {
			return err
		}
		w.advance()
	}
	return nil
}

// broadcastWriter fills one batch and shares it among all receivers.
type broadcastWriter[T any] struct{ *writer[T] }

func (w *broadcastWriter[T]) Collect(rows []T) error {
	for len(rows) > 0 {
		b := w.batch(0)
		n := min(len(rows), w.size-len(b.Rows))
		b.Rows = append(b.Rows, rows[:n]...)
		rows = rows[n:]
		if len(b.Rows) == w.size {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *broadcastWriter[T]) Flush() error {
	b := w.current[0]
	if b == nil || len(b.Rows) == 0 {
		return nil
	}
	w.current[0] = nil
	b.Share(len(w.current) - 1)
	for to := range w.current {
		if err := w.offer(to, b, nil); err != nil {
			for range len(w.current) - 1 - to {
				b.Release()
			}
			return err
		}
	}
	return nil
}

func (w *broadcastWriter[T]) Send(e operator.Event) error {
	if err := w.Flush(); err != nil {
		return err
	}
	return w.writer.Send(e)
}

// selectWriter scatters rows to the receivers its selector chooses.
type selectWriter[T any] struct {
	*writer[T]
	selector operator.Selector[T]
	targets  []int32
}

func (w *selectWriter[T]) Collect(rows []T) error {
	for len(rows) > 0 {
		n := min(len(rows), len(w.targets))
		if err := w.scatter(rows[:n], w.targets[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (w *selectWriter[T]) scatter(rows []T, targets []int32) error {
	if err := w.selector.Select(rows, targets, len(w.current)); err != nil {
		return err
	}
	for i, to := range targets {
		b := w.current[to]
		if b == nil {
			b = w.batch(int(to))
		}
		b.Rows = append(b.Rows, rows[i])
		if len(b.Rows) == w.size {
			if err := w.send(int(to)); err != nil {
				return err
			}
		}
	}
	return nil
}
