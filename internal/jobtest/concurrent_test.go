package jobtest_test

import (
	"fmt"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// Jobs of one program run side by side without a trace of each other, also if one
// of them fails.
func TestJobsRunSideBySide(t *testing.T) {
	seed := jobtest.Seed(t)
	check := jobtest.Watch(t)
	want := wordCount.Want(seed)
	results := make(chan error)
	ways := []jobtest.Configuration{jobtest.Alone, jobtest.Apart, {Processes: 3, Parallelism: 1}, {Processes: 1, Parallelism: 7, Unchained: true}}
	ctx := jobtest.Deadline(t)
	for _, c := range ways {
		go func() {
			got, _, err := wordCount.RunOn(ctx, c, thalweg.WithArgument("seed", fmt.Sprint(seed)))
			for name, lines := range got {
				if d := jobtest.Difference(lines, jobtest.Lines(want[name])); d != "" && err == nil {
					err = fmt.Errorf("%s, %s: %s", name, c, d)
				}
			}
			results <- err
		}()
		go func() {
			_, _, err := panics.RunOn(ctx, c, thalweg.WithArgument("in", "map"), thalweg.WithArgument("dir", t.TempDir()))
			if err == nil {
				results <- fmt.Errorf("%s: the failing job went well", c)
				return
			}
			results <- nil
		}()
	}
	for range 2 * len(ways) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	check()
}
