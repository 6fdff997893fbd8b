package thalweg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/plan"
)

// buildGraph runs a build function and returns its graph, or everything that is
// wrong with it.
func buildGraph(env *Environment, build Build) (*plan.Graph, error) {
	stopped, err := env.build(build)
	err = errors.Join(env.graph.Err(), err)
	if !stopped { // else it has not got to all of its arguments
		err = errors.Join(err, unknownArguments(env))
	}
	return env.graph, err
}

// unknownArguments refuses values for arguments that the program does not have.
func unknownArguments(env *Environment) error {
	var known []string
	for _, a := range env.graph.Arguments {
		known = append(known, a.Name)
	}
	var errs []error
	for name := range env.values {
		if !slices.Contains(known, name) {
			for _, f := range engineFlags {
				known = append(known, f.name)
			}
			errs = append(errs, &UsageError{fmt.Sprintf("unknown option --%s%s", name, suggestion(name, known))})
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

func run(ctx context.Context, build Build, s *settings) (*Result, error) {
	if err := errors.Join(s.mistakes...); err != nil {
		return &Result{}, err
	}
	if err := s.checkCheckpoints(); err != nil {
		return &Result{}, err
	}
	if err := s.prepareQuarantine(); err != nil {
		return &Result{}, err
	}
	limitCollector(s.memory, s.processes, false)
	env := newEnvironment(s.name, s.arguments)
	env.files = s.host.Files()
	config := cluster.Config{
		Host: s.host, Name: s.name, Graph: env.graph, Arguments: s.arguments,
		Parallelism: s.parallelism, Processes: s.processes, Unchained: s.unchained,
		Exchange: s.exchange, Flush: s.flush, Restarts: s.restarts, Force: s.force, CheckFacts: s.checkFacts, Memory: s.memory, Spill: s.spill,
		Quarantine: s.quarantine, Replay: s.replay, Checkpoints: s.checkpoints, Resume: s.resume,
		Observe: s.observe,
	}
	env.execute = func(fetch int, fetched [][]byte) error {
		c := config
		c.Fetch, c.Fetched = fetch, fetched
		c.Checkpoints, c.Resume = nil, false // it is repeated as a whole
		var err error
		if c.Choices, err = s.choose(ctx, env.graph, fetch); err != nil {
			return err
		}
		p, err := cluster.Run(ctx, c)
		if err == nil {
			err = s.remember(p, fetch)
		}
		return err
	}
	if _, err := buildGraph(env, build); err != nil {
		return &Result{}, err
	}
	if err := applyReplay(env, s.replay); err != nil {
		return &Result{}, err
	}
	if env.sinks > 0 && !env.graph.HasSink() {
		return &Result{}, nil // everything it does was done while it was built
	}
	config.Fetched = env.fetched
	var err error
	if config.Choices, err = s.choose(ctx, env.graph, 0); err != nil {
		return &Result{}, err
	}
	p, err := cluster.Run(ctx, config)
	if s.outcome != nil {
		s.outcome(p)
	}
	if err == nil {
		err = s.remember(p, 0)
	}
	r := newResult(p)
	if s.quarantine != nil {
		r.Quarantine = s.quarantine.Dir
	}
	return r, err
}

// Serve makes this process a worker if it was started as one for the program of
// that name, and then does not return. A program that calls [Run] with
// [WithProcesses] calls Serve at the start of main for every such program, before
// it does anything else; [Main] does so by itself.
func Serve(name string, build Build) {
	value, ok := os.LookupEnv(cluster.WorkerVariable)
	if !ok {
		return
	}
	var spec cluster.WorkerSpec
	if err := json.Unmarshal([]byte(value), &spec); err != nil {
		fmt.Fprintf(os.Stderr, "thalweg: %s is not what a master sets: %v\n", cluster.WorkerVariable, err)
		os.Exit(exitUsage)
	}
	if spec.Job != name {
		return
	}
	err := cluster.Serve(context.Background(), host.New(), spec, func(job *cluster.JobSpec) (*plan.Graph, error) {
		limitCollector(job.Memory, job.Processes, false)
		env := newEnvironment(name, job.Arguments)
		env.fetched = job.Fetched
		g, err := buildGraph(env, build)
		if err == nil {
			err = applyReplay(env, job.Replay)
		}
		return g, err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "thalweg:", err)
		os.Exit(exitFailure)
	}
	os.Exit(0)
}
