// Package operator holds the contracts between the runtime and what it runs:
// batches, collectors, factories, and the optional interfaces of an operator.
// Floor 2.
//
// There are three runtime shapes: a source, one input, two inputs. A chain of
// operators is built from its tail to its head: a [Factory] receives the
// collectors its outputs go to, as any, asserts each once to the type it knows,
// and returns the collectors of its own inputs. From then on the chain is typed.
//
// Invariants:
//
//  1. An operator runs on its task's goroutine only.
//  2. A batch is lent for the duration of a Collect call: the receiver may not
//     change its rows, nor keep the slice; it may keep copies of rows. What rows
//     refer to (strings, slices, pointers) is never changed by anybody.
//  3. An operator keeps no rows back between two Collect calls unless they are
//     its state; what it holds leaves in Finish or by a timer.
package operator

import (
	"errors"
	"time"
)

// Collector is the receiving end of a link: it takes batches of T. An error
// ends the task; [ErrDone] says that the receiver needs no further rows.
type Collector[T any] interface {
	Collect(rows []T) error
}

// ErrDone is returned by a collector that wants no more input. A source that
// gets it ends as if its input had ended; other operators pass it on.
var ErrDone = errors.New("operator: no more input wanted")

// Factory makes one instance of an operator for one subtask.
type Factory func(Wiring) (Instance, error)

// Wiring is what a factory gets.
type Wiring struct {
	Context *Context
	Outputs []any // Collector[O] of each output port, never nil

	Received, Sent []*Stamps // by input and by port; see In and Out
}

// Instance is what a factory returns.
type Instance struct {
	// Inputs has a Collector[I] for each input; it is empty for a source.
	Inputs []any

	// Body is looked at, once, for the optional interfaces below.
	Body any
}

// The optional interfaces of an operator. The task calls Open from the tail of
// the chain to its head before any batch, Finish from the head to the tail after
// the last one, and Close, in the end and in any case, from the tail to the head.
type (
	// Opener prepares an operator, with its context's broadcast sets complete.
	Opener interface{ Open() error }

	// Finisher emits what is left when all inputs have ended.
	Finisher interface{ Finish() error }

	// InputEnder, at the head of a chain with several inputs, is told when an input
	// has ended. All of them have before Finish is called.
	InputEnder interface{ EndInput(input int) error }

	// Closer releases what the operator holds. complete says whether the subtask
	// came to its regular end.
	Closer interface{ Close(complete bool) error }

	// Flusher is called when the task is about to wait for input: whatever should
	// be seen outside by now must go out.
	Flusher interface{ Flush() error }

	// TimerUser is an operator driven by processing time. NextTimer returns when
	// OnTimer wants to be called, or the zero time; it is asked after every batch
	// and every OnTimer.
	TimerUser interface {
		NextTimer() time.Time
		OnTimer(now time.Time) error
	}
)

// Status is what a source says after a Poll.
type Status uint8

const (
	More  Status = iota // call Poll again
	Idle                // nothing now: call again after a wake-up or at the time given
	Ended               // there will be nothing more
)

// Source is the body of a source operator. Poll pushes at most a few batches to
// its output and never blocks for input.
type Source interface {
	Poll() (Status, time.Time, error)
}
