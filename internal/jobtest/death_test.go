package jobtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// mortal ends its process at one record, in the way the argument says.
var mortal = jobtest.Register(&jobtest.Program{
	Name: "mortal",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		how := env.Arg("how", "")
		n := batch.Map(batch.Sequence(env, 0, 100000), func(n int64) int64 {
			if n == unlucky {
				switch how {
				case "exit":
					os.Exit(3)
				case "leave":
					os.Exit(0)
				case "kill":
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
			}
			return n
		})
		n = batch.PartitionByHash(n, itself)
		n = batch.Map(n, identity)
		jobtest.Keep(out, "rows", n)
		batch.WriteText(n, env.Arg("dir", ""))
		return nil
	},
})

func TestTheDeathOfAWorkerFailsTheJob(t *testing.T) {
	for how, want := range map[string]string{
		"exit": `worker [123] died: exit status 3`, "leave": `worker [123] died: its process ended`, "kill": `worker [123] died: signal: killed`,
	} {
		for _, parallelism := range []int{1, 3, 7} {
			t.Run(fmt.Sprint(how, " ", parallelism), func(t *testing.T) {
				check := jobtest.Watch(t)
				dir := filepath.Join(t.TempDir(), "out")
				got, _, err := mortal.RunOn(jobtest.Deadline(t), jobtest.Configuration{Processes: 3, Parallelism: parallelism},
					thalweg.WithArgument("how", how), thalweg.WithArgument("dir", dir))
				if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
					t.Errorf("the error is %v, want %s", err, want)
				}
				if names := jobtest.Names(t, dir); len(names) > 0 || len(got["rows"]) > 0 {
					t.Errorf("output is left: %v, %d rows", names, len(got["rows"]))
				}
				check()
			})
		}
	}
}

// Output that was there before the job stays when the job fails.
func TestAFailedJobLeavesEarlierOutputAlone(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, ".kept")
	if err := os.WriteFile(kept, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, _, err := mortal.RunOn(jobtest.Deadline(t), jobtest.Apart, thalweg.WithArgument("how", "kill"), thalweg.WithArgument("dir", dir))
	if names := jobtest.Names(t, dir); err == nil || len(names) != 1 || names[0] != ".kept" {
		t.Fatalf("the directory holds %v after %v", names, err)
	}
}

// After success nothing is left either.
func TestSuccessLeavesNothingBehind(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		check := jobtest.Watch(t)
		dir := filepath.Join(t.TempDir(), "out")
		got, _, err := mortal.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("dir", dir))
		if err != nil || len(got["rows"]) != 100000 {
			t.Fatal(c, len(got["rows"]), err)
		}
		if names := jobtest.Names(t, dir); len(names) != c.Parallelism {
			t.Errorf("%s: the directory holds %v", c, names)
		}
		check()
	}
}

// A program that never reaches Serve ends at once instead of waiting for calls.
func TestAWorkerThatDoesNotCallFailsTheJob(t *testing.T) {
	check := jobtest.Watch(t)
	_, _, err := mortal.RunOn(jobtest.Deadline(t), jobtest.Apart, thalweg.WithName(dying),
		thalweg.WithArgument("dir", filepath.Join(t.TempDir(), "out")))
	if err == nil || !regexp.MustCompile(`worker [123] died before it could begin: exit status 9`).MatchString(err.Error()) {
		t.Fatal(err)
	}
	check()
}

func TestAJobThatIsCancelledBeforeItBegins(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		check := jobtest.Watch(t)
		dir := filepath.Join(t.TempDir(), "out")
		got, _, err := mortal.RunOn(jobtest.Cancelled(), c, thalweg.WithArgument("dir", dir))
		if !errors.Is(err, context.Canceled) || len(got["rows"]) > 0 || len(jobtest.Names(t, dir)) > 0 {
			t.Errorf("%s: %v, %d rows, files %v", c, err, len(got["rows"]), jobtest.Names(t, dir))
		}
		check()
	}
}
