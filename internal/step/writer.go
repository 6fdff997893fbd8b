package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// Writer returns the writer that a ship strategy asks for.
func (e *Element) Writer(r operator.Route) (operator.Writer, error) {
	if len(r.Outlets) == 0 {
		return nil, fmt.Errorf("a %s edge with no receiver", r.Ship)
	}
	n := len(r.Outlets)
	s := shipping{to: outlets{route: r, end: n}}
	switch r.Ship {
	case operator.Rebalance:
		s.to.turn = r.First % n
		return e.writer(s, nil), nil
	case operator.Rescale:
		s.to.rescale(r.Context.Subtask(), r.Context.Parallelism())
		return e.writer(s, nil), nil
	case operator.Forward, operator.Global, operator.Broadcast:
		return e.writer(s, nil), nil
	}
	maker, ok := r.Selector.(SelectorMaker)
	if !ok {
		return nil, fmt.Errorf("a %s edge without a selector", r.Ship)
	}
	selector := maker.Instance(r.Context)
	if g, ok := selector.(interface {
		refuseTo(to *quarantine.Writer, input int) *guard
	}); ok && r.Refused != nil {
		s.guard = g.refuseTo(r.Refused, r.Input)
	}
	w := e.writer(s, selector)
	if w == nil {
		return nil, fmt.Errorf("a %s edge with a selector of another type", r.Ship)
	}
	return w, nil
}

// outlets send whole batches. A forward edge has one receiver, a global one others
// that only get events; a broadcast gives each batch to all receivers; a rebalance
// gives it to the next one in turn, which passes on when a batch is full or flushed,
// and so does a rescale among its own part of the receivers.
type outlets struct {
	route      operator.Route
	turn       int // the receiver whose batch is filled, where no selector chooses one
	begin, end int // the receivers whose turn it can be
}

// rescale finds the receivers of one of several senders: each sender has some for itself,
// or, if there are fewer of them than of senders, shares one with its neighbours.
func (o *outlets) rescale(sender, senders int) {
	n := len(o.route.Outlets)
	o.begin = sender * n / senders
	o.end = max((sender+1)*n/senders, o.begin+1)
	o.turn = o.begin
}

// ship sends a batch that was filled for a receiver.
func (o *outlets) ship(to int, b operator.Carrier) error {
	switch o.route.Ship {
	case operator.Broadcast:
		return o.share(b)
	case operator.Rebalance, operator.Rescale:
		if o.turn = to + 1; o.turn == o.end {
			o.turn = o.begin
		}
	}
	err := o.offer(to, b, nil)
	if err != nil {
		b.Release()
	}
	return err
}

// share sends a batch to all receivers.
func (o *outlets) share(b operator.Carrier) error {
	n := len(o.route.Outlets)
	b.Share(n - 1)
	for to := range n {
		if err := o.offer(to, b, nil); err != nil {
			for range n - to {
				b.Release()
			}
			return err
		}
	}
	return nil
}

// offer gives the outlet a batch or an event. After an error it has taken nothing.
func (o *outlets) offer(to int, b operator.Carrier, e operator.Event) error {
	out := o.route.Outlets[to]
	if out.Offer(b, e) {
		return nil
	}
	return o.route.Await(func() bool { return out.Offer(b, e) })
}

// shipping is what a writer does without its type. It has the methods of
// operator.Writer only: the compiler makes each again for every record type.
type shipping struct {
	to    outlets
	guard *guard // of the selector, if records are put aside that have no receiver

	// filled returns the batch that is being filled for a receiver, which is the
	// caller's then, or nil.
	filled func(to int) operator.Carrier
}

