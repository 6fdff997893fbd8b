package plan

// Time is what an operator does to the event times of records.
type Time uint8

// What comes out.
const (
	NoTimes   Time = iota // records without times
	KeepTimes             // the times of the records they are made of, at once, if all inputs have times
	PassTimes             // times, if all inputs have some, but perhaps later
	SetTimes              // times that the operator says
)

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
