// Package cluster runs a job: a master that lists splits, compares fingerprints,
// starts, watches and ends the work, and workers that run tasks. One of the
// workers, number 0, lives in the master's own process; it runs everything of a
// job in one process, and the operators that belong to the caller (print,
// collect) of a job in several. Floor 5.
//
// Invariants:
//
//  1. The protocol is the value [Master]: events in, actions out, with no
//     goroutine, clock, socket or process inside.
//  2. A job in one process and in several goes through the same steps.
//  3. When Run returns, every goroutine, process, socket and unpublished file of
//     the job is gone, or the error says which user code did not return.
//  4. Of several failures the one that came first is the job's, except that the
//     death of a process explains what its peers noticed before.
package cluster

import (
	"errors"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/task"
)

// Kind says what a message is about.
type Kind string

// From master to worker.
const (
	Program  Kind = "program"  // build this program and tell its fingerprint
	Deploy   Kind = "deploy"   // make the tasks of an attempt and listen for peers
	Connect  Kind = "connect"  // connect to the peers
	Start    Kind = "start"    // run the tasks
	Barrier  Kind = "barrier"  // sources are to send the barrier of a checkpoint
	Complete Kind = "complete" // a checkpoint is complete
	Assign   Kind = "assign"   // a split for a subtask, or the news that there are none
	Aligned  Kind = "aligned"  // how far the groups of splits that keep together have come in all other processes
	Cancel   Kind = "cancel"   // stop all tasks
	Exit     Kind = "exit"     // clean up and go
)

// From worker to master.
const (
	Built     Kind = "built"     // the answer to Program
	Deployed  Kind = "deployed"  // the answer to Deploy
	Connected Kind = "connected" // the answer to Connect
	Want      Kind = "want"      // a subtask asks for a split
	Read      Kind = "read"      // a split has been read for which others wait
	Align     Kind = "align"     // how far such a group has come in this process
	Watch     Kind = "watch"     // a subtask asks to be told when there are no more splits
	Reject    Kind = "reject"    // a sample of the input that sources reject; the count is in the figures
	Stored    Kind = "stored"    // a task has stored its part of a checkpoint, or cannot, or what it has left at its end
	Figures   Kind = "figures"   // counters so far
	Ended     Kind = "ended"     // a task has ended
	Broken    Kind = "broken"    // the connection to a peer is lost
	Gone      Kind = "gone"      // the answer to Exit
)

// Message is what master and workers say to each other. Which fields are set
// depends on the kind.
type Message struct {
	Kind Kind `json:"kind"`

	Job         *JobSpec            `json:"job,omitempty"`         // Program
	Fingerprint *plan.Fingerprint   `json:"fingerprint,omitempty"` // Built
	Attempt     int                 `json:"attempt,omitempty"`     // Deploy, Broken, Ended, Read, Align, Aligned, Barrier, Complete, Stored, Deployed, Connected, Want, Watch: from 0
	Parts       []plan.Part         `json:"parts,omitempty"`       // Deploy: what each chain does; nil: all run
	Restore     int64               `json:"restore,omitempty"`     // Deploy: the checkpoint to go on from; 0: none
	Checkpoint  int64               `json:"checkpoint,omitempty"`  // Barrier, Complete
	Stored      *stored             `json:"stored,omitempty"`      // Stored
	Address     string              `json:"address,omitempty"`     // Deployed
	Groups      []string            `json:"groups,omitempty"`      // Deployed: groups of splits with members there
	Peers       []string            `json:"peers,omitempty"`       // Connect, by process
	Node        int                 `json:"node,omitempty"`        // Assign, Want, Read, Watch, Reject
	Subtask     int                 `json:"subtask,omitempty"`     // Assign, Want, Watch
	Split       *connect.Split      `json:"split,omitempty"`       // Assign; nil: no more
	Mark        *operator.AlignMark `json:"mark,omitempty"`        // Align, Aligned
	Rejected    *connect.Rejected   `json:"rejected,omitempty"`    // Reject
	Report      *Report             `json:"report,omitempty"`      // Figures, Ended
	Task        string              `json:"task,omitempty"`        // Ended: its name
	Chain       int                 `json:"chain,omitempty"`       // Ended
	Left        int                 `json:"left,omitempty"`        // Ended: tasks still running there
	Outcome     *Outcome            `json:"outcome,omitempty"`     // Ended: of all tasks there, if none is left
	Peer        int                 `json:"peer,omitempty"`        // Broken
	Error       *Error              `json:"error,omitempty"`       // Built, Deployed, Connected, Ended, Broken
}

