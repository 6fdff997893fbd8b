package jobtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// unstable is a program whose graph is another one in every process. It writes
// to the directory it is given, which must stay as it is.
func unstable(name string, build func(env *thalweg.Environment) *batch.DataSet[int64]) *jobtest.Program {
	return jobtest.Register(&jobtest.Program{Name: name, Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		d := build(env)
		jobtest.Keep(out, "rows", d)
		if dir := env.Arg("dir", ""); dir != "" {
			batch.WriteText(d, dir)
		}
		return nil
	}})
}

func identity(n int64) int64 { return n }

// here is the line it is called from, as errors name it.
func here() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(file)), filepath.Base(file), line)
}

var sites = map[string]string{}

var (
	timeInName = unstable("time in a name", func(env *thalweg.Environment) *batch.DataSet[int64] {
		n := batch.Sequence(env, 0, 10)
		sites["time in a name"] = here()
		return batch.Map(batch.Map(n, identity).Named(fmt.Sprint("at ", time.Now().UnixNano())), identity)
	})
	pidInCount = unstable("pid in a count", func(env *thalweg.Environment) *batch.DataSet[int64] {
		n := batch.Sequence(env, 0, 10)
		for range 2 + os.Getpid()%11 + 20*len(os.Args) {
			n = batch.Map(n, identity)
		}
		return n
	})
	environmentInBranch = unstable("environment in a branch", func(env *thalweg.Environment) *batch.DataSet[int64] {
		n := batch.Sequence(env, 0, 10)
		if os.Getenv(cluster.WorkerVariable) == "" {
			n = n.Filter(func(n int64) bool { return n > 3 })
		}
		return batch.Map(n, identity)
	})
	mapOrder = unstable("map order", func(env *thalweg.Environment) *batch.DataSet[int64] {
		many := map[int]string{}
		for i := range 200 {
			many[i] = fmt.Sprint("name ", i)
		}
		n := batch.Sequence(env, 0, 10)
		for _, name := range many {
			sites["map order"] = here()
			n = batch.Map(n, identity).Named(name)
		}
		return n
	})
	pidInSource = unstable("pid in a source", func(env *thalweg.Environment) *batch.DataSet[int64] {
		sites["pid in a source"] = here()
		return batch.Sequence(env, 0, int64(os.Getpid()))
	})
)

func TestGraphsThatDifferBetweenProcessesAreRefused(t *testing.T) {
	for _, c := range []struct {
		program  *jobtest.Program
		operator string // the first one that differs
		shift    int    // lines from the note of the site
	}{
		{timeInName, "operator 1:", 1},
		{pidInCount, "operator ", -1},
		{environmentInBranch, "operator 1:", -1},
		{mapOrder, "operator ", 1},
		{pidInSource, "operator 0:", 1},
	} {
		t.Run(c.program.Name, func(t *testing.T) {
			check := jobtest.Watch(t)
			dir := filepath.Join(t.TempDir(), "out")
			got, r, err := c.program.RunOn(jobtest.Deadline(t), jobtest.Apart, thalweg.WithArgument("dir", dir))
			if err == nil {
				t.Fatalf("the program ran and made %v", got)
			}
			t.Log(err)
			text := err.Error()
			if !strings.Contains(text, c.operator) || !regexp.MustCompile(`at jobtest/refuse_test\.go:\d+`).MatchString(text) {
				t.Errorf("the error does not name %s and its line: %v", c.operator, err)
			}
			if site := sites[c.program.Name]; site != "" {
				file, line, _ := strings.Cut(site, ":")
				var n int
				_, _ = fmt.Sscan(line, &n)
				if want := fmt.Sprintf("at %s:%d", file, n+c.shift); !strings.Contains(text, want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			if names := jobtest.Names(t, dir); len(names) > 0 {
				t.Errorf("output is left: %v", names)
			}
			for _, o := range r.Operators {
				if o.RecordsOut > 0 {
					t.Errorf("%s has made %d records", o.Name, o.RecordsOut)
				}
			}
			check()
		})
	}
}

// In one process there is nothing to differ from.
func TestGraphsThatDependOnTheProcessRunInOne(t *testing.T) {
	got, _, err := timeInName.RunOn(jobtest.Deadline(t), jobtest.Alone)
	if err != nil || len(got["rows"]) != 10 {
		t.Fatal(len(got["rows"]), err)
	}
}
