package jobtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/control"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/whynot"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// stallVariable makes this binary the program "stalled", with a command line.
const stallVariable = "JOBTEST_STALL"

// reading is a record of a script.
type reading struct {
	Meter  string
	Nanos  int64
	Amount int64
}

func readingMeter(r *reading) *string { return &r.Meter }
func readingNanos(r *reading) *int64  { return &r.Nanos }
func readingAmount(r *reading) *int64 { return &r.Amount }

// script is a source that plays its splits, side by side.
type script struct {
	At    time.Time // what offsets count from
	Ends  bool
	Parts []scriptPart
}

// scriptPart is a split of a script: the offsets of its records, and then for ever one after
// the other with that much time between them, or nothing.
type scriptPart struct {
	Offsets []time.Duration
	Step    time.Duration
}

func (s script) String() string   { return "script" }
func (s script) Bounded() bool    { return s.Ends }
func (s script) Together(int) int { return len(s.Parts) }

func (s script) Splits(connect.SplitContext) (all []connect.Split, err error) {
	for i, p := range s.Parts {
		data, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		all = append(all, connect.Split{ID: fmt.Sprint("part ", i), Data: data})
	}
	return all, nil
}

func (s script) Open(ctx connect.ReaderContext, p connect.Split) (connect.Reader[reading], error) {
	r := &scriptReader{ctx: ctx, script: s}
	return r, json.Unmarshal(p.Data, &r.part)
}

type scriptReader struct {
	ctx    connect.ReaderContext
	script script
	part   scriptPart
	at     time.Duration
	sent   int
}

func (r *scriptReader) Read(rows []reading) (int, error) {
	switch {
	case r.sent < len(r.part.Offsets):
		r.at = r.part.Offsets[r.sent]
	case r.part.Step > 0:
		r.at += r.part.Step
	case r.script.Ends:
		return 0, io.EOF
	default:
		return 0, connect.Wait
	}
	r.sent++
	rows[0] = reading{"a meter", r.script.At.Add(r.at).UnixNano(), 1}
	r.ctx.WakeAt(r.ctx.Now().Add(5 * time.Millisecond)) // the watermark goes on meanwhile
	return 1, connect.Wait
}

func (r *scriptReader) Close() error { return nil }

// flood is a source without end that is always ahead of its readers.
type flood struct{ At time.Time }

func (flood) String() string { return "flood" }
func (flood) Bounded() bool  { return false }
func (flood) Splits(connect.SplitContext) ([]connect.Split, error) {
	return []connect.Split{{ID: "all"}}, nil
}
func (f flood) Open(connect.ReaderContext, connect.Split) (connect.Reader[reading], error) {
	return floodReader(f), nil
}

type floodReader struct{ At time.Time }

func (r floodReader) Read(rows []reading) (int, error) {
	for i := range rows {
		rows[i] = reading{"a meter", r.At.UnixNano(), 1}
	}
	return len(rows), nil
}
func (floodReader) Close() error { return nil }

// full is a sink that takes hardly anything.
type full struct{}

func (full) String() string                                              { return "full" }
func (full) Open(connect.WriterContext) (connect.Writer[reading], error) { return full{}, nil }
func (full) Write([]reading) error                                       { time.Sleep(50 * time.Millisecond); return nil }
func (full) Flush() error                                                { return nil }
func (full) Close(bool) error                                            { return nil }

// stall is a job whose windows, of the operator "sums", do not fire.
type stall struct {
	name  string
	build func(env *thalweg.Environment, at time.Time)
	rule  whynot.Rule
	says  string
}

// sums adds up readings in windows.
func sums(d *stream.DataStream[reading], w window.Assigner) {
	stream.Discard(stream.KeyBy(d, readingMeter).Window(w).Aggregate(agg.Sum(readingAmount)).Named("sums"))
}

// played are windows of an hour over a script.
func played(strategy eventtime.Strategy[reading], parts ...scriptPart) func(*thalweg.Environment, time.Time) {
	return func(env *thalweg.Environment, at time.Time) {
		sums(stream.AssignTime(stream.Read(env, script{At: at, Parts: parts}), strategy), window.Tumbling(time.Hour))
	}
}

var (
	readingTimes = eventtime.Nanos(readingNanos)
	goesOn       = scriptPart{[]time.Duration{0}, time.Second}
)

const day = 24 * time.Hour

