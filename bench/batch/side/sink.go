package side

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/thalweg/thalweg/connect"
)

// Sums is a checksum of records that does not depend on their order: how many
// there are, and two sums modulo 2^64, the second one of something that mixes all
// fields of a record, so that it notices fields that belong to another one.
type Sums struct {
	Rows int64
	A, B uint64
}

func (s *Sums) merge(o Sums) { s.Rows, s.A, s.B = s.Rows+o.Rows, s.A+o.A, s.B+o.B }

// Result is how a checksum is compared with other engines'.
func (s Sums) Result() Result {
	return Result{s.Rows, func() []string { return []string{fmt.Sprint(s.A), fmt.Sprint(s.B)} }}
}

// Checked is a sink that adds up a checksum of what is written, and looks whether
// it is in order if there is one. It belongs to one run of one process.
type Checked[T any] struct {
	Fold    func(*Sums, []T)
	Compare func(a, b *T) int // nil if order does not matter

	mu    sync.Mutex
	parts []part[T] // guarded by mu
}

// part is what one subtask has seen.
type part[T any] struct {
	subtask     int
	sums        Sums
	first, last T
}

func (*Checked[T]) String() string { return "checked" }

// Open returns the checker of one subtask.
func (k *Checked[T]) Open(c connect.WriterContext) (connect.Writer[T], error) {
	return &checker[T]{sink: k, part: part[T]{subtask: c.Subtask()}}, nil
}

type checker[T any] struct {
	sink *Checked[T]
	part part[T]
}

func (w *checker[T]) Write(rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	if w.sink.Compare != nil {
		if w.part.sums.Rows == 0 {
			w.part.first = rows[0]
		} else if w.sink.Compare(&w.part.last, &rows[0]) > 0 {
			return fmt.Errorf("%v comes after %v", rows[0], w.part.last)
		}
		if err := InOrder(rows, w.sink.Compare); err != nil {
			return err
		}
		w.part.last = rows[len(rows)-1]
	}
	w.sink.Fold(&w.part.sums, rows)
	return nil
}

// InOrder returns an error that names the first row that comes before its predecessor.
func InOrder[T any](rows []T, compare func(a, b *T) int) error {
	for i := 1; i < len(rows); i++ {
		if compare(&rows[i-1], &rows[i]) > 0 {
			return fmt.Errorf("%v comes after %v", rows[i], rows[i-1])
		}
	}
	return nil
}

func (w *checker[T]) Flush() error { return nil }

func (w *checker[T]) Close(complete bool) error {
	if complete {
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		w.sink.parts = append(w.sink.parts, w.part)
	}
	return nil
}

// Total adds up what the subtasks have seen; the records of one come before those
// of the next if there is an order.
func (k *Checked[T]) Total() (total Sums, err error) {
	slices.SortFunc(k.parts, func(a, b part[T]) int { return cmp.Compare(a.subtask, b.subtask) })
	var last *T
	for i := range k.parts {
		p := &k.parts[i]
		if k.Compare != nil && p.sums.Rows > 0 {
			if last != nil && k.Compare(last, &p.first) > 0 {
				return total, fmt.Errorf("subtask %d begins with %v, after %v", p.subtask, p.first, *last)
			}
			last = &p.last
		}
		total.merge(p.sums)
	}
	return total, nil
}

// Kept is a sink that keeps all records in memory: an answer in the engine's own
// form. It belongs to one run of one process.
type Kept[T any] struct {
	mu     sync.Mutex
	pieces [][]T // guarded by mu
}

// pieceRows is how many records lie one behind the other.
const pieceRows = 1 << 14

func (*Kept[T]) String() string { return "kept" }

// Open returns the keeper of one subtask.
func (k *Kept[T]) Open(connect.WriterContext) (connect.Writer[T], error) {
	return &keeper[T]{sink: k}, nil
}

type keeper[T any] struct {
	sink   *Kept[T]
	pieces [][]T
}

func (w *keeper[T]) Write(rows []T) error {
	for len(rows) > 0 {
		last := len(w.pieces) - 1
		if last < 0 || len(w.pieces[last]) == cap(w.pieces[last]) {
			// The first piece is small: many answers are.
			size := min(pieceRows, max(64, 4*cap(pieceOf(w.pieces, last))))
			w.pieces = append(w.pieces, make([]T, 0, size))
			last++
		}
		p := w.pieces[last]
		n := min(len(rows), cap(p)-len(p))
		w.pieces[last] = append(p, rows[:n]...)
		rows = rows[n:]
	}
	return nil
}

func pieceOf[T any](pieces [][]T, i int) []T {
	if i < 0 {
		return nil
	}
	return pieces[i]
}

func (w *keeper[T]) Flush() error { return nil }

func (w *keeper[T]) Close(complete bool) error {
	if complete {
		w.sink.mu.Lock()
		defer w.sink.mu.Unlock()
		w.sink.pieces = append(w.sink.pieces, w.pieces...)
	}
	return nil
}

// Answer describes what was kept. add is called for every record when the clock
// has stopped and adds to as many numbers as check has.
func (k *Kept[T]) Answer(numbers int, add func(check []float64, row *T)) Result {
	r := Result{Check: func() []string {
		check := make([]float64, numbers)
		for _, p := range k.pieces {
			for i := range p {
				add(check, &p[i])
			}
		}
		text := []string{}
		for _, v := range check {
			text = append(text, fmt.Sprintf("%.17g", v))
		}
		return text
	}}
	for _, p := range k.pieces {
		r.Rows += int64(len(p))
	}
	return r
}
