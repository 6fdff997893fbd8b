package side

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/bench/harness"
)

// Result is what a program came to, with what is left to do when the clock has
// stopped: to check an answer that is still in memory.
type Result struct {
	Rows  int64
	Check func() []string
}

// Program answers a question.
type Program func() (Result, error)

// Loader makes the data of a suite and returns the programs over it by question.
type Loader func(Job) (map[string]Program, error)

// Only is the program of a suite with one question, which has the suite's name.
func (j Job) Only(p Program) (map[string]Program, error) { return map[string]Program{j.Suite: p}, nil }

// Serve takes part in a comparison and does not return. The process has one argument,
// its job. It says that it is ready when the data is in memory; then it reads
// questions, a line each, and answers each with a line:
//
//	{"ready": true}
//	{"question": "sort-16"}
//	{"wall": 1.25, "cpu": 1.31, "rows": 1000, "check": ["12", "-7.5e3"]}
//
// It ends when its input does. An answer {"error": "…"} ends the comparison.
func Serve(loaders map[string]Loader) {
	if err := serve(loaders, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve(loaders map[string]Loader, arguments []string, in io.Reader, out io.Writer) error {
	var j Job
	if len(arguments) != 1 || json.Unmarshal([]byte(arguments[0]), &j) != nil {
		return errors.New("this program takes part in a comparison: run bench/batch")
	}
	debug.SetGCPercent(400) // as thalweg.Main does for every program; programs by hand have it, too
	load := loaders[j.Suite]
	if load == nil {
		return fmt.Errorf("nobody knows the data of %s", j.Suite)
	}
	programs, err := load(j)
	if err != nil {
		return say(out, Answer{Error: err.Error()})
	}
	if err := say(out, Answer{Ready: true}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var q struct{ Question string }
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return err
		}
		a, err := Measure(programs[q.Question])
		if err == nil && j.Profile != "" && j.Engine == Ours {
			err = profile(filepath.Join(j.Profile, fmt.Sprintf("%s-%d.cpu", q.Question, j.Threads)), programs[q.Question])
		}
		if err != nil {
			a = Answer{Error: err.Error()}
		}
		if err := say(out, a); err != nil {
			return err
		}
	}
	return nil
}

func say(out io.Writer, a Answer) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = out.Write(append(b, '\n'))
	return err
}

// Measure runs a program once, without garbage of what ran before.
func Measure(p Program) (a Answer, err error) {
	if p == nil {
		return a, errors.New("there is no such question")
	}
	debug.FreeOSMemory()
	cpu, start := harness.CPUTime(), time.Now()
	r, err := p()
	a.Wall, a.CPU = time.Since(start).Seconds(), (harness.CPUTime() - cpu).Seconds()
	if err != nil {
		return a, err
	}
	a.Rows, a.Check = r.Rows, r.Check()
	return a, nil
}

// profile runs a program once more and writes where its time went.
func profile(path string, p Program) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC()
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = p()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

// Execute runs a program of ours with the parallelism of the job and so many MiB of
// memory; 0 leaves that to the engine.
func (j Job) Execute(memory int, build thalweg.Build) error {
	options := []thalweg.Option{thalweg.WithName(j.Suite), thalweg.WithParallelism(j.Threads)}
	if memory > 0 {
		options = append(options, thalweg.WithMemory(int64(memory)<<20))
	}
	_, err := thalweg.Run(context.Background(), build, options...)
	return err
}
