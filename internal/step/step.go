// Package step holds the operators: generic structs, one operator a file, and
// the typed side of edges. It is the only internal package that knows user
// types. Floor 3.
//
// A step is made by a constructor that returns an [operator.Factory]; the
// factory closure holds everything that needs the types. Its hot loop runs over
// a batch and calls the user's function and nothing else.
//
// Invariants:
//
//  1. A step reads the rows it is given and writes only to memory of its own.
//  2. A panic of user code becomes an [operator.Failure] in the step that called
//     it; steps behind it return errors and are not named instead.
package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
)

// guard knows which record user code is working on.
type guard struct {
	ctx  *operator.Context
	base int64 // records received before this batch
	at   int   // index in the batch

	input int32              // which input of the operator it is
	to    *quarantine.Writer // where its records are put aside; nil: in the operator's own place
	sent  []int64            // times of the batch, where at counts in it
	from  []int32            // where in the batch the rows were that at counts in; nil: there
	keys  bool               // it is keys that are computed
}

// rescue turns a panic in user code into an error. It is deferred by the method
// that runs a batch, in steps that put no records aside.
func rescue[T any](g *guard, rows []T, err *error) {
	if caught := recover(); caught != nil {
		*err = g.ctx.Recovered(caught, g.base+int64(g.at), func() any { return rows[g.at] })
	}
	g.base += int64(len(rows))
}

// rescueSpared is rescue for steps that put such records aside by themselves where there
// is a quarantine, of which the failure reminds.
func rescueSpared[T any](g *guard, rows []T, err *error) {
	if caught := recover(); caught != nil {
		*err = g.ctx.Recovered(caught, g.base+int64(g.at), func() any { return rows[g.at] })
		if failure, ok := (*err).(*operator.Failure); ok && !g.spares() && !final(caught) {
			failure.Spares = true
		}
	}
	g.base += int64(len(rows))
}

// protect runs user code that is not about a single record.
func protect(ctx *operator.Context, f func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = ctx.Recovered(caught, -1, nil)
		}
	}()
	return ctx.Fail(f(), -1, nil)
}

// one is the instance of an operator with one input.
func one[T any](c operator.Collector[T]) operator.Instance {
	return operator.Instance{Inputs: []any{c}, Body: c}
}

// output returns the collector of an output port.
func output[T any](w operator.Wiring, port int) operator.Collector[T] {
	return w.Outputs[port].(operator.Collector[T])
}
