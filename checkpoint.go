package thalweg

import (
	"fmt"
	"time"

	"github.com/thalweg/thalweg/internal/checkpoint"
	"github.com/thalweg/thalweg/internal/cluster"
)

// WithCheckpoints stores, about every interval, what all operators remember and how far
// sources have been read, in a directory that all processes see. After a failure, if
// [WithRestarts] allows another attempt, the job goes on from the last checkpoint that was
// complete: with the same result as without the failure. A process that has died is
// replaced. If the program itself has died, [WithResume] goes on.
//
// Records go on while a checkpoint is written. It is complete when every subtask has stored
// its part; until then the one before it counts.
//
// What sinks have written since the checkpoint is taken back, so that every record is in
// the output exactly once: files, and what is collected. Print and sockets cannot, and
// write some records twice. Sources that can read again do; of one that cannot, such as a
// socket, what came after the checkpoint is lost. What user functions remember by
// themselves, outside of package state, is not in checkpoints.
//
// An operator whose records are in no checkpoint (those that need all of their input, such
// as a sort or a join of data sets, and broadcast sets) refuses the job at its start.
//
// When the job has ended well its checkpoints are removed.
func WithCheckpoints(dir string, every time.Duration, options ...CheckpointOption) Option {
	return func(s *settings) {
		c := s.checkpointed()
		c.Dir, c.Settings.Interval = dir, every
		for _, o := range options {
			o(&c.Settings)
		}
	}
}

// WithResume goes on from the newest checkpoint in the directory of [WithCheckpoints], if
// there is one: with another parallelism or number of processes, if that is given. The
// program must be the same; its arguments may be others.
func WithResume() Option { return func(s *settings) { s.resume = true } }

// CheckpointOption changes how checkpoints are taken.
type CheckpointOption func(*checkpoint.Settings)

// AtLeastOnce does not hold back inputs that are ahead of others while a checkpoint begins.
// It is faster where inputs differ much; after a failure records may count twice.
func AtLeastOnce() CheckpointOption { return func(s *checkpoint.Settings) { s.Loose = true } }

// CheckpointPause is the least time between the end of a checkpoint and the next one.
func CheckpointPause(d time.Duration) CheckpointOption {
	return func(s *checkpoint.Settings) { s.Pause = d }
}

// CheckpointTimeout is how long a checkpoint may take; after that it is given up. Without it
// that is ten minutes.
func CheckpointTimeout(d time.Duration) CheckpointOption {
	return func(s *checkpoint.Settings) { s.Timeout = d }
}

// TolerateCheckpointFailures is how many checkpoints in a row may fail before the job
// does; a negative number is any number. Without it, it is none.
func TolerateCheckpointFailures(n int) CheckpointOption {
	return func(s *checkpoint.Settings) { s.Tolerable = n }
}

// RetainCheckpoints is how many complete checkpoints are kept while the job runs. Without
// it, it is one.
func RetainCheckpoints(n int) CheckpointOption {
	return func(s *checkpoint.Settings) { s.Retain = n }
}

// defaultInterval is the time between two checkpoints if only a directory is given.
const defaultInterval = 10 * time.Second

// checkpointed returns what is known of the job's checkpoints.
func (s *settings) checkpointed() *cluster.Checkpoints {
	if s.checkpoints == nil {
		s.checkpoints = &cluster.Checkpoints{Settings: checkpoint.Settings{Interval: defaultInterval}}
	}
	return s.checkpoints
}

// checkCheckpoints says what is wrong with how checkpoints are to be taken.
func (s *settings) checkCheckpoints() error {
	c := s.checkpoints
	switch {
	case c == nil && s.resume:
		return &UsageError{"to resume takes the directory of the checkpoints (--checkpoints)"}
	case c == nil:
		return nil
	case c.Dir == "":
		return &UsageError{"checkpoints need a directory (--checkpoints)"}
	case c.Settings.Interval <= 0:
		return fmt.Errorf("checkpoints every %s: it must be more than nothing", c.Settings.Interval)
	case c.Settings.Pause < 0, c.Settings.Timeout < 0, c.Settings.Retain < 0:
		return fmt.Errorf("checkpoints: a time, or a number to keep, is negative")
	case s.replay != "":
		return &UsageError{"a replay of a quarantine takes no checkpoints"}
	}
	return nil
}
