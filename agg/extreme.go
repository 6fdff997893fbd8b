package agg

import (
	"cmp"

	"github.com/thalweg/thalweg/types"
)

// Min leaves the least value of a field in it. NaN loses against any number: the
// result is NaN only if there was nothing else.
func Min[T any, V cmp.Ordered](field func(*T) *V) Aggregate[T, T] {
	return extreme("min", field, field, least[T, T, V], least[Partial[T], T, V])
}

// Max leaves the greatest value of a field in it. NaN loses against any number:
// the result is NaN only if there was nothing else.
func Max[T any, V cmp.Ordered](field func(*T) *V) Aggregate[T, T] {
	return extreme("max", field, field, greatest[T, T, V], greatest[Partial[T], T, V])
}

// MinInto leaves the least value of a field of the records in a field of the
// result. NaN loses against any number.
func MinInto[T, R any, V cmp.Ordered](from func(*T) *V, to func(*R) *V) Aggregate[T, R] {
	return extreme("min", from, to, least[T, R, V], least[Partial[R], R, V])
}

// MaxInto leaves the greatest value of a field of the records in a field of the
// result. NaN loses against any number.
func MaxInto[T, R any, V cmp.Ordered](from func(*T) *V, to func(*R) *V) Aggregate[T, R] {
	return extreme("max", from, to, greatest[T, R, V], greatest[Partial[R], R, V])
}

// extremeLoop takes over the values of src that beat what acc has.
type extremeLoop[S, R, V any] func(acc []Partial[R], groups []int32, src []S, from types.Field[S, V], to types.Field[Partial[R], V], keep func(*V, *types.Arena), arena *types.Arena)

func extreme[T, R any, V cmp.Ordered](verb string, from func(*T) *V, to func(*R) *V,
	update extremeLoop[T, R, V], merge extremeLoop[Partial[R], R, V]) Aggregate[T, R] {
	f, a := resolve(verb, from, to)
	keep := keeper[V]()
	a.start = func(acc *R, first *T) { *f.to.At(acc) = *f.from.At(first) }
	a.update = func(acc []Partial[R], groups []int32, rows []T, arena *types.Arena) {
		update(acc, groups, rows, f.from, f.partial, keep, arena)
	}
	a.merge = func(acc []Partial[R], groups []int32, partials []Partial[R], arena *types.Arena) {
		merge(acc, groups, partials, f.partial, f.partial, keep, arena)
	}
	return a
}

// keeper returns what must be done to a value that stays in a result, so that it
// pins no buffer; nil if nothing.
func keeper[V any]() func(*V, *types.Arena) {
	t, err := types.Of[V]()
	if err != nil || !t.HasPointers() {
		return nil
	}
	return func(v *V, arena *types.Arena) {
		if arena != nil {
			t.Detach(v, arena)
		}
	}
}

// A value that is not equal to itself is NaN; for types that have none the
// compiler drops the comparison.

func least[S, R any, V cmp.Ordered](acc []Partial[R], groups []int32, src []S, from types.Field[S, V], to types.Field[Partial[R], V], keep func(*V, *types.Arena), arena *types.Arena) {
	groups = groups[:len(src)]
	for i := range src {
		v, a := *from.At(&src[i]), to.At(&acc[groups[i]])
		if v < *a || *a != *a && v == v {
			*a = v
			if keep != nil {
				keep(a, arena)
			}
		}
	}
}

func greatest[S, R any, V cmp.Ordered](acc []Partial[R], groups []int32, src []S, from types.Field[S, V], to types.Field[Partial[R], V], keep func(*V, *types.Arena), arena *types.Arena) {
	groups = groups[:len(src)]
	for i := range src {
		v, a := *from.At(&src[i]), to.At(&acc[groups[i]])
		if v > *a || *a != *a && v == v {
			*a = v
			if keep != nil {
				keep(a, arena)
			}
		}
	}
}
