package jobtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// endless is a source with one split for each subtask that emits one record and
// then waits for ever.
type endless struct{}

func (endless) String() string { return "endless" }
func (endless) Bounded() bool  { return true }
func (endless) Splits(c connect.SplitContext) ([]connect.Split, error) {
	var all []connect.Split
	for i := range c.Parallelism() {
		all = append(all, connect.Split{ID: fmt.Sprint(i)})
	}
	return all, nil
}
func (endless) Open(connect.ReaderContext, connect.Split) (connect.Reader[int64], error) {
	return &endlessReader{}, nil
}

type endlessReader struct{ sent bool }

func (r *endlessReader) Read(rows []int64) (int, error) {
	if r.sent {
		return 0, connect.Wait
	}
	r.sent = true
	rows[0] = 1
	return 1, nil
}
func (*endlessReader) Close() error { return nil }

// announce adds a line to a board, or to standard output.
func announce(path string) error {
	f := os.Stdout
	if path != "" {
		var err error
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
			return err
		}
		defer f.Close()
	}
	_, err := fmt.Fprintln(f, "waiting", os.Getpid())
	return err
}

// held keeps user code from returning until a test of the same process closes it;
// in a worker nobody does.
var held atomic.Value // of chan struct{}

var endlessJob = jobtest.Register(&jobtest.Program{
	Name: "endless",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		how, path, dir := env.Arg("how", ""), env.Arg("announce", ""), env.Arg("dir", "")
		n := batch.MapRich(batch.Read(env, endless{}), func(ctx *thalweg.Context) (func(int64) int64, error) {
			return func(n int64) int64 {
				if err := announce(path); err != nil {
					panic(err)
				}
				switch how {
				case "polite":
					<-ctx.Job().Done()
				case "stubborn":
					here, _ := held.Load().(chan struct{})
					<-here
				}
				return n
			}, nil
		})
		jobtest.Keep(out, "rows", n)
		if dir != "" {
			batch.WriteText(n, dir)
		}
		return nil
	},
})

// runEndless is the main function of the master that is killed.
func runEndless(how string) error {
	_, _, err := endlessJob.RunOn(context.Background(), jobtest.Apart, thalweg.WithArgument("how", how))
	return err
}

// board makes a file to announce waits on.
func board(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "announcements")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCancellation(t *testing.T) {
	for _, how := range []string{"waiting source", "polite"} {
		for _, c := range []jobtest.Configuration{jobtest.Alone, {Processes: 1, Parallelism: 2, Unchained: true}, jobtest.Apart} {
			t.Run(fmt.Sprint(how, " ", c), func(t *testing.T) {
				check := jobtest.Watch(t)
				dir := filepath.Join(t.TempDir(), "out")
				ctx, cancel := context.WithCancel(jobtest.Deadline(t))
				defer cancel()
				path := board(t)
				ended := make(chan error, 1)
				go func() {
					_, _, err := endlessJob.RunOn(ctx, c, thalweg.WithArgument("how", how),
						thalweg.WithArgument("dir", dir), thalweg.WithArgument("announce", path))
					ended <- err
				}()
				jobtest.Eventually(t, "all subtasks wait", func() bool { return countLines(t, path) == c.Parallelism })
				if names := jobtest.Names(t, dir); len(names) == 0 {
					t.Error("the sinks have not begun; the test shows nothing")
				}
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("Run returned %v", err)
				}
				if names := jobtest.Names(t, dir); len(names) > 0 {
					t.Errorf("output is left: %v", names)
				}
				check()
			})
		}
	}
}

func countLines(t *testing.T, path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

// User code that does not return cannot be ended; Run gives it up and says so.
func TestUserCodeThatDoesNotReturnIsReported(t *testing.T) {
	if testing.Short() {
		t.Skip("the engine waits ten seconds for user code")
	}
	check := jobtest.Watch(t)
	ctx, cancel := context.WithCancel(context.Background())
	path := board(t)
	release, ended := make(chan struct{}), make(chan error, 2)
	held.Store(release)
	for c, want := range map[jobtest.Configuration]string{
		jobtest.Alone: "2 tasks of the job's own process did not stop: user code in them does not return",
		jobtest.Apart: "1 tasks of worker 3 did not stop: user code in them does not return",
	} {
		go func() {
			_, _, err := endlessJob.RunOn(ctx, c, thalweg.WithArgument("how", "stubborn"), thalweg.WithArgument("announce", path))
			if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), want) {
				err = fmt.Errorf("%s: Run returned %w, want %s", c, err, want)
			} else {
				err = nil
			}
			ended <- err
		}()
	}
	jobtest.Eventually(t, "all subtasks block", func() bool { return countLines(t, path) == 2+3 })
	cancel()
	for range 2 {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-jobtest.Deadline(t).Done():
			t.Error("Run waits for user code that does not return")
		}
	}
	close(release)
	check()
}

func TestWorkersDoNotOutliveTheirMaster(t *testing.T) {
	for _, how := range []string{"waiting source", "polite", "stubborn"} {
		t.Run(how, func(t *testing.T) {
			if how == "stubborn" && testing.Short() {
				t.Skip("a worker waits ten seconds for user code")
			}
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			master := exec.Command(os.Args[0])
			master.Env = append(os.Environ(), masterVariable+"="+how)
			master.Stdout, master.Stderr = write, write // the workers inherit it
			if err := master.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = master.Process.Kill(); _ = master.Wait() }()
			_ = write.Close()
			deadline, _ := jobtest.Deadline(t).Deadline()
			if err := read.SetReadDeadline(deadline); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(read)
			var workers []int
			for len(workers) < 3 {
				line, err := lines.ReadString('\n')
				if err != nil {
					t.Fatalf("%q, %v", line, err)
				}
				pid, ok := strings.CutPrefix(strings.TrimSpace(line), "waiting ")
				n, err := strconv.Atoi(pid)
				if !ok || err != nil {
					t.Fatalf("the master said %q", line)
				}
				workers = append(workers, n)
			}
			if err := master.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			// The pipe ends when the last process that holds it has ended.
			rest, err := io.ReadAll(lines)
			if err != nil {
				t.Fatalf("some of the workers %v are still there: %v", workers, err)
			}
			t.Logf("after the master was killed:\n%s", rest)
			if strings.Count(string(rest), "lost its master") != 3 {
				t.Errorf("not all workers %v said why they ended:\n%s", workers, rest)
			}
		})
	}
}
