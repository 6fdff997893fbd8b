package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// unit is what user code was called with when that is no single record: a group, a pair,
// the pane of a window. It is refused as a whole, in one entry without a record.
type unit struct {
	kind    quarantine.Kind
	name    string     // which one it is
	key     string     // its key as text, if it has one
	records int64      // how many records it has, 0 if that is not known
	show    func() any // for people
}

// asideUnit is aside for a unit.
func asideUnit(ctx *operator.Context, caught any, u unit) error {
	if !ctx.Quarantines() || final(caught) {
		err := ctx.Recovered(caught, -1, u.show)
		if failure, ok := err.(*operator.Failure); ok && !final(caught) {
			failure.Spares = true
		}
		return err
	}
	e := &quarantine.Entry{
		Kind: u.kind, Input: -1, Number: -1, Key: u.key, Source: u.name, Size: u.records,
		Piece: []byte(operator.Render(u.show)), Cause: (&operator.Panic{Value: caught}).Error(), Stack: stack(),
	}
	return ctx.Quarantine(nil, e, nil, u.show)
}

// refusal deals with a row whose function has panicked with caught: it puts the row aside,
// and unwinds the step if that ends the job. The deferred function that has recovered
// calls it. It is nil where such rows fail the job.
type refusal[T any] func(g *guard, caught any, row *T, key func() string)

// refusalOf returns what an operator does with such rows.
func refusalOf[T any](ctx *operator.Context) refusal[T] {
	if !ctx.Quarantines() {
		return nil
	}
	return func(g *guard, caught any, row *T, key func() string) {
		number := g.base + int64(g.place())
		if number < 0 { // see unnumbered
			number = -1
		}
		text := ""
		if !final(caught) {
			text = key()
		}
		owner := *g
		owner.ctx = ctx
		if err := aside(&owner, caught, number, row, timeAt(g.sent, g.place()), text); err != nil {
			panic(operator.Abort{Err: err})
		}
	}
}

// place is where in the batch the record is that user code is working on.
func (g *guard) place() int {
	if g.from != nil {
		return int(g.from[g.at])
	}
	return g.at
}

// sieve puts the records aside that have no key, because the function that computes it
// panics. It stands before inputs that need keys of whole batches.
type sieve[T, K any] struct {
	guard
	key  *types.Key[T, K]
	in   *operator.Stamps
	next operator.Collector[T]
}

// sieved returns the collector of an input. Without a quarantine, and where keys are
// fields, that is next.
func sieved[T, K any](w operator.Wiring, input int, key *types.Key[T, K], next operator.Collector[T]) operator.Collector[T] {
	if !key.Opaque() || !w.Context.Quarantines() {
		return next
	}
	return &sieve[T, K]{guard: guard{ctx: w.Context, input: int32(input), keys: true}, key: key, in: w.In(input), next: next}
}

// oneSieved is one for a step that takes records by their keys.
func oneSieved[T, K any](w operator.Wiring, key *types.Key[T, K], c operator.Collector[T]) operator.Instance {
	return operator.Instance{Inputs: []any{sieved(w, 0, key, c)}, Body: c}
}

func (s *sieve[T, K]) Collect(rows []T) error {
	times := timesOf(s.in)
	if times != nil {
		all := times
		defer func() { s.in.Times = all }() // others who get the batch look there, too
	}
	for len(rows) > 0 {
		n, refused, err := untilKeyless(&s.guard, rows, s.key, times)
		if err != nil {
			return err
		}
		if n > 0 {
			if times != nil {
				s.in.Times = times[:n]
			}
			if err := s.next.Collect(rows[:n]); err != nil {
				return err
			}
		}
		if refused {
			n++
		}
		s.base += int64(n)
		rows, times = rows[n:], timesFrom(times, n)
	}
	return nil
}

// lateOutput returns where the late records of an input go: to an output of the operator,
// or, if nobody reads that, into the quarantine if there is one. Their times are to be put
// into the stamps, if those are not nil.
func lateOutput[T any](w operator.Wiring, port, input int) (operator.Collector[T], *operator.Stamps) {
	out := output[T](w, port)
	if unread, ok := out.(*taker[T]); !ok || !unread.discards || !w.Context.Quarantines() {
		return out, w.Out(port)
	}
	stamps := &operator.Stamps{}
	return &lateAside[T]{ctx: w.Context, input: int32(input), stamps: stamps}, stamps
}

// lateAside puts late records into the quarantine.
type lateAside[T any] struct {
	ctx    *operator.Context
	input  int32
	stamps *operator.Stamps
}

func (l *lateAside[T]) Collect(rows []T) error {
	times := timesOf(l.stamps)
	for i := range rows {
		e := &quarantine.Entry{
			Kind: quarantine.Late, Input: l.input, Number: -1,
			Cause: "it came behind the watermark, too late for all its results, and nobody reads what is late",
		}
		if at := timeAt(times, i); at != operator.NoTime {
			e.Timed, e.Time = true, at
		}
		show := func() any { return rows[i] }
		schema, err := encode(&rows[i], e)
		if err != nil {
			return l.ctx.Fail(err, -1, show)
		}
		if err := l.ctx.Quarantine(nil, e, schema, show); err != nil {
			return err
		}
	}
	return nil
}

// eachSpared calls f for rows until all are dealt with; f returns the place of the first
// one that is left, see spare.
func eachSpared[T any](rows []T, f func([]T) (next int, err error)) error {
	for len(rows) > 0 {
		next, err := f(rows)
		if err != nil {
			return err
		}
		rows = rows[next:]
	}
	return nil
}

// keyText is a key for people.
func keyText[K any](key *K) string { return fmt.Sprintf("%+v", *key) }
