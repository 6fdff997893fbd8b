package agg

import (
	"errors"
	"fmt"
	"strings"

	"github.com/thalweg/thalweg/types"
)

// Partial is the state of one group: its result so far and the number of its
// records, kept only if an aggregate needs it. What the fields of Row mean before
// Finish is the program's affair: an average's holds the sum.
type Partial[R any] struct {
	Row R
	N   int64
}

// Program is a list of aggregates compiled to loops over batches. It is immutable
// and safe for concurrent use; the states it works on belong to the caller.
//
// The life of a state: Start with the group's first record, Update with all of
// its records including the first; or Restart with its first partial state, Merge
// with all of them including the first; then Finish, once.
//
// Where a method takes an arena, what stays in a state is detached into it from
// the buffers it came in; a nil arena lets it share memory with them.
type Program[T, R any] struct {
	list   []Aggregate[T, R]
	rows   *types.Type[R]
	copy   func(acc *R, first *T) // set where T is R
	starts []func(acc *R, first *T)
	clears []func(acc *R)
	counts bool
}

// Compile makes a program of aggregates. The error joins everything that is
// wrong with them, and is an *types.UnsupportedError if R cannot be carried.
func Compile[T, R any](list ...Aggregate[T, R]) (*Program[T, R], error) {
	if err := check(list); err != nil {
		return nil, err
	}
	rows, err := types.Of[R]()
	if err != nil {
		return nil, err
	}
	p := &Program[T, R]{list: append([]Aggregate[T, R](nil), list...), rows: rows}
	p.copy, _ = any(func(acc, first *R) { *acc = *first }).(func(*R, *T))
	var carry []func(dst, src *R)
	for _, a := range p.list {
		if a.start != nil {
			p.starts = append(p.starts, a.start)
		}
		if a.clear != nil {
			p.clears = append(p.clears, a.clear)
		}
		if a.carry != nil {
			carry = append(carry, a.carry)
		}
		p.counts = p.counts || a.counts
	}
	for i := range p.list {
		if a := &p.list[i]; a.bind != nil {
			a.bind(a, replacing[R]{rows, carry})
		}
	}
	return p, nil
}

// check finds the mistakes of a list of aggregates.
func check[T, R any](list []Aggregate[T, R]) error {
	if len(list) == 0 {
		return errors.New("agg: there is nothing to aggregate")
	}
	var mistakes []error
	mistake := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf("agg: "+format, args...)) }
	for i, a := range list {
		switch {
		case a.verb == "":
			mistake("aggregate %d is the zero Aggregate", i+1)
			continue
		case a.err != nil:
			mistake("%s: %w", a.verb, a.err)
			continue
		}
		for _, b := range list[:i] {
			if b.verb == "" || b.err != nil {
				continue
			}
			switch {
			case a.whole && b.whole:
				mistake("%s and %s both choose the whole record", b, a)
			case a.whole && overlap(a.from, b.to):
				mistake("%s compares a field that %s overwrites", a, b)
			case b.whole && overlap(b.from, a.to):
				mistake("%s compares a field that %s overwrites", b, a)
			case !a.whole && !b.whole && overlap(a.to, b.to):
				mistake("%s and %s both write field %s", b, a, named(a.to))
			}
		}
	}
	return errors.Join(mistakes...)
}

// overlap reports whether one of two fields is the other or a part of it. The
// empty path is the whole row.
func overlap(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	rest, inside := strings.CutPrefix(b, a)
	return inside && (a == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// String lists the aggregates, e.g. "sum(Count), min(Price)".
func (p *Program[T, R]) String() string {
	var b strings.Builder
	for i, a := range p.list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.String())
	}
	return b.String()
}

// Aggregates returns what the program was made of. The caller may not change it.
func (p *Program[T, R]) Aggregates() []Aggregate[T, R] { return p.list }

// Rows returns the type of results.
func (p *Program[T, R]) Rows() *types.Type[R] { return p.rows }

// Start prepares the zero *acc for a group whose first record is first.
func (p *Program[T, R]) Start(acc *Partial[R], first *T, arena *types.Arena) {
	if p.copy != nil {
		p.copy(&acc.Row, first)
	}
	for _, start := range p.starts {
		start(&acc.Row, first)
	}
	p.keep(acc, arena)
}

// Restart prepares the zero *acc for a group whose first partial state is first.
func (p *Program[T, R]) Restart(acc, first *Partial[R], arena *types.Arena) {
	acc.Row = first.Row
	for _, clear := range p.clears {
		clear(&acc.Row)
	}
	p.keep(acc, arena)
}

func (p *Program[T, R]) keep(acc *Partial[R], arena *types.Arena) {
	if arena != nil {
		p.rows.Detach(&acc.Row, arena)
	}
}

// Update adds rows[i] to the state acc[groups[i]], for every i in order.
func (p *Program[T, R]) Update(acc []Partial[R], groups []int32, rows []T, arena *types.Arena) {
	if p.counts {
		for _, g := range groups[:len(rows)] {
			acc[g].N++
		}
	}
	for i := range p.list {
		if update := p.list[i].update; update != nil {
			update(acc, groups, rows, arena)
		}
	}
}

// Merge adds the state partials[i] to the state acc[groups[i]], for every i in
// order.
func (p *Program[T, R]) Merge(acc []Partial[R], groups []int32, partials []Partial[R], arena *types.Arena) {
	if p.counts {
		for i, g := range groups[:len(partials)] {
			acc[g].N += partials[i].N
		}
	}
	for i := range p.list {
		if merge := p.list[i].merge; merge != nil {
			merge(acc, groups, partials, arena)
		}
	}
}

// Finish turns the Row of every state into its result.
func (p *Program[T, R]) Finish(acc []Partial[R]) {
	for i := range p.list {
		if finish := p.list[i].finish; finish != nil {
			finish(acc)
		}
	}
}
