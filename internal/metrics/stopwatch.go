package metrics

import "time"

// Stopwatch divides the time of sampled batches among the operators of a chain.
// While On is false it costs one branch per batch and link. It belongs to the
// task's goroutine.
type Stopwatch struct {
	On bool

	now     func() time.Time
	current *Operator
	since   time.Time
}

// NewStopwatch returns a stopwatch that reads now.
func NewStopwatch(now func() time.Time) *Stopwatch { return &Stopwatch{now: now} }

// Start begins a sample in the given operator.
func (s *Stopwatch) Start(o *Operator) {
	s.On, s.current, s.since = true, o, s.now()
}

// Switch charges the time since the last call to the current operator and makes
// o the current one. It returns the one before.
func (s *Stopwatch) Switch(o *Operator) *Operator {
	now := s.now()
	s.current.Sampled.Add(int64(now.Sub(s.since)))
	before := s.current
	s.current, s.since = o, now
	return before
}

// Stop ends the sample.
func (s *Stopwatch) Stop() {
	s.Switch(s.current)
	s.On = false
}
