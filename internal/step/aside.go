package step

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// A record that user code did not survive fails the job or, if there is a quarantine,
// goes there, and the step goes on with the next one. A step takes part by this rule:
// the function that runs a batch ends at such a record, and its caller sends what was
// made before it and calls again with the rows behind it. So a batch without such a
// record costs what it costs else.
//
// What the failing call had emitted is withdrawn: see emitter.hold. What it did to state
// of its own stays.

// fault is what a step panics with, outside of user code, when it cannot go on with a
// record.
type fault struct {
	kind quarantine.Kind
	err  error
}

// spares reports whether records are put aside.
func (g *guard) spares() bool { return g.to != nil || g.ctx.Quarantines() }

// refuseTo has the guard put the records aside that go to another operator. Who calls
// it sets the times of each batch.
func (g *guard) refuseTo(to *quarantine.Writer, input int) *guard {
	g.to, g.input = to, int32(input)
	return g
}

// aside deals with the record that user code was working on when it panicked with
// caught. It returns nil if that was put aside. time is its event time, or NoTime; key
// its key, or empty.
func aside[T any](g *guard, caught any, number int64, row *T, time int64, key string) error {
	value := func() any { return *row }
	f, isFault := caught.(fault)
	if !g.spares() || final(caught) {
		var err error
		if isFault {
			err = g.ctx.Fail(f.err, number, value)
		} else {
			err = g.ctx.Recovered(caught, number, value)
		}
		if failure, ok := err.(*operator.Failure); ok && !final(caught) {
			failure.Spares = true
		}
		return err
	}
	e := &quarantine.Entry{
		Kind: quarantine.Panic, Input: g.input, Number: number,
		Timed: time != operator.NoTime, Time: time, Key: key,
	}
	if isFault {
		e.Kind, e.Cause = f.kind, f.err.Error()
	} else {
		e.Cause, e.Stack = (&operator.Panic{Value: caught}).Error(), stack()
	}
	if g.to != nil || g.keys {
		e.Kind = quarantine.Key
	}
	schema, err := encode(row, e)
	if err != nil {
		return g.ctx.Fail(errors.Join(err, errors.New(e.Cause)), number, value)
	}
	return g.ctx.Quarantine(g.to, e, schema, value)
}

// final reports whether what was caught is not about a record, or is meant to end the
// job.
func final(caught any) bool {
	switch caught := caught.(type) {
	case operator.Abort, operator.Broken:
		return true
	case error:
		var value *types.ValueError // found by the batch, without a word about the record
		return errors.As(caught, &value)
	}
	return false
}

// encode writes the record of an entry.
func encode[T any](row *T, e *quarantine.Entry) (s *types.Schema, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("the record cannot be put into the quarantine: %v", caught)
		}
	}()
	t, err := types.Of[T]()
	if err != nil {
		return nil, err
	}
	e.Record = t.Append(nil, row)
	return t.Schema(), nil
}

// settle is for steps that make one record of each, and have their index in a variable
// that their deferred function sees, which costs less than a store to the guard for
// every record. caught is what that function has recovered. It returns how many rows
// were dealt with and the index of the first one that is left; one in between was put
// aside. times are those of the rows, or nil.
func settle[T any](g *guard, caught any, at int, rows []T, times []int64, err *error) (done, next int) {
	done, next = len(rows), len(rows)
	if caught != nil {
		g.at = at
		*err = aside(g, caught, g.base+int64(at), &rows[at], timeAt(times, at), "")
		done, next = at, at+1
	}
	g.base += int64(next)
	return done, next
}

// spare is settle for steps with emitters, whose index is in the guard. It is deferred by
// the method that runs a batch; next is the method's result, the index of the first row
// that is left. undo, which may be nil, takes back what the call has done, and returns
// the key of the record at fault.
func spare[T any](g *guard, rows []T, times []int64, next *int, err *error, undo func() string) {
	if caught := recover(); caught != nil {
		key := ""
		if undo != nil && g.spares() && !final(caught) {
			key = undo()
		}
		*err = aside(g, caught, g.base+int64(g.at), &rows[g.at], timeAt(times, g.at), key)
		*next = g.at + 1
	}
	g.base += int64(*next)
}

// timeAt returns the time of a row, or NoTime.
func timeAt(times []int64, at int) int64 {
	if at >= len(times) {
		return operator.NoTime
	}
	return times[at]
}

// timesFrom returns the times of the rows from the n-th on.
func timesFrom(times []int64, n int) []int64 {
	if times == nil {
		return nil
	}
	return times[n:]
}

// maxStack is how many calls of a stack are kept.
const maxStack = 40

// stack returns the calls that led to the panic that is being recovered, innermost
// first, down to the engine's. It has no addresses or numbers of goroutines, so that
// the same way gives the same text.
func stack() string {
	var pcs [128]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var b strings.Builder
	panicked, kept := false, 0
	for kept < maxStack {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic" || frame.Function == "runtime.sigpanic":
			panicked = true
			b.Reset() // what came before is the way from the panic to here
			kept = 0
		case panicked && !strings.HasPrefix(frame.Function, "runtime."):
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
			kept++
			if strings.Contains(frame.Function, "/internal/step.") {
				return b.String() // the step that called user code
			}
		}
		if !more {
			return b.String()
		}
	}
	return b.String()
}