// JobSpec is what a worker needs to build the same program and take its part.
type JobSpec struct {
	ID          string            `json:"id"`
	Arguments   map[string]string `json:"arguments"`
	Parallelism int               `json:"parallelism"`
	Processes   int               `json:"processes"`
	Unchained   bool              `json:"unchained"`
	Fetch       int               `json:"fetch,omitempty"`   // the sink to run, see plan.Node
	Fetched     [][]byte          `json:"fetched,omitempty"` // what those before it have got
	Exchange    plan.ExchangeMode `json:"exchange"`
	Force       map[string]string `json:"force,omitempty"` // strategies by kind
	Choices     plan.Choices      `json:"choices"`         // of the optimizer
	Flush       time.Duration     `json:"flush,omitempty"`
	Restarts    int               `json:"restarts,omitempty"`
	CheckFacts  bool              `json:"checkFacts,omitempty"`
	Memory      int64             `json:"memory"`          // bytes, of each process
	Spill       []string          `json:"spill,omitempty"` // directories
	Quarantine  *Quarantine       `json:"quarantine,omitempty"`
	Checkpoints *Checkpoints      `json:"checkpoints,omitempty"` // nil: there are none
	Replay      string            `json:"replay,omitempty"`      // a quarantine whose records are all there is to read
	Token       []byte            `json:"token"`
}

// Outcome is how the tasks of a process have ended: by chain, how many have ended
// well and how many have kept what they made; and the first failure.
type Outcome struct {
	Done  map[int]int `json:"done,omitempty"`
	Kept  map[int]int `json:"kept,omitempty"`
	Error *Error      `json:"error,omitempty"`
}

// Report is what a process has counted: figures by operator and accumulators.
type Report struct {
	Figures      map[int]metrics.Figures `json:"figures,omitempty"`
	Standings    []metrics.Standing      `json:"standings,omitempty"` // how subtasks stand in event time
	Accumulators operator.Accumulators   `json:"accumulators"`
	Causes       map[int]string          `json:"causes,omitempty"` // by operator: why it has last refused something
}

// Error is an error on its way between processes.
type Error struct {
	Text      string   `json:"text"`
	Failure   *failure `json:"failure,omitempty"`
	Cancelled bool     `json:"cancelled,omitempty"` // only the echo of a Cancel
	cause     error    // the error itself, inside its own process
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns the error itself, or what has travelled of it.
func (e *Error) Unwrap() error {
	if e.cause == nil && e.Failure != nil {
		return e.Failure.restored()
	}
	return e.cause
}

// failure is an [operator.Failure] that can travel.
type failure struct {
	operator.Failure
	Cause string `json:"cause"` // in place of Err
}

func (f *failure) restored() error {
	r := f.Failure
	r.Err = errors.New(f.Cause)
	return &r
}

// asError makes an error fit to travel.
func asError(err error) *Error {
	if err == nil {
		return nil
	}
	e := &Error{Text: err.Error(), Cancelled: task.Cancelled(err), cause: err}
	var f *operator.Failure
	if errors.As(err, &f) {
		e.Failure = &failure{Failure: *f, Cause: f.Err.Error()}
		e.Failure.Err = nil // an interface cannot be read back
	}
	return e
}
