// Package window says how time is cut into windows: assigners as plain values,
// and the windows and results that come of them. Floor 0.
//
//	stream.KeyBy(words, text).Window(window.Sliding(5*time.Second, time.Second))
//
// Windows are aligned: without an offset, a tumbling window of an hour begins on
// the hour of UTC. They hold their start and not their end.
//
// It is not for state or timers: the operators that own those are in
// internal/step.
package window

import (
	"fmt"
	"time"
)

// Window is the time from Start, inclusive, to End, exclusive. Both are in UTC.
type Window struct {
	Start, End time.Time
}

// Contains reports whether t is in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Start) && t.Before(w.End) }

// String returns start and end in RFC 3339, with a blank between. Fractions of a
// second are shown where there are some.
func (w Window) String() string { return stamp(w.Start) + " " + stamp(w.End) }

// stamp prints a time of a window.
func stamp(t time.Time) string {
	layout := "2006-01-02T15:04:05Z"
	switch ns := t.Nanosecond(); {
	case ns == 0:
	case ns%int(time.Millisecond) == 0:
		layout = "2006-01-02T15:04:05.000Z"
	default:
		layout = "2006-01-02T15:04:05.000000000Z"
	}
	return t.UTC().Format(layout)
}

// Result is a value computed of the records of one window.
type Result[T any] struct {
	Window
	Value T
}

// String returns the window and the value, e.g.
// "2026-01-02T15:04:05Z 2026-01-02T15:04:10Z word 3".
func (r Result[T]) String() string { return r.Window.String() + " " + fmt.Sprint(r.Value) }
