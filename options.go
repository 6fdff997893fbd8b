package thalweg

import (
	"fmt"
	"runtime"
	"time"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/plan"
)

// Option changes how Run runs a program.
type Option func(*settings)

type settings struct {
	name        string
	arguments   map[string]string
	parallelism int
	processes   int
	unchained   bool
	asWritten   bool   // without the optimizer
	history     string // a file; "": none
	memory      int64  // bytes; 0: the default
	spill       []string
	exchange    plan.ExchangeMode
	restarts    int
	flush       time.Duration // see cluster.Config
	checkFacts  bool
	quarantine  *cluster.Quarantine  // nil: none
	checkpoints *cluster.Checkpoints // nil: none
	resume      bool
	replay      string // the quarantine to read; "": the program's sources
	force       map[string]string
	mistakes    []error
	host        host.Host
	observe     func(*cluster.Progress)
	outcome     func(*cluster.Progress) // is told the end of the job; may be nil
}

func newSettings(options []Option) *settings {
	s := &settings{name: "program", arguments: map[string]string{}, host: host.New()}
	for _, o := range options {
		o(s)
	}
	s.processes = max(s.processes, 1)
	if s.parallelism < 1 {
		s.parallelism = runtime.GOMAXPROCS(0)
		if s.processes > 1 {
			s.parallelism = max(s.parallelism, s.processes)
		}
	}
	if s.memory == 0 {
		s.memory = defaultMemory(s.processes)
	}
	return s
}

// WithName names the program. With several processes it must be the name that
// [Serve] was given.
func WithName(name string) Option { return func(s *settings) { s.name = name } }

// WithArgument gives a declared argument a value.
func WithArgument(name, value string) Option {
	return func(s *settings) { s.arguments[name] = value }
}

// WithParallelism sets the number of subtasks of every operator that does not
// set its own. The default is the number of processors, or of processes if that
// is larger.
func WithParallelism(n int) Option { return func(s *settings) { s.parallelism = n } }

// WithProcesses has n worker processes, started from this program's own file,
// run the job. The default, 1, runs it in this process. See [Serve].
func WithProcesses(n int) Option { return func(s *settings) { s.processes = n } }

// WithoutChaining makes a task of every operator. It is for tests and
// measurements.
func WithoutChaining() Option { return func(s *settings) { s.unchained = true } }

// WithoutOptimizer runs every operator by the first of its strategies, or that of its
// hint. It is for tests and measurements.
func WithoutOptimizer() Option { return func(s *settings) { s.asWritten = true } }

// WithHistory keeps in a file how many records every operator has made, and plans with
// what the file has of earlier runs. An operator is recognized by its name, kind and
// properties and by what it reads. The file is made if it is not there.
func WithHistory(path string) Option { return func(s *settings) { s.history = path } }

// WithMemory sets how many bytes each process of the job may use for records: in
// operators that keep them, in exchanges, for broadcast sets. What does not fit
// goes to disk. The default is half of what the control group allows or the
// machine has, divided by the number of processes.
func WithMemory(bytes int64) Option {
	return func(s *settings) {
		if bytes < 1 {
			s.mistakes = append(s.mistakes, fmt.Errorf("%d bytes of memory: it must be a positive number", bytes))
		}
		s.memory = bytes
	}
}

// WithSpill sets the directories for what does not fit into memory, used in turn.
// The default is the system's directory for temporary files.
func WithSpill(dirs ...string) Option { return func(s *settings) { s.spill = dirs } }

// WithExchange sets which exchanges are blocking, see [ExchangeMode].
func WithExchange(mode ExchangeMode) Option { return func(s *settings) { s.exchange = mode } }

// ExchangeMode says which exchanges between operators are blocking: their
// consumer begins when all of its input has been made and kept, in memory or on
// disk.
type ExchangeMode = plan.ExchangeMode

