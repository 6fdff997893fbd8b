package explain_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/plan"
)

// program builds a graph, as users do.
type program func(env *thalweg.Environment)

// errBuilt keeps Run from running what it has built.
var errBuilt = errors.New("built")

// graphOf runs a build function and returns its graph, mistakes included. The
// places in it are made relative to the function, line 1 being its first, so that
// they do not change with what stands above it.
func graphOf(t *testing.T, name string, build program, options ...thalweg.Option) *plan.Graph {
	t.Helper()
	var g *plan.Graph
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		g = env.Graph()
		build(env)
		return errBuilt
	}, append(options, thalweg.WithName(name))...)
	if !errors.Is(err, errBuilt) {
		t.Fatalf("%s: %v", name, err)
	}
	pc := reflect.ValueOf(build).Pointer()
	file, first := runtime.FuncForPC(pc).FileLine(pc)
	place := func(s plan.Site) plan.Site {
		if s.File != file {
			t.Errorf("%s: %s is not in the program", name, s)
		}
		return plan.Site{File: filepath.Join("program", name+".go"), Line: s.Line - first + 1}
	}
	for _, n := range g.Nodes {
		n.Site = place(n.Site)
	}
	for i, m := range g.Mistakes {
		g.Mistakes[i].Site = place(m.Site)
	}
	return g
}