var stalls = []stall{
	{
		"idle split", played(readingTimes, goesOn, scriptPart{}),
		whynot.Silent, `split part 1, read by subtask`,
	},
	{
		"no timestamps", played(readingTimes.Punctuated(func(*reading) (time.Time, bool) { return time.Time{}, false }), goesOn),
		whynot.NoMarks, "none of them said how far time has come",
	},
	{
		"clock in the future", played(readingTimes, scriptPart{[]time.Duration{3 * day, 0}, time.Second}),
		whynot.Future, "ahead of the clock",
	},
	{
		"blocked sink", func(env *thalweg.Environment, at time.Time) {
			timed := stream.AssignTime(stream.Read(env, flood{at}), readingTimes)
			kept := stream.KeyBy(timed, readingMeter).Aggregate(agg.Sum(readingAmount)).Named("sums").WithParallelism(1)
			stream.Write(kept.Rebalance(), full{}).Named("a full disk")
		},
		whynot.Blocked, `"a full disk" takes no more`,
	},
	{
		"finished input", func(env *thalweg.Environment, at time.Time) {
			once := stream.Read(env, script{At: at, Ends: true, Parts: []scriptPart{{Offsets: []time.Duration{0}}}})
			sums(stream.AssignTime(once, readingTimes), window.Tumbling(time.Hour))
			stream.Discard(stream.Read(env, script{At: at, Parts: []scriptPart{{}}}))
		},
		whynot.Finished, `all input of "sums" has ended`,
	},
	{
		"backlog", played(readingTimes, scriptPart{[]time.Duration{-5 * day}, time.Second}),
		whynot.Backlog, "so it catches up; the next result of subtask",
	},
	{
		"alignment", func(env *thalweg.Environment, at time.Time) {
			together := readingTimes.Align("meters", 10*time.Second)
			ahead := stream.Read(env, script{At: at, Parts: []scriptPart{goesOn}}).Named("ahead")
			behind := stream.Read(env, script{At: at, Parts: []scriptPart{{Offsets: []time.Duration{0}}}}).Named("behind")
			sums(stream.AssignTime(ahead, together), window.Tumbling(time.Hour))
			stream.Discard(stream.AssignTime(behind, together))
		},
		whynot.Aligned, `is not read, because its group "meters" is at`,
	},
	{
		"lateness drop", played(readingTimes, scriptPart{Offsets: []time.Duration{0, -3 * day, -3 * day}}),
		whynot.Late, "of 3 records came to",
	},
	{
		"count never reached", func(env *thalweg.Environment, at time.Time) {
			three := script{At: at, Parts: []scriptPart{{Offsets: []time.Duration{0, 0, 0}}}}
			sums(stream.AssignTime(stream.Read(env, three), readingTimes), window.Count(5))
		},
		whynot.Count, "for key a meter, which lacks the fewest, 3 of 5 have come",
	},
	{
		"empty key", played(readingTimes, goesOn),
		whynot.EmptyKey, "no record has come of any key of subtasks",
	},
}

// stalled builds the job of the argument "case".
func stalled(env *thalweg.Environment) error {
	name := strings.ReplaceAll(env.Arg("case", ""), "_", " ")
	at, err := strconv.ParseInt(env.Arg("at", "0"), 10, 64)
	if err != nil {
		return err
	}
	for _, s := range stalls {
		if s.name == name {
			s.build(env, time.Unix(0, at))
			return nil
		}
	}
	return fmt.Errorf("there is no case %q", name)
}

// TestStallsAreNamedFromOutside runs jobs that stall, each for a reason of its own, and
// asks them from another process, until the answer names the reason.
func TestStallsAreNamedFromOutside(t *testing.T) {
	for _, s := range stalls {
		for _, processes := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s in %d processes", s.name, processes), func(t *testing.T) {
				t.Parallel() // they wait most of the time
				cache := t.TempDir()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var said bytes.Buffer
				job := exec.CommandContext(ctx, os.Args[0])
				job.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache,
					stallVariable+"="+fmt.Sprintf("run --parallelism 3 --processes %d --case=%s --at %d", processes,
						strings.ReplaceAll(s.name, " ", "_"), time.Now().UnixNano()))
				job.Stdout, job.Stderr = &said, &said
				if err := job.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- job.Wait() }()
				answer := ""
				for found := false; !found; {
					answers, _ := control.Ask(ctx, host.New(), filepath.Join(cache, "thalweg", "jobs"), "stalled",
						control.Question{Verb: "why-not", Operator: "sums"})
					for _, a := range answers {
						answer = a.Text + a.Error
					}
					for line := range strings.Lines(answer) {
						found = found || strings.HasPrefix(line, fmt.Sprintf("  %s: ", s.rule)) && strings.Contains(line, s.says)
					}
					select {
					case err := <-ended:
						t.Fatalf("the job ended, %v, and said\n%s\nits last answer was\n%s", err, said.String(), answer)
					default:
					}
				}
				cancel()
				<-ended
			})
		}
	}
}