// The modes. Pipelined, the default, blocks only where a job would wait for itself
// otherwise; PipelinedForced refuses such a job; Batch blocks wherever records are
// distributed; BatchForced everywhere.
const (
	Pipelined       = plan.Pipelined
	PipelinedForced = plan.PipelinedForced
	Batch           = plan.Batch
	BatchForced     = plan.BatchForced
)

// WithFlush says how long a subtask that has much to do keeps a batch that is not full;
// 0 sends it on after every piece of input. Without it that is a millisecond. A subtask
// that waits for input has always sent everything before. Watermarks go with batches.
func WithFlush(d time.Duration) Option {
	return func(s *settings) {
		if d < 0 {
			s.mistakes = append(s.mistakes, fmt.Errorf("flush after %s: it must not be negative", d))
		}
		if s.flush = d; d == 0 {
			s.flush = -1
		}
	}
}

// WithRestarts has the job tried again, up to n times, when a subtask fails: because
// of user code, a source, a sink or a disk. The default is not to.
//
// What a blocking exchange has kept, see [WithExchange], is not made again if all of it
// was there: the subtasks that read it are restarted, and with them those they share
// batches with. Everything else is read from the sources anew, and sinks take back what
// they have written; if one cannot, as print, the job fails after all. Results that are
// kept stay in memory and on disk until the job ends. The death of a process ends the job, and a program
// without end cannot be restarted.
func WithRestarts(n int) Option {
	return func(s *settings) {
		if n < 0 {
			s.mistakes = append(s.mistakes, fmt.Errorf("%d restarts: it must not be negative", n))
		}
		s.restarts = n
	}
}

// WithFactChecks compares, for every record, what the program declares of its
// functions, as with batch.Forward, with what they do. The first record that does not
// keep such a promise fails the job: the error names the operator, the place of the
// declaration, the record and both values. It is for tests of programs: a function
// that has a promise to keep gets slower, all others do not.
func WithFactChecks() Option { return func(s *settings) { s.checkFacts = true } }

// WithQuarantine has operators put records that they cannot deal with into a directory,
// which must be empty or not there, and go on: records whose function panicked, records
// without an event time, input that is no record. Each has its cause, stack, operator, key
// and time, and can be shown and replayed: see [Main]. What the failing call had emitted
// is withdrawn; what it did to state stays.
//
// More than budget of them, over all operators and subtasks, fail the job; a negative
// budget is none. All processes must see the directory under the same path. What is in it
// stays when the job fails.
func WithQuarantine(dir string, budget int64) Option {
	return func(s *settings) {
		if dir == "" {
			s.mistakes = append(s.mistakes, &UsageError{"a quarantine needs a directory"})
		}
		q := s.quarantined()
		q.Dir, q.Budget = dir, budget
	}
}

// WithQuarantineBudget is a budget for one operator, by its name, beside that of the job.
func WithQuarantineBudget(operator string, n int64) Option {
	return func(s *settings) { s.quarantined().Budgets[operator] = n }
}

// WithReplay has the program read the records of a quarantine, each where it was refused,
// and nothing else but broadcast sets.
func WithReplay(dir string) Option { return func(s *settings) { s.replay = dir } }

// quarantined returns what is known of the job's quarantine.
func (s *settings) quarantined() *cluster.Quarantine {
	if s.quarantine == nil {
		s.quarantine = &cluster.Quarantine{Budget: -1, Budgets: map[string]int64{}}
	}
	return s.quarantine
}

// WithStrategy forces a strategy for all operators of a kind, or for one of a number, as
// explain shows them: WithStrategy("join", "merge"), WithStrategy("5", "merge"). It is
// for tests and measurements; a program that means one join gives that join a hint.
func WithStrategy(kind, strategy string) Option {
	return func(s *settings) {
		if s.force == nil {
			s.force = map[string]string{}
		}
		s.force[kind] = strategy
	}
}

// OnHost runs the job on another host than the machine itself: a simulator, or
// one whose disks fail. It is for the tests of this module.
func OnHost(h host.Host) Option { return func(s *settings) { s.host = h } }
