package plan_test

import (
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/plan"
)

// variant is a program and what can be different in it.
type variant[N int32 | int64] struct {
	name      string
	filter    bool // another operator
	rebalance bool // another edge
	wider     bool // another parallelism
	elsewhere bool // the same operator, made on another line
	rows      int  // another property
	file      string
}

func (v variant[N]) build(env *thalweg.Environment) {
	_ = env.Arg("level", "low")
	if v.file != "" {
		env.CacheFile("file", v.file)
	}
	numbers := batch.FromSlice(env, make([]N, v.rows+1))
	if v.rebalance {
		numbers = numbers.Rebalance()
	}
	kept := v.second(numbers).Named(v.name)
	if v.wider {
		kept.WithParallelism(3)
	}
	batch.Discard(kept)
}

func (v variant[N]) second(in *batch.DataSet[N]) *batch.DataSet[N] {
	double := func(n N) N { return 2 * n }
	switch {
	case v.filter:
		return in.Filter(func(N) bool { return true })
	case v.elsewhere:
		return batch.Map(in, double)
	}
	return batch.Map(in, double)
}

func fingerprint(t *testing.T, build program, options ...thalweg.Option) plan.Fingerprint {
	t.Helper()
	var g *plan.Graph
	_, _ = thalweg.Run(t.Context(), func(env *thalweg.Environment) error {
		g = env.Graph()
		build(env)
		return errBuilt
	}, options...)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	return g.Fingerprint()
}

func TestTwoBuildsHaveOneFingerprint(t *testing.T) {
	for name, build := range programs {
		a, b := fingerprint(t, build), fingerprint(t, build)
		if a.Sum() != b.Sum() {
			t.Errorf("%s: %s and %s", name, a.Sum(), b.Sum())
		}
		if err := a.Diff(b, "worker 1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFingerprintTellsProgramsApart(t *testing.T) {
	base := fingerprint(t, variant[int64]{name: "kept"}.build)
	for _, c := range []struct {
		what  string
		other plan.Fingerprint
		first string   // where the difference is found
		shown []string // on the other side
	}{
		{"operator", fingerprint(t, variant[int64]{name: "kept", filter: true}.build), "operator 1:", []string{`filter "kept"`}},
		{"name", fingerprint(t, variant[int64]{name: "doubled"}.build), "operator 1:", []string{`map "doubled"`}},
		{"type", fingerprint(t, variant[int32]{name: "kept"}.build), "operator 0:", []string{"int32"}},
		{"edge", fingerprint(t, variant[int64]{name: "kept", rebalance: true}.build), "operator 1:", []string{"0.0 rebalance"}},
		{"parallelism", fingerprint(t, variant[int64]{name: "kept", wider: true}.build), "operator 1:", []string{"×3"}},
		{"property", fingerprint(t, variant[int64]{name: "kept", rows: 1}.build), "operator 0:", []string{"slice of 2"}},
		{"call site", fingerprint(t, variant[int64]{name: "kept", elsewhere: true}.build), "operator 1:", []string{"map", "plan/fingerprint_test.go:"}},
		{"argument", fingerprint(t, variant[int64]{name: "kept"}.build, thalweg.WithArgument("level", "high")), "argument 0:", []string{`--level="high"`}},
		{"cached file", fingerprint(t, variant[int64]{name: "kept", file: "fingerprint_test.go"}.build), "cached file 0:", []string{`"file" "fingerprint_test.go"`}},
		{"end", plan.Fingerprint{Arguments: base.Arguments, Operators: base.Operators[:2]}, "operator 2:", []string{"(none)"}},
	} {
		if c.other.Sum() == base.Sum() {
			t.Errorf("another %s gives the same sum", c.what)
		}
		err := base.Diff(c.other, "worker 1")
		if err == nil {
			t.Errorf("another %s is no difference", c.what)
			continue
		}
		_, theirs, _ := strings.Cut(err.Error(), "worker 1:")
		if !strings.Contains(err.Error(), "the first difference is "+c.first) {
			t.Errorf("another %s: no %q in %v", c.what, c.first, err)
		}
		for _, want := range c.shown {
			if !strings.Contains(theirs, want) {
				t.Errorf("another %s: no %q in %v", c.what, want, err)
			}
		}
	}
}

func TestADifferenceShowsBothSides(t *testing.T) {
	base := fingerprint(t, variant[int64]{name: "kept"}.build)
	err := base.Diff(fingerprint(t, variant[int64]{name: "kept", elsewhere: true}.build), "worker 2")
	for _, want := range []string{"  here:     map", "  worker 2: map", "depend only on its declared arguments"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}
