package jobtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		dir := env.Arg("dir", "")
		numbers := stream.Read(env, memory.Sequence(0, restoredNumbers, 3*restoredNumbers)).Rebalance()
		keys := stream.KeyByFunc(numbers, func(n int64) int64 { return n % restoredKeys })
		counted := stream.Process(keys, func(ctx *stream.KeyedContext[int64, string]) (stream.Handler[int64], error) {
			count := state.NewValue[int64](ctx, "count")
			return stream.Handler[int64]{Record: func(n int64) {
				if n == restoredNumbers*2/3 && dir != "" {
					failOnce(filepath.Join(dir, "failed"))
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
			got, r, err := restored.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("dir", dir), thalweg.WithRestarts(1),
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
