package agg

import "github.com/thalweg/thalweg/types"

// Count leaves the number of the group's records in a field, whatever was in it.
// A number too large for the field's type wraps around.
func Count[T any, N Integer](field func(*T) *N) Aggregate[T, T] { return count[T](field) }

// CountInto leaves the number of the group's records in a field of the result.
// The type of the records cannot be inferred: CountInto[Order](n).
func CountInto[T, R any, N Integer](to func(*R) *N) Aggregate[T, R] { return count[T](to) }

// count needs no loop of its own: the program keeps one count a group for all.
func count[T, R any, N Integer](to func(*R) *N) Aggregate[T, R] {
	field, err := types.FieldOf(to)
	a := Aggregate[T, R]{verb: "count", to: field.Path(), writes: true, err: err, counts: true}
	a.finish = func(acc []Partial[R]) {
		for i := range acc {
			*field.At(&acc[i].Row) = N(acc[i].N)
		}
	}
	a.carry = func(dst, src *R) { *field.At(dst) = *field.At(src) }
	return a
}

// FirstInto puts a field of the group's first record into a field of the result.
// It is how a key gets into a result of another type; of a field that differs
// within the group, which record is first is defined for one subtask only.
func FirstInto[T, R, V any](from func(*T) *V, to func(*R) *V) Aggregate[T, R] {
	f, a := resolve("first", from, to)
	a.copies = true
	a.start = func(acc *R, first *T) { *f.to.At(acc) = *f.from.At(first) }
	return a
}
