package plan

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
)

// Time is what an operator does to the event times of records.
type Time uint8

// What comes out.
const (
	NoTimes   Time = iota // records without times
	KeepTimes             // the times of the records they are made of, at once, if all inputs have times
	PassTimes             // times, if all inputs have some, but perhaps later
	SetTimes              // times that the operator says
)

// AssignTime is the kind of the operator that gives records their event times.
const AssignTime = "assign time"

// attach makes an operator that assigns times run in the tasks of the source before it,
// whatever else is asked for, if there is one: only there splits can be told apart. What
// stands in between takes a record at a time.
func (n *Node) attach() {
	n.attached = n.Beside && single(n) && n.Inputs[0][0].Ship == operator.Forward
	if n.Kind != AssignTime {
		return
	}
	source, between := n.behind()
	if source == nil {
		return
	}
	for _, b := range between {
		b.attached = true
	}
}

// behind returns the source that a node stands behind, and what runs in the source's
// tasks up to the node; nil if there is none.
func (n *Node) behind() (source *Node, between []*Node) {
	between = []*Node{n}
	for at := n; ; {
		if !single(at) || at.Inputs[0][0].Ship != operator.Forward || len(at.Broadcasts) > 0 {
			return nil, nil
		}
		at = at.Inputs[0][0].From
		if at.Source != nil {
			return at, between
		}
		if at.Time != KeepTimes {
			return nil, nil
		}
		between = append(between, at)
	}
}

// Align notes that the splits of the source before the node keep together with others by
// the times that the node assigns.
func (n *Node) Align() error {
	source, _ := n.behind()
	switch {
	case source == nil:
		return errors.New("splits can be aligned only right behind their source: nothing but operators that take a record at a time may stand in between")
	case source.aligned:
		return fmt.Errorf("the splits of %q are aligned already, by other times", source.Name)
	}
	source.aligned = true
	return nil
}

// Endless reports whether what comes out of a node has no end.
func (p *Plan) Endless(n *Node) bool { return endless(n) }

// Endless reports whether some of the input has no end.
func (in Input) Endless() bool {
	for _, e := range in {
		if endless(e.From) {
			return true
		}
	}
	return false
}

// timed reports whether the records that come out of the node have event times.
func (n *Node) timed() bool {
	switch n.Time {
	case SetTimes:
		return true
	case KeepTimes, PassTimes:
		for _, in := range n.Inputs {
			if !in.Timed() {
				return false
			}
		}
		return true
	}
	return false
}

// Timed reports whether all records of the input have event times.
func (in Input) Timed() bool {
	for _, e := range in {
		if !e.From.Timed {
			return false
		}
	}
	return len(in) > 0
}
