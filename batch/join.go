package batch

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
)

// Keys says how the records of two data sets meet: by a key that both have. Make
// one with [On] or [OnFunc].
type Keys[L, R any, K comparable] struct {
	left  func(*L) *K
	right func(*R) *K

	leftFunc  func(L) K
	rightFunc func(R) K
}

// On has records meet whose fields are equal. Both are field references; a field
// that is a struct is a key of several parts.
func On[L, R any, K comparable](left func(*L) *K, right func(*R) *K) Keys[L, R, K] {
	return Keys[L, R, K]{left: left, right: right}
}

// OnFunc has records meet whose computed keys are equal.
func OnFunc[L, R any, K comparable](left func(L) K, right func(R) K) Keys[L, R, K] {
	return Keys[L, R, K]{leftFunc: left, rightFunc: right}
}

// Optional is a record that may be missing: the other side of an outer join.
type Optional[T any] struct {
	Value   T // zero if it is missing
	Present bool
}

// Get returns the record, and whether there is one.
func (o Optional[T]) Get() (T, bool) { return o.Value, o.Present }

// optional returns what a pointer, which may be nil, points to.
func optional[T any](p *T) Optional[T] {
	if p == nil {
		return Optional[T]{}
	}
	return Optional[T]{*p, true}
}

// Pair is two records that met.
type Pair[L, R any] struct {
	First  L
	Second R
}

// MakePair returns the pair of two records: a function for [Join] and [Cross].
func MakePair[L, R any](l L, r R) Pair[L, R] { return Pair[L, R]{l, r} }

// Join makes a record of each pair of records with equal keys.
func Join[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(L, R) O, hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.Inner, hints, func(a *L, b *R, emit func(O)) { emit(f(*a, *b)) })
}

// JoinFlat makes any number of records of each pair of records with equal keys.
func JoinFlat[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(l L, r R, emit func(O)), hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.Inner, hints, func(a *L, b *R, emit func(O)) { f(*a, *b, emit) })
}

// JoinRich is [JoinFlat] with a function that is made for each subtask; see
// [MapRich].
func JoinRich[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], open func(*thalweg.Context) (func(l L, r R, emit func(O)), error), hints ...JoinHint) *DataSet[O] {
	return joinRich(l, r, on, step.Inner, hints, func(ctx *thalweg.Context) (step.Joiner[L, R, O], error) {
		f, err := open(ctx)
		return func(a *L, b *R, emit func(O)) { f(*a, *b, emit) }, err
	})
}

// LeftJoin makes a record of each pair of records with equal keys, and of each
// left one that has no partner.
func LeftJoin[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(L, Optional[R]) O, hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.LeftOuter, hints, func(a *L, b *R, emit func(O)) { emit(f(*a, optional(b))) })
}

// LeftJoinFlat is [LeftJoin] with any number of results.
func LeftJoinFlat[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(l L, r Optional[R], emit func(O)), hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.LeftOuter, hints, func(a *L, b *R, emit func(O)) { f(*a, optional(b), emit) })
}

// RightJoin makes a record of each pair of records with equal keys, and of each
// right one that has no partner.
func RightJoin[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(Optional[L], R) O, hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.RightOuter, hints, func(a *L, b *R, emit func(O)) { emit(f(optional(a), *b)) })
}

// RightJoinFlat is [RightJoin] with any number of results.
func RightJoinFlat[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(l Optional[L], r R, emit func(O)), hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.RightOuter, hints, func(a *L, b *R, emit func(O)) { f(optional(a), *b, emit) })
}

// FullJoin makes a record of each pair of records with equal keys, and of each one
// of either side that has no partner.
func FullJoin[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(Optional[L], Optional[R]) O, hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.FullOuter, hints, func(a *L, b *R, emit func(O)) { emit(f(optional(a), optional(b))) })
}

// FullJoinFlat is [FullJoin] with any number of results.
func FullJoinFlat[L, R any, K comparable, O any](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], f func(l Optional[L], r Optional[R], emit func(O)), hints ...JoinHint) *DataSet[O] {
	skin.CheckFunctions(l.flow.Graph, f)
	return join(l, r, on, step.FullOuter, hints, func(a *L, b *R, emit func(O)) { f(optional(a), optional(b), emit) })
}

// SemiJoin keeps the left records that have a partner, each once.
func SemiJoin[L, R any, K comparable](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], hints ...JoinHint) *DataSet[L] {
	return join(l, r, on, step.Semi, hints, func(a *L, _ *R, emit func(L)) { emit(*a) })
}

// AntiJoin keeps the left records that have no partner.
func AntiJoin[L, R any, K comparable](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], hints ...JoinHint) *DataSet[L] {
	return join(l, r, on, step.Anti, hints, func(a *L, _ *R, emit func(L)) { emit(*a) })
}
