package operator

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// Failure is an error in one operator: it names operator, subtask and, where
// there is one, the record.
type Failure struct {
	Operator    string
	Site        string // the user's file and line that made the operator
	Subtask     int
	Parallelism int
	Record      int64  // the record's number among those the subtask has received, from 0; -1 unknown
	Value       string // the record, cut to a readable length
	Err         error
	Stack       string // where user code panicked
	Spares      bool   // with a quarantine the job would have gone on
}

func (f *Failure) Error() string {
	text := fmt.Sprintf("operator %q", f.Operator)
	if f.Site != "" {
		text += " (" + f.Site + ")"
	}
	text += fmt.Sprintf(", %s: %v", f.place(), f.Err)
	if f.Spares {
		text += " (--quarantine DIR puts such records aside, and the job goes on)"
	}
	return text
}

// place says at which record of which subtask it was.
func (f *Failure) place() string {
	var b strings.Builder
	fmt.Fprintf(&b, "subtask %d of %d", f.Subtask, f.Parallelism)
	if f.Record >= 0 {
		fmt.Fprintf(&b, ", record %d", f.Record)
	}
	if f.Value != "" {
		fmt.Fprintf(&b, " %s", f.Value)
	}
	return b.String()
}

func (f *Failure) Unwrap() error { return f.Err }

// Panic is the error made of a panic in user code.
type Panic struct{ Value any }

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Abort unwinds user code that called emit after the chain behind it had failed.
type Abort struct{ Err error }

// Recovered turns what recover returned into an error: the chain's own error if
// user code was unwound by Abort, a Failure if a promise is Broken, else a Failure
// with the stack of the panic. It must be called by the deferred function itself.
func (c *Context) Recovered(caught any, record int64, value func() any) error {
	if a, ok := caught.(Abort); ok {
		return a.Err
	}
	if b, ok := caught.(Broken); ok {
		return c.failure(b.Err, record, value)
	}
	f := c.failure(&Panic{Value: caught}, record, value)
	f.Stack = string(debug.Stack())
	return f
}

// Fail wraps err, once, with the operator and the record it happened at; record
// -1 and a nil value mean none. Errors that come from further down the chain and
// ErrDone stay as they are.
func (c *Context) Fail(err error, record int64, value func() any) error {
	var f *Failure
	if err == nil || errors.Is(err, ErrDone) || errors.As(err, &f) {
		return err
	}
	return c.failure(err, record, value)
}

func (c *Context) failure(err error, record int64, value func() any) *Failure {
	f := &Failure{
		Operator: c.spec.Name, Site: c.spec.Site,
		Subtask: c.spec.Subtask, Parallelism: c.spec.Parallelism,
		Record: record, Err: err,
	}
	if value != nil {
		f.Value = Render(value)
	}
	return f
}

// maxRendered bounds how much of a record an error shows.
const maxRendered = 200

// Render prints a record, cut to a readable length; a String method that panics does not hide the error.
func Render(value func() any) (text string) {
	defer func() {
		if caught := recover(); caught != nil {
			text = "(unprintable record)"
		}
	}()
	text = fmt.Sprintf("%+v", value())
	if len(text) > maxRendered {
		text = strings.ToValidUTF8(text[:maxRendered], "") + "…"
	}
	return text
}
