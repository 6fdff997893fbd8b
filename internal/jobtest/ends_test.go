package jobtest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// rudeSource and rudeSink panic where the process that runs the job calls them,
// outside of any task.
type (
	rudeSource struct {
		badSource
		in string
	}
	rudeSink struct {
		badSink
		in string
	}
)

func chanceIn(in, here string) error {
	if in == here {
		explode(0)
	}
	return nil
}

func (s rudeSource) Splits(connect.SplitContext) ([]connect.Split, error) {
	return nil, chanceIn(s.in, "splits")
}
func (s rudeSink) Prepare(connect.CommitContext) error { return chanceIn(s.in, "prepare") }
func (s rudeSink) Abort(connect.CommitContext) error   { return chanceIn(s.in, "abort") }
func (s rudeSink) Commit(connect.CommitContext) error {
	if s.in == "abort" {
		return fmt.Errorf("cannot commit")
	}
	return chanceIn(s.in, "commit")
}

var rude = jobtest.Register(&jobtest.Program{
	Name: "rude",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		in := env.Arg("in", "")
		n := batch.Union(batch.Sequence(env, 0, 10), batch.Read(env, rudeSource{in: in}).Named("my source"))
		batch.Write(n, rudeSink{in: in}).Named("my sink")
		batch.WriteText(n, env.Arg("dir", ""))
		return nil
	},
})

func TestAPanicOutsideOfTasksFailsTheJob(t *testing.T) {
	for _, in := range []string{"splits", "prepare", "commit", "abort"} {
		for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
			t.Run(fmt.Sprint(in, " in ", c.Processes), func(t *testing.T) {
				check := jobtest.Watch(t)
				dir := filepath.Join(t.TempDir(), "out")
				_, _, err := rude.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", in), thalweg.WithArgument("dir", dir))
				operator := "my sink"
				if in == "splits" {
					operator = "my source"
				}
				for _, part := range []string{operator + " (jobtest/ends_test.go:", "panic: no 0", "jobtest_test.explode("} {
					if err == nil || !strings.Contains(err.Error(), part) {
						t.Errorf("the error does not say %q: %v", part, err)
					}
				}
				if names := jobtest.Names(t, dir); len(names) > 0 {
					t.Errorf("output is left: %v", names)
				}
				check()
			})
		}
	}
}
