package window

import (
	"errors"
	"fmt"
	"time"
)

// Assigner says which windows a moment belongs to. It is an immutable value; the
// zero Assigner is a mistake that Validate reports.
//
// Times are counted in nanoseconds since the Unix epoch, so windows must lie
// between the years 1678 and 2262.
type Assigner struct {
	size, slide, offset time.Duration
	tumbling            bool

	session bool // size is the gap
	global  bool
	count   int // records; of a global one
	after   int // of those: how many new ones make it fire; 0: all
}

// Tumbling cuts time into windows of one size, one after the other.
func Tumbling(size time.Duration) Assigner {
	return Assigner{size: size, slide: size, tumbling: true}
}

// Sliding begins a window of the given size every slide. The size need not be a
// multiple of the slide. A slide longer than the size is refused: records between
// two windows would vanish.
func Sliding(size, slide time.Duration) Assigner { return Assigner{size: size, slide: slide} }

// Session begins a window with a record and ends it when no record of the key has come
// for the gap, which is part of the window. A record exactly a gap after another one
// begins a new window.
func Session(gap time.Duration) Assigner { return Assigner{session: true, size: gap} }

// Global is one window for all times: it fires as its trigger says, and at the end of
// the input.
func Global() Assigner { return Assigner{global: true} }

// Count cuts the records of each key, in the order of their coming, into windows of n;
// the last one, at the end of the input, may have fewer.
func Count(n int) Assigner {
	if n == 0 {
		n = -1 // Validate reports it
	}
	return Assigner{global: true, count: n}
}

// CountSliding makes a window of the latest n records of each key whenever slide more have
// come; the first ones have fewer, as does the last one, at the end of the input, if fewer
// than slide have come since.
func CountSliding(n, slide int) Assigner {
	a := Count(n)
	if a.after = slide; slide <= 0 || slide > n {
		a.after = -1 // Validate reports it
	}
	return a
}

// Aligned reports whether the windows are the same for all keys: tumbling and sliding
// ones of time. The methods about panes and ends are for those only.
func (a Assigner) Aligned() bool { return !a.session && !a.global }

// IsSession reports whether the windows are sessions; Size is their gap.
func (a Assigner) IsSession() bool { return a.session }

// Records returns the number of records of a window of Count; of others it is 0.
func (a Assigner) Records() int { return a.count }

// After returns, for windows of CountSliding, after how many new records they fire; of
// others it is 0.
func (a Assigner) After() int { return a.after }

// Offset returns the assigner with its windows moved by d: windows of a day with
// an offset of -8 hours begin at midnight of UTC+8.
func (a Assigner) Offset(d time.Duration) Assigner {
	a.offset += d
	return a
}

// Size returns the length of a window.
func (a Assigner) Size() time.Duration { return a.size }

// Slide returns the time from one window's start to the next one's.
func (a Assigner) Slide() time.Duration { return a.slide }

// Pane returns the length of a pane: the longest piece of time such that every
// window is a row of whole panes. The windows that overlap share them (Li et al.,
// "No Pane, No Gain", SIGMOD Record 34(1), 2005). The assigner must be valid.
func (a Assigner) Pane() time.Duration {
	return time.Duration(common(int64(a.size), int64(a.slide)))
}

// Shared returns tumbling windows that are panes of all the windows: the longest pieces of
// time such that every window of each assigner is a row of whole ones. All of them must be
// valid, and aligned.
func Shared(all ...Assigner) Assigner {
	first := all[0].PaneStart(0)
	var size int64
	for _, a := range all {
		size = common(common(size, int64(a.Pane())), a.PaneStart(0)-first)
	}
	return Tumbling(time.Duration(size)).Offset(time.Duration(first))
}

// common returns the greatest common divisor.
func common(x, y int64) int64 {
	for y != 0 {
		x, y = y, x%y
	}
	return max(x, -x)
}

// PaneStart returns the start of the pane that ns is in. The assigner must be
// valid.
func (a Assigner) PaneStart(ns int64) int64 { return floor(ns, int64(a.Pane()), int64(a.offset)) }

// FirstEnd returns the end of the earliest window that ns is in, LastEnd that of
// the latest. Every further window between them ends a slide after the one
// before. The assigner must be valid.
func (a Assigner) FirstEnd(ns int64) int64 {
	// The first window that ends after ns: its end is a window's start moved by
	// the size.
	return floor(ns, int64(a.slide), int64(a.offset+a.size)) + int64(a.slide)
}

// LastEnd is described at FirstEnd.
func (a Assigner) LastEnd(ns int64) int64 {
	return floor(ns, int64(a.slide), int64(a.offset)) + int64(a.size)
}

// EndingAt returns the window with that end.
func (a Assigner) EndingAt(ns int64) Window {
	return Window{Start: time.Unix(0, ns-int64(a.size)).UTC(), End: time.Unix(0, ns).UTC()}
}

// floor returns the greatest number of the form offset + k·step that is at most
// ns.
func floor(ns, step, offset int64) int64 {
	r := (ns - offset%step) % step
	if r < 0 {
		r += step
	}
	return ns - r
}

// Validate returns what is wrong with the assigner, or nil.
func (a Assigner) Validate() error {
	switch {
	case a == Assigner{}:
		return errors.New("window: the zero Assigner assigns no windows")
	case a.offset != 0 && !a.Aligned():
		return fmt.Errorf("window: %s: only windows that are aligned can have an offset", a)
	case a.session && a.size <= 0:
		return fmt.Errorf("window: %s: the gap must be positive", a)
	case a.count < 0:
		return fmt.Errorf("window: %s: the number must be positive", a)
	case a.after < 0:
		return fmt.Errorf("window: %s: the slide must be positive, and not more than the number", a)
	case !a.Aligned():
		return nil
	case a.size <= 0:
		return fmt.Errorf("window: %s: the size must be positive", a)
	case a.slide <= 0:
		return fmt.Errorf("window: %s: the slide must be positive", a)
	case a.slide > a.size:
		return fmt.Errorf("window: %s: the slide is longer than the size, so records between two windows would be lost (the size comes first)", a)
	}
	return nil
}

// String describes the assigner, e.g. "tumbling 1m0s", "sliding 5s every 1s" or
// "tumbling 24h0m0s offset -8h0m0s".
func (a Assigner) String() string {
	s := fmt.Sprintf("sliding %s every %s", a.size, a.slide)
	switch {
	case a.tumbling:
		s = fmt.Sprintf("tumbling %s", a.size)
	case a.session:
		s = fmt.Sprintf("sessions with a gap of %s", a.size)
	case a.count != 0:
		s = fmt.Sprintf("%d records", a.count)
		if a.after > 0 {
			s = fmt.Sprintf("the latest %d records after %d", a.count, a.after)
		}
	case a.global:
		s = "all times"
	}
	if a.offset != 0 {
		s += fmt.Sprintf(" offset %s", a.offset)
	}
	return s
}
