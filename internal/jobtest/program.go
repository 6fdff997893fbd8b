// Package jobtest runs whole programs in every way the engine can run them and
// compares what they make with what they should. It is for tests only, of any
// package. Floor 8: above batch and stream.
//
// A [Program] builds its graph from arguments alone, like any user's program, and
// keeps data sets under a name; [Check] runs it over processes × parallelism ×
// chaining and compares the records kept, sorted, with an independent
// computation. The test binary is its own worker:
//
//	var double = jobtest.Register(&jobtest.Program{Name: "double", Build: …, Want: …})
//
//	func TestMain(m *testing.M) { jobtest.Serve(); os.Exit(m.Run()) }
//	func TestDouble(t *testing.T) { jobtest.Check(t, double) }
//
// [Watch] makes sure that a run leaves nothing behind: goroutines, open files,
// child processes.
package jobtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/stream"
)

// Program is a program under test.
type Program struct {
	Name string

	// Build makes the graph. It may depend on the seed and on declared arguments.
	Build func(env *thalweg.Environment, out *Out) error

	// Want computes, in any simple way, the records that are to be kept, by name.
	Want func(seed uint64) map[string][]string

	// Judge looks at what Want cannot say, if it is not nil.
	Judge func(t testing.TB, seed uint64, got map[string][]string, r *thalweg.Result)
}

// Out is where a program keeps its results.
type Out struct {
	Seed  uint64
	names []string
	text  map[string]func() []string
}

// Random returns the generator for the program's data: the same in every process.
func (o *Out) Random() *rand.Rand { return Random(o.Seed) }

// Random returns the generator that belongs to a seed.
func Random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// Keep collects a data set under a name.
func Keep[T any](o *Out, name string, d *batch.DataSet[T]) {
	batch.Collect(d, keep[T](o, name)).Named("keep " + name)
}

// KeepStream is Keep for a stream, which must end.
func KeepStream[T any](o *Out, name string, d *stream.DataStream[T]) {
	stream.Collect(d, keep[T](o, name)).Named("keep " + name)
}

func keep[T any](o *Out, name string) *[]T {
	if o.text[name] != nil {
		panic("jobtest: two results called " + name)
	}
	rows := new([]T)
	o.names = append(o.names, name)
	o.text[name] = func() []string { return Lines(*rows) }
	return rows
}

// Lines prints records and sorts them.
func Lines[T any](rows []T) []string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = fmt.Sprintf("%+v", r)
	}
	slices.Sort(lines)
	return lines
}

// rows returns everything that was kept.
func (o *Out) rows() map[string][]string {
	got := map[string][]string{}
	for _, name := range o.names {
		got[name] = o.text[name]()
	}
	return got
}

var registered []*Program

// Register makes a program known to the worker processes. It is called while
// package variables are made, so that [Serve] finds it.
func Register(p *Program) *Program {
	registered = append(registered, p)
	return p
}

// Serve makes this process a worker if it was started as one. TestMain calls it
// first.
func Serve() {
	for _, p := range registered {
		thalweg.Serve(p.Name, p.build(&Out{}))
	}
}

// build returns the build function whose results go to out.
func (p *Program) build(out *Out) thalweg.Build {
	return func(env *thalweg.Environment) error {
		seed, err := strconv.ParseUint(env.Arg("seed", "1"), 10, 64)
		if err != nil {
			return err
		}
		*out = Out{Seed: seed, text: map[string]func() []string{}}
		return p.Build(env, out)
	}
}

// Run runs the program once and returns what it kept.
func (p *Program) Run(ctx context.Context, options ...thalweg.Option) (map[string][]string, *thalweg.Result, error) {
	out := &Out{}
	all := append([]thalweg.Option{thalweg.WithName(p.Name)}, options...)
	r, err := thalweg.Run(ctx, p.build(out), all...)
	return out.rows(), r, err
}

// RunOn is Run in a configuration.
func (p *Program) RunOn(ctx context.Context, c Configuration, options ...thalweg.Option) (map[string][]string, *thalweg.Result, error) {
	return p.Run(ctx, append(c.Options(), options...)...)
}
