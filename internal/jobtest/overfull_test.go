package jobtest_test

import (
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// hoarder keeps a text of a kilobyte for each of many keys.
var hoarder = jobtest.Register(&jobtest.Program{
	Name: "hoarder",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		keyed := stream.KeyByFunc(stream.Sequence(env, 0, int64(env.ArgInt("keys", 0)), 0), func(n int64) int64 { return n })
		kept := stream.Process(keyed, func(c *stream.KeyedContext[int64, string]) (stream.Handler[int64], error) {
			text := state.NewValue[string](c, "text")
			return stream.Handler[int64]{Record: func(int64) { text.Set(strings.Repeat("x", 1024)) }}, nil
		}).Named("hoarder of texts")
		jobtest.KeepStream(out, "nothing", kept)
		return nil
	},
})

func TestStateThatOutgrowsItsMemoryFailsTheJobWithAWord(t *testing.T) {
	for _, c := range []jobtest.Configuration{{Processes: 1, Parallelism: 2}, jobtest.Apart} {
		run := func(keys string) error {
			_, _, err := hoarder.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("keys", keys), thalweg.WithMemory(16<<20))
			return err
		}
		if err := run("1000"); err != nil {
			t.Errorf("%s: a megabyte of state: %v", c, err)
		}
		err := run("100000")
		if err == nil {
			t.Fatalf("%s: a hundred megabytes of state had room in 16 MiB", c)
		}
		for _, part := range []string{"hoarder of texts", "keys takes", "of memory for it", "--memory"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not say %q: %v", c, part, err)
			}
		}
	}
}