// Flush implements operator.Writer.
func (s *shipping) Flush() error {
	for to := range s.to.route.Outlets {
		if b := s.filled(to); b != nil {
			if err := s.to.ship(to, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// Send implements operator.Writer.
func (s *shipping) Send(e operator.Event) error {
	if err := s.Flush(); err != nil {
		return err
	}
	for to := range s.to.route.Outlets {
		if err := s.to.offer(to, nil, e); err != nil {
			return err
		}
	}
	return nil
}

// Close implements operator.Writer.
func (s *shipping) Close() {
	for to := range s.to.route.Outlets {
		if b := s.filled(to); b != nil {
			b.Release()
		}
	}
}

// writer fills batches: one for each receiver that its selector chooses, or one at
// a time without a selector.
type writer[T any] struct {
	shipping
	pool     *operator.Pool[T]
	current  []*operator.Batch[T] // by receiver; nil, or with at least a row
	size     int
	selector operator.Selector[T] // nil: rows stay together
	targets  []int32
}

// newWriter returns nil if the selector is one of another type.
func newWriter[T any](t *types.Type[T], s shipping, selector any) operator.Writer {
	size := operator.BatchSize[T]()
	w := &writer[T]{
		shipping: s, pool: operator.NewPool[T](size, t.HasPointers()),
		current: make([]*operator.Batch[T], len(s.to.route.Outlets)), size: size,
	}
	if selector != nil {
		var ok bool
		if w.selector, ok = selector.(operator.Selector[T]); !ok {
			return nil
		}
		w.targets = make([]int32, size)
	}
	w.filled = func(to int) operator.Carrier {
		b := w.current[to]
		if b == nil {
			return nil
		}
		w.current[to] = nil
		return b
	}
	return w
}

// Collect copies rows into batches and sends the full ones.
func (w *writer[T]) Collect(rows []T) error {
	times := timesOf(w.to.route.Stamps)
	for len(rows) > 0 {
		if w.selector != nil {
			n := min(len(rows), len(w.targets))
			if err := w.scatter(rows[:n], w.targets[:n], times); err != nil {
				return err
			}
			rows = rows[n:]
			if times != nil {
				times = times[n:]
			}
			continue
		}
		to := w.to.turn
		b := w.current[to]
		if b == nil {
			b = w.pool.Get()
			w.current[to] = b
		}
		n := min(len(rows), w.size-len(b.Rows))
		b.Rows = append(b.Rows, rows[:n]...)
		rows = rows[n:]
		if times != nil {
			b.Times = append(b.Times, times[:n]...)
			times = times[n:]
		}
		if len(b.Rows) == w.size {
			w.current[to] = nil
			if err := w.to.ship(to, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// scatter copies each row into the batch of the receiver that is chosen for it.
func (w *writer[T]) scatter(rows []T, targets []int32, times []int64) error {
	if w.guard != nil && times != nil {
		w.guard.sent = times[:len(rows)]
	}
	err := w.selector.Select(rows, targets, len(w.current))
	if err == errRefused {
		return w.scatterKnown(rows, targets, times)
	}
	if err != nil {
		return err
	}
	return w.put(rows, targets, times)
}

// scatterKnown is scatter for what has a receiver.
func (w *writer[T]) scatterKnown(rows []T, targets []int32, times []int64) error {
	for i, to := range targets {
		if to == nobody {
			continue
		}
		var time []int64
		if times != nil {
			time = times[i : i+1]
		}
		if err := w.put(rows[i:i+1], targets[i:i+1], time); err != nil {
			return err
		}
	}
	return nil
}

// put copies each row into the batch of its target.
func (w *writer[T]) put(rows []T, targets []int32, times []int64) error {
	for i, to := range targets {
		b := w.current[to]
		if b == nil {
			b = w.pool.Get()
			w.current[to] = b
		}
		b.Rows = append(b.Rows, rows[i])
		if times != nil {
			b.Times = append(b.Times, times[i])
		}
		if len(b.Rows) == w.size {
			w.current[to] = nil
			if err := w.to.ship(int(to), b); err != nil {
				return err
			}
		}
	}
	return nil
}
