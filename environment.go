package thalweg

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/plan"
)

// Environment is what a build function builds in: it declares arguments and
// collects operators and mistakes. It belongs to the goroutine of the build.
type Environment struct {
	graph  *plan.Graph
	values map[string]string // argument values given for this job
	files  host.FileSystem

	fetched [][]byte // what sinks have fetched so far
	sinks   int      // sinks that fetch
	execute func(fetch int, fetched [][]byte) error
}

func newEnvironment(name string, values map[string]string) *Environment {
	e := &Environment{graph: &plan.Graph{Name: name}, values: values, files: host.New().Files()}
	e.graph.Fetch = e.fetch
	return e
}

// stopBuild ends a build at a sink that fetches, where nothing is to be run, or
// where the graph is complete as far as it is needed.
type stopBuild struct{}

// fetch implements plan.Graph.Fetch.
func (e *Environment) fetch(sink *plan.Node, encode func() []byte, decode func([]byte) error) error {
	e.sinks++
	sink.Fetch = e.sinks
	if e.sinks <= len(e.fetched) {
		return decode(e.fetched[e.sinks-1])
	}
	if err := e.graph.Err(); err != nil {
		return err // the build goes on to find more mistakes
	}
	if e.execute == nil {
		panic(stopBuild{})
	}
	if err := e.execute(e.sinks, e.fetched); err != nil {
		return err
	}
	e.fetched = append(e.fetched, encode())
	return nil
}

// build runs a build function, at most to the sink at which it is to stop.
func (e *Environment) build(f Build) (stopped bool, err error) {
	defer func() {
		caught := recover()
		if _, ok := caught.(stopBuild); ok {
			stopped = true
		} else if caught != nil {
			panic(caught)
		}
	}()
	return false, f(e)
}

// Graph returns the graph under construction. It is for the packages of this
// module that add operators.
func (e *Environment) Graph() *plan.Graph { return e.graph }

// Arg declares an argument of the program and returns its value in this job:
// what the command line or WithArgument gave, else the default. Arguments are
// listed by --help with the help text, travel to all processes of the job and
// belong to its fingerprint.
func (e *Environment) Arg(name, byDefault string, help ...string) string {
	return argument(e, name, byDefault, help, func(s string) (string, error) { return s, nil })
}

// ArgInt is Arg for a whole number.
func (e *Environment) ArgInt(name string, byDefault int, help ...string) int {
	return argument(e, name, byDefault, help, strconv.Atoi)
}

// ArgFloat is Arg for a number.
func (e *Environment) ArgFloat(name string, byDefault float64, help ...string) float64 {
	return argument(e, name, byDefault, help, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
}

// ArgBool is Arg for a switch: --name alone means true.
func (e *Environment) ArgBool(name string, byDefault bool, help ...string) bool {
	return argument(e, name, byDefault, help, strconv.ParseBool)
}

// ArgDuration is Arg for a duration such as 1m30s.
func (e *Environment) ArgDuration(name string, byDefault time.Duration, help ...string) time.Duration {
	return argument(e, name, byDefault, help, time.ParseDuration)
}

func argument[V any](e *Environment, name string, byDefault V, help []string, parse func(string) (V, error)) V {
	value := byDefault
	site := plan.Caller()
	switch {
	case slices.ContainsFunc(e.graph.Arguments, func(a plan.Argument) bool { return a.Name == name }):
		e.graph.Mistake(site, fmt.Errorf("argument --%s is declared twice", name))
	case !validName(name):
		e.graph.Mistake(site, fmt.Errorf("%q cannot be the name of an argument: lower-case letters, digits and hyphens only", name))
	case slices.ContainsFunc(engineFlags, func(f flag) bool { return f.name == name }):
		e.graph.Mistake(site, fmt.Errorf("--%s is an option of every program; give the argument another name", name))
	}
	if text, given := e.values[name]; given {
		v, err := parse(text)
		if err != nil {
			e.graph.Mistake(site, fmt.Errorf("--%s %s: not a valid %T", name, text, byDefault))
		} else {
			value = v
		}
	}
	a := plan.Argument{Name: name, Value: fmt.Sprint(value), Default: fmt.Sprint(byDefault)}
	if len(help) > 0 {
		a.Help = help[0]
	}
	e.graph.Arguments = append(e.graph.Arguments, a)
	return value
}

func validName(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return name != "" && name[0] != '-'
}
