package thalweg

import (
	"runtime"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/host"
)

// Option changes how Run runs a program.
type Option func(*settings)

type settings struct {
	name        string
	arguments   map[string]string
	parallelism int
	processes   int
	unchained   bool
	host        host.Host
	observe     func(*cluster.Progress)
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

// OnHost runs the job on another host than the machine itself: a simulator, or
// one whose disks fail. It is for the tests of this module.
func OnHost(h host.Host) Option { return func(s *settings) { s.host = h } }
