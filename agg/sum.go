package agg

import "github.com/thalweg/thalweg/types"

// Sum adds up a field, in place. Integers wrap around on overflow, as Go's do;
// sums of floats depend on the order of the records in their last bits.
func Sum[T any, N Number](field func(*T) *N) Aggregate[T, T] { return sum("sum", field, field) }

// SumInto adds up a field of the records in a field of the result. Each value is
// converted before it is added, so an int32 can be summed in an int64 without
// overflow; a float summed in an integer loses its fraction each time.
func SumInto[T, R any, N, M Number](from func(*T) *N, to func(*R) *M) Aggregate[T, R] {
	return sum("sum", from, to)
}

// Average leaves the arithmetic mean of a field in it. The sum is kept in the
// field's own precision.
func Average[T any, F Float](field func(*T) *F) Aggregate[T, T] { return average(field, field) }

// AverageInto leaves the arithmetic mean of a field of the records in a field of
// the result. The sum is kept as a float64: of integers beyond 2^53 the last
// digits are lost.
func AverageInto[T, R any, N Number](from func(*T) *N, to func(*R) *float64) Aggregate[T, R] {
	return average(from, to)
}

func sum[T, R any, N, M Number](verb string, from func(*T) *N, to func(*R) *M) Aggregate[T, R] {
	f, a := resolve(verb, from, to)
	a.start = func(acc *R, _ *T) { *f.to.At(acc) = 0 }
	a.clear = func(acc *R) { *f.to.At(acc) = 0 }
	a.update = func(acc []Partial[R], groups []int32, rows []T, _ *types.Arena) {
		add(acc, groups, rows, f.from, f.partial)
	}
	a.merge = func(acc []Partial[R], groups []int32, partials []Partial[R], _ *types.Arena) {
		add(acc, groups, partials, f.partial, f.partial)
	}
	return a
}

// average is a sum that is divided in the end.
func average[T, R any, N Number, F Float](from func(*T) *N, to func(*R) *F) Aggregate[T, R] {
	f, a := resolve("average", from, to)
	s := sum("average", from, to)
	a.start, a.clear, a.update, a.merge = s.start, s.clear, s.update, s.merge
	a.counts = true
	a.finish = func(acc []Partial[R]) {
		for i := range acc {
			*f.partial.At(&acc[i]) /= F(acc[i].N)
		}
	}
	return a
}

// add is the loop of sums: S is a record or a partial result.
func add[S, R any, N, M Number](acc []Partial[R], groups []int32, src []S, from types.Field[S, N], to types.Field[Partial[R], M]) {
	groups = groups[:len(src)]
	for i := range src {
		*to.At(&acc[groups[i]]) += M(*from.At(&src[i]))
	}
}
