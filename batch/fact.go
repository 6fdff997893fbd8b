package batch

import (
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
)

// kinds of operators with a function that facts can be declared of.
var (
	forwards     = []string{"map", "project", "flatMap"}
	forwardsPair = []string{"join", "cross"}
)

// Forward declares of the function of a [Map], [Project] or [FlatMap], or the rich form
// of one, which made d: in every record it makes, field to has the value that field from
// has in the record it comes of. Both are field references. It returns d.
//
//	sold := batch.Map(orders, price)
//	batch.Forward(sold, orderCustomer, saleCustomer)
//
// Records that were distributed by a key are then known to be so still, under its new
// name, and what reads them by that key need not ship them again. The engine believes
// it: of a function that does something else the results are undefined, unless the job
// runs with thalweg.WithFactChecks, or --check-facts, which tests of the program had
// better do.
func Forward[I, O, V any](d *DataSet[O], from func(*I) *V, to func(*O) *V) *DataSet[O] {
	skin.Promise(d.flow, "Forward", forwards, 0, from, to)
	return d
}

// ForwardFirst is [Forward] of the function of a join or a cross: field to has the value
// that field from has in the record of the first data set. That record must not be one
// that may be missing, as that of a right join.
func ForwardFirst[L, O, V any](d *DataSet[O], from func(*L) *V, to func(*O) *V) *DataSet[O] {
	skin.Promise(d.flow, "ForwardFirst", forwardsPair, 0, from, to)
	return d
}

// ForwardSecond is [ForwardFirst] for the record of the second data set.
func ForwardSecond[R, O, V any](d *DataSet[O], from func(*R) *V, to func(*O) *V) *DataSet[O] {
	skin.Promise(d.flow, "ForwardSecond", forwardsPair, 1, from, to)
	return d
}

// Field is a field of O that is to get the value of a field of I. Make one with [Copy].
type Field[I, O any] struct{ field skin.Field[I, O] }

// Copy copies a field for [Fields]. Both are field references.
func Copy[I, O, V any](from func(*I) *V, to func(*O) *V) Field[I, O] {
	return Field[I, O]{skin.Copy(from, to)}
}

// Fields makes one record of each record, of copies of its fields; fields of O that
// none is copied to are zero. It does what [Project] does with a function, and nothing
// needs to be declared of it.
func Fields[I, O any](in *DataSet[I], fields ...Field[I, O]) *DataSet[O] {
	list := make([]skin.Field[I, O], len(fields))
	for i, f := range fields {
		list[i] = f.field
	}
	return of(skin.Fields(in.flow, list))
}

// Pick makes one record of each record, of the fields of O: each is a copy of the field of
// I that has the same name and type, and may be promoted from a struct that I embeds. A
// field of a struct that O embeds counts as one of O. Both types are structs.
//
//	type sale struct{ CustKey int64; TotalPrice values.Decimal2 }
//	sales := batch.Pick[sale](orders)
//
// As no function is involved, it is known what the records are made of: a source behind
// which all that is read of its records is known need not read the rest.
func Pick[O, I any](in *DataSet[I]) *DataSet[O] { return of(skin.Pick[O](in.flow)) }

// MapFields is [Map] with a function of some fields: N is a struct, each field of which has
// the value of the field of I that has the same name and type, as [Pick] finds it.
//
//	func priceOf(o struct{ Price, Discount Money }) Money { return o.Price * (1 - o.Discount) }
//	prices := batch.MapFields(orders, priceOf)
//
// What the function cannot see it does not need, and a source behind which nobody needs
// a field need not read it.
func MapFields[I, N, O any](in *DataSet[I], f func(N) O) *DataSet[O] {
	return of(skin.MapFields(in.flow, f))
}

// Pairs makes a [Pair] of each pair of records with equal keys: a [Join] of which
// nothing needs to be declared.
func Pairs[L, R any, K comparable](l *DataSet[L], r *DataSet[R], on Keys[L, R, K], hints ...JoinHint) *DataSet[Pair[L, R]] {
	d := Join(l, r, on, MakePair[L, R], hints...)
	d.flow.Node.Known.Copies = []plan.Copy{{Input: 0, To: "First"}, {Input: 1, To: "Second"}}
	return d
}
