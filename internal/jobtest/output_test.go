package jobtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// failOutput runs the program that writes all formats on a disk that fails. It
// expects an error, and of the output nothing but the names that match known.
func failOutput(t *testing.T, pack, want string, damage func(*faulty.Host), known ...string) {
	t.Helper()
	check := jobtest.Watch(t)
	dir := t.TempDir()
	disk := faulty.New(host.New())
	damage(disk)
	_, _, err := writeFiles.RunOn(jobtest.Deadline(t), jobtest.Configuration{Processes: 1, Parallelism: 3},
		thalweg.WithArgument("dir", dir), thalweg.WithArgument("compress", pack), thalweg.OnHost(disk))
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), dir) {
		t.Errorf("the error is %v, want %s", err, want)
	}
	var left []string
	for _, format := range jobtest.Names(t, dir) {
		left = append(left, jobtest.Names(t, filepath.Join(dir, format))...)
	}
	if len(left) != len(known) {
		t.Errorf("output is left: %v, known are %v", left, known)
	}
	for i := range min(len(left), len(known)) {
		if ok, _ := filepath.Match(known[i], left[i]); !ok {
			t.Errorf("output is left: %s, known is %s", left[i], known[i])
		}
	}
	check()
}

func TestAFullDiskFailsTheJobAndShowsNothing(t *testing.T) {
	for _, pack := range []string{"", "gzip", "zstd"} {
		for _, room := range []int64{0, 1000, 50000} {
			t.Run(fmt.Sprint(pack, room), func(t *testing.T) {
				failOutput(t, pack, "no space left on device", func(d *faulty.Host) { d.FillUp(room) })
			})
		}
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	for name, f := range map[string]struct {
		op      faulty.Operation
		pattern string
	}{
		"create":    {faulty.Create, ".part-00001*"},
		"write":     {faulty.Write, ".part-00002*"},
		"sync":      {faulty.Sync, ".part-00000.json*"},
		"close":     {faulty.Close, ".part-00001.txt*"},
		"directory": {faulty.Make, "text"},
		"marker":    {faulty.Create, ".writing*"},
	} {
		t.Run(name, func(t *testing.T) {
			failOutput(t, "", "input/output error", func(d *faulty.Host) { d.Fail(f.op, f.pattern, syscall.EIO) })
		})
	}
}

func TestOutputThatCannotBePublished(t *testing.T) {
	fail := func(pattern string) func(*faulty.Host) {
		return func(d *faulty.Host) { d.Fail(faulty.Rename, pattern, syscall.EIO) }
	}
	t.Run("at once", func(t *testing.T) { failOutput(t, "", "input/output error", fail("part-00000.csv")) })
	t.Run("half-way", func(t *testing.T) { failOutput(t, "", "input/output error", fail("part-00002.csv")) })
	// Sinks are published one after the other; those before it stay.
	t.Run("the second sink", func(t *testing.T) {
		failOutput(t, "", "input/output error", fail("part-00000.jsonl"), "part-00000.csv", "part-00001.csv", "part-00002.csv")
	})
}

var writeNumbers = jobtest.Register(&jobtest.Program{
	Name: "write numbers",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		var options []file.Option
		if env.ArgBool("overwrite", false) {
			options = append(options, file.Overwrite())
		}
		batch.WriteText(batch.Sequence(env, 0, int64(env.ArgInt("to", 10))), env.Arg("dir", ""), options...)
		return nil
	},
})

func TestOutputIsOverwrittenOnlyWhenAsked(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		dir := filepath.Join(t.TempDir(), "out")
		lines := func() (n int) {
			for _, name := range jobtest.Names(t, dir) {
				data, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				n += strings.Count(string(data), "\n")
			}
			return n
		}
		run := func(to, overwrite string) error {
			_, _, err := writeNumbers.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("dir", dir),
				thalweg.WithArgument("to", to), thalweg.WithArgument("overwrite", overwrite))
			return err
		}
		if err := run("10", "false"); err != nil || lines() != 10 {
			t.Fatal(c, lines(), err)
		}
		if err := run("20", "false"); err == nil || !strings.Contains(err.Error(), "not empty") || lines() != 10 {
			t.Error(c, lines(), err)
		}
		if err := run("30", "true"); err != nil || lines() != 30 {
			t.Error(c, lines(), err)
		}
		if err := run("0", "true"); err != nil || lines() != 0 || len(jobtest.Names(t, dir)) != c.Parallelism {
			t.Error(c, lines(), jobtest.Names(t, dir), err)
		}
	}
}
