package operator

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// Promise is a fact that the user declared of an operator's function: in every
// record it makes, a field has the value that a field of the record it comes of has.
// It is immutable.
type Promise struct {
	Text  string // the fact as the user would write it: "Forward(CustKey → Customer)"
	Site  string // the user's file and line that declared it
	Input int    // whose record it speaks of

	// Holds is a func(in *I, out *O) (was, is any, holds bool) of the operator's record
	// types. was and is are the values of the two fields, nil if the promise holds.
	Holds any
}

// Broken is what a step panics with, on its own goroutine and outside of user code,
// when a record does not keep a promise. [Context.Recovered] makes a [Failure] of it.
type Broken struct{ Err error }

// Broken returns the error that says so, with both values.
func (p *Promise) Broken(was, is any) error {
	text := fmt.Sprintf("%s does not hold: %s became %s", p.Text, show(was), show(is))
	if p.Site != "" {
		text += " (declared at " + p.Site + ")"
	}
	return errors.New(text)
}

// show prints a value for a message; strings are quoted.
func show(v any) string {
	text := Render(func() any { return v })
	if reflect.ValueOf(v).Kind() == reflect.String {
		return strconv.Quote(text)
	}
	return text
}
