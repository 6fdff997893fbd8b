package jobtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/connect/text"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// restored counts the numbers of each remainder one after the other, with state, and fails
// once on the way. Its source takes about a third of a second, so that there are some
// checkpoints before it does.
var restored = jobtest.Register(&jobtest.Program{
	Name: "restored",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		dir, how := env.Arg("dir", ""), env.Arg("how", "")
		numbers := stream.Read(env, memory.Sequence(0, restoredNumbers, 3*restoredNumbers)).Rebalance()
		keys := stream.KeyByFunc(numbers, func(n int64) int64 { return n % restoredKeys })
		counted := stream.Process(keys, func(ctx *stream.KeyedContext[int64, string]) (stream.Handler[int64], error) {
			count := state.NewValue[int64](ctx, "count")
			return stream.Handler[int64]{Record: func(n int64) {
				if f := restoredHook.Load(); f != nil {
					(*f)(n)
				}
				switch {
				case n != restoredNumbers*19/20:
				case how == "fail":
					failOnce(filepath.Join(dir, "failed"))
				case how == "die" && first(filepath.Join(dir, "died")):
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
				c := count.Get() + 1
				count.Set(c)
				ctx.Emit(fmt.Sprintf("%d: %d", ctx.Key(), c))
			}}, nil
		})
		jobtest.KeepStream(out, "counted", counted)
		stream.Write(counted, text.Write[string](filepath.Join(dir, "out")))
		return nil
	},
	Want: func(uint64) map[string][]string { return map[string][]string{"counted": restoredWant()} },
})

// restoredHook is called with each number, in this process.
var restoredHook atomic.Pointer[func(int64)]

// first reports whether it is called the first time in any process; the file of that name
// says that it was.
func first(path string) bool {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	return err == nil && f.Close() == nil
}

const (
	restoredNumbers = 30_000
	restoredKeys    = 100
)

func restoredWant() (want []string) {
	for key := range restoredKeys {
		for n := range restoredNumbers / restoredKeys {
			want = append(want, fmt.Sprintf("%d: %d", key, n+1))
		}
	}
	slices.Sort(want)
	return want
}

// linesIn returns the lines of all files of a directory, in order.
func linesIn(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")...)
	}
	slices.Sort(all)
	return all
}

func TestAFailedJobGoesOnFromItsCheckpoint(t *testing.T) {
	for _, c := range jobtest.Configurations() {
		t.Run(c.String(), func(t *testing.T) {
			dir := t.TempDir()
			got, r, err := restored.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("dir", dir),
				thalweg.WithArgument("how", "fail"), thalweg.WithRestarts(1),
				thalweg.WithCheckpoints(filepath.Join(dir, "checkpoints"), 5*time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			if r.Checkpoints == 0 || len(r.Failures) != 1 {
				t.Errorf("%d checkpoints and %d failures", r.Checkpoints, len(r.Failures))
			}
			if again := r.Operators[0].RecordsOut; again >= restoredNumbers {
				t.Errorf("the last attempt has read all %d numbers", again)
			}
			if d := jobtest.Difference(got["counted"], restoredWant()); d != "" {
				t.Error("collected: ", d)
			}
			if d := jobtest.Difference(linesIn(t, filepath.Join(dir, "out")), restoredWant()); d != "" {
				t.Error("written: ", d)
			}
			if left, err := os.ReadDir(filepath.Join(dir, "checkpoints")); len(left) > 0 || err != nil {
				t.Errorf("checkpoints are left of a job that has ended well: %v, %v", left, err)
			}
		})
	}
}

func TestAProcessThatDiesIsReplaced(t *testing.T) {
	dir := t.TempDir()
	got, r, err := restored.RunOn(jobtest.Deadline(t), jobtest.Apart, thalweg.WithArgument("dir", dir), thalweg.WithArgument("how", "die"),
		thalweg.WithRestarts(3), thalweg.WithCheckpoints(filepath.Join(dir, "checkpoints"), 5*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Failures) == 0 || !strings.Contains(r.Failures[0].Error(), "signal: killed") {
		t.Errorf("the failures are %v", r.Failures)
	}
	if again := r.Operators[0].RecordsOut; again >= restoredNumbers {
		t.Errorf("the last attempt has read all %d numbers; %d checkpoints, %v, %v", again, r.Checkpoints, r.Failures, r.Skipped)
	}
	if d := jobtest.Difference(got["counted"], restoredWant()); d != "" {
		t.Error("collected: ", d)
	}
	if d := jobtest.Difference(linesIn(t, filepath.Join(dir, "out")), restoredWant()); d != "" {
		t.Error("written: ", d)
	}
}

func TestAJobResumesWithAnotherParallelism(t *testing.T) {
	dir := t.TempDir()
	for attempt, parallelism := range []int{3, 7, 2} {
		last := attempt == 2
		ctx, cancel := context.WithCancel(jobtest.Deadline(t))
		options := []thalweg.Option{
			thalweg.WithArgument("dir", dir), thalweg.WithCheckpoints(filepath.Join(dir, "checkpoints"), 5*time.Millisecond),
			thalweg.WithParallelism(parallelism), thalweg.WithResume(),
		}
		at := int64(restoredNumbers * (attempt + 1) / 3)
		hook := func(n int64) {
			if n == at {
				cancel()
			}
		}
		restoredHook.Store(&hook)
		got, r, err := restored.Run(ctx, options...)
		cancel()
		restoredHook.Store(nil)
		if !last {
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("attempt %d has not been cancelled: %v", attempt, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if again := r.Operators[0].RecordsOut; again >= restoredNumbers {
			t.Errorf("the last attempt has read all %d numbers", again)
		}
		if d := jobtest.Difference(got["counted"], restoredWant()); d != "" {
			t.Error("collected: ", d)
		}
		if d := jobtest.Difference(linesIn(t, filepath.Join(dir, "out")), restoredWant()); d != "" {
			t.Error("written: ", d)
		}
	}
}
