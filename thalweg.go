// Package thalweg is an engine for bounded and unbounded data: one streaming
// dataflow runtime under batch and stream programs. Floor 6.
//
// A program is a function that builds a graph of operators with the packages
// batch and stream, and a call of [Main], which gives it a command line and runs
// it, or of [Run], which runs it inside a larger program:
//
//	func main() { thalweg.Main("word count", build) }
//
//	func build(env *thalweg.Environment) error {
//		lines := batch.ReadText(env, env.Arg("input", "king-lear.txt"))
//		words := batch.FlatMap(lines, split)
//		batch.Print(batch.GroupBy(words, text).Aggregate(agg.Sum(count)))
//		return nil
//	}
//
// # Rules for programs
//
// The build function runs in every process of a job and must build the same
// graph in each: it may depend on declared arguments ([Environment.Arg]) and on
// nothing else, not on time, environment, random numbers or map order. Processes
// compare the fingerprints of their graphs before anything runs.
//
// User functions run in several goroutines and processes at once, each instance
// on one goroutine. A function must not share written variables with others; use
// a rich function for state of its own, and counters, histograms or outputs to
// get results out.
//
// A record is a value: functions get copies. What a record refers to (the memory
// behind slices, maps, pointers) is shared with other functions that get the same
// record, so it must not be changed; it may be kept. The text of a line or a CSV
// field shares memory with the piece of the file it came from; strings.Clone
// what is kept for long.
package thalweg

import (
	"context"

	"github.com/thalweg/thalweg/internal/operator"
)

// Build makes a program's graph in env. Mistakes are collected by env and need
// no handling; an error it returns refuses the program.
type Build func(env *Environment) error

// Context is what a rich function may know and use of the run: its subtask,
// accumulators, broadcast sets and a place for clean-up.
type Context = operator.Context

// Failure is the error of an operator: it names operator, place in the program,
// subtask and record, and has the stack of a panic of user code. Use errors.As.
type Failure = operator.Failure

// Counter and Histogram are accumulators; see [Context].
type (
	Counter   = operator.Counter
	Histogram = operator.Histogram
)

// Run builds a program and runs it to its end. A done context cancels the job.
// The result is not nil and says what was done also if there is an error. Run may
// be called several times, also concurrently.
func Run(ctx context.Context, build Build, options ...Option) (*Result, error) {
	s := newSettings(options)
	return run(ctx, build, s)
}
