package agg

import (
	"cmp"

	"github.com/thalweg/thalweg/types"
)

// MinBy keeps the whole record that has the least value in a field; fields that
// other aggregates write keep what those compute. Of records with the same value
// the first one stays; with several subtasks "first" is the one that happened to
// arrive first. NaN loses against any number.
func MinBy[T any, V cmp.Ordered](field func(*T) *V) Aggregate[T, T] { return by("minBy", field, false) }

// MaxBy keeps the whole record that has the greatest value in a field; all else
// is as in [MinBy].
func MaxBy[T any, V cmp.Ordered](field func(*T) *V) Aggregate[T, T] { return by("maxBy", field, true) }

func by[T any, V cmp.Ordered](verb string, field func(*T) *V, most bool) Aggregate[T, T] {
	f, a := resolve[T, T](verb, field, field)
	a.to, a.writes, a.whole, a.carry = "", false, true, nil
	if a.err != nil {
		return a
	}
	itself, _ := types.FieldOf(func(row *T) *T { return row })
	inside, _ := types.FieldOf(func(p *Partial[T]) *T { return &p.Row })
	a.bind = func(b *Aggregate[T, T], r replacing[T]) {
		b.update = func(acc []Partial[T], groups []int32, rows []T, arena *types.Arena) {
			choose(acc, groups, rows, f.from, f.partial, most, itself, r, arena)
		}
		b.merge = func(acc []Partial[T], groups []int32, partials []Partial[T], arena *types.Arena) {
			choose(acc, groups, partials, f.partial, f.partial, most, inside, r, arena)
		}
	}
	return a
}

// replacing is how a better record takes the place of a group's result.
type replacing[R any] struct {
	rows  *types.Type[R]
	carry []func(dst, src *R) // the fields that stay, as other aggregates own them
}

// choose is the loop of MinBy and MaxBy: S is a record, or a partial result with
// one inside.
func choose[S, R any, V cmp.Ordered](acc []Partial[R], groups []int32, src []S, from types.Field[S, V], to types.Field[Partial[R], V],
	most bool, row types.Field[S, R], r replacing[R], arena *types.Arena) {
	groups = groups[:len(src)]
	var before *R // made at most once a batch
	for i := range src {
		p := &acc[groups[i]]
		v, best := *from.At(&src[i]), *to.At(p)
		x, y := v, best
		if most {
			x, y = best, v
		}
		if !(x < y || best != best && v == v) {
			continue
		}
		if before == nil && len(r.carry) > 0 {
			before = new(R)
		}
		if before != nil {
			*before = p.Row
		}
		p.Row = *row.At(&src[i])
		if arena != nil {
			r.rows.Detach(&p.Row, arena)
		}
		for _, c := range r.carry {
			c(&p.Row, before)
		}
	}
}
