package thalweg_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/whynot"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// tick is a record of a script. Its time is counted from when the job began.
type tick struct {
	Name   string
	Nanos  int64
	Amount int64
}

func tickName(t *tick) *string  { return &t.Name }
func tickNanos(t *tick) *int64  { return &t.Nanos }
func tickAmount(t *tick) *int64 { return &t.Amount }

// script is a source whose splits send records at given times, and end or fall silent.
type script struct {
	Splits_  []scripted
	At       time.Time // what offsets count from
	Bounded_ bool
	Parallel int // splits read side by side
}

// scripted is a split: the offsets of its records, and how often the last is repeated, a
// second of event time later each time, for ever if it is negative.
type scripted struct {
	Offsets []time.Duration
	Repeat  int
}

func (s script) String() string           { return "script" }
func (s script) Bounded() bool            { return s.Bounded_ }
func (s script) Together(subtask int) int { return max(s.Parallel, 1) }

func (s script) Splits(connect.SplitContext) (all []connect.Split, err error) {
	for i, split := range s.Splits_ {
		data, err := json.Marshal(split)
		if err != nil {
			return nil, err
		}
		all = append(all, connect.Split{ID: fmt.Sprint("part ", i), Data: data})
	}
	return all, nil
}

func (s script) Open(ctx connect.ReaderContext, p connect.Split) (connect.Reader[tick], error) {
	r := &scriptReader{ctx: ctx, script: s}
	return r, json.Unmarshal(p.Data, &r.split)
}

type scriptReader struct {
	ctx    connect.ReaderContext
	script script
	split  scripted
	sent   int
}

func (r *scriptReader) Read(rows []tick) (int, error) {
	n := len(r.split.Offsets)
	at := time.Duration(0)
	switch {
	case r.sent < n:
		at = r.split.Offsets[r.sent]
		r.ctx.WakeAt(r.ctx.Now().Add(5 * time.Millisecond))
	case n > 0 && (r.split.Repeat < 0 || r.sent-n < r.split.Repeat):
		at = r.split.Offsets[n-1] + time.Duration(r.sent-n+1)*time.Second
		r.ctx.WakeAt(r.ctx.Now().Add(5 * time.Millisecond))
	case r.script.Bounded_:
		return 0, io.EOF
	default:
		return 0, connect.Wait
	}
	r.sent++
	rows[0] = tick{"key", r.script.At.Add(at).UnixNano(), 1}
	if n > 10 {
		return 1, nil
	}
	return 1, connect.Wait
}

func (r *scriptReader) Close() error { return nil }

// stuck is a sink that takes nothing as long as the job runs.
type stuck struct{}

func (stuck) String() string                                             { return "stuck" }
func (stuck) Open(c connect.WriterContext) (connect.Writer[tick], error) { return stuckWriter{}, nil }

type stuckWriter struct{}

func (stuckWriter) Write([]tick) error { time.Sleep(50 * time.Millisecond); return nil }
func (stuckWriter) Flush() error       { return nil }
func (stuckWriter) Close(bool) error   { return nil }

// TestStallsAreNamed runs jobs whose windows do not fire, each for a reason of its own,
// until why-not names it.
func TestStallsAreNamed(t *testing.T) {
	hourly := func(_ *thalweg.Environment, d *stream.DataStream[tick]) {
		stream.Discard(stream.KeyBy(d, tickName).Window(window.Tumbling(time.Hour)).Aggregate(agg.Sum(tickAmount)).Named("sums"))
	}
	timed := eventtime.Nanos(tickNanos)
	day := 24 * time.Hour
	for _, c := range []struct {
		name     string
		script   script
		strategy eventtime.Strategy[tick]
		build    func(*thalweg.Environment, *stream.DataStream[tick])
		operator string
		rule     whynot.Rule
		says     string
	}{
		{
			name:   "a split that is silent from the beginning",
			script: script{Splits_: []scripted{{[]time.Duration{0}, -1}, {}}, Parallel: 2},
			rule:   whynot.Silent, says: "split part 1, read by subtask 0 of \"assign time\", has sent no record",
		},
		{
			name:     "records without watermarks",
			script:   script{Splits_: []scripted{{[]time.Duration{0}, -1}}},
			strategy: timed.Punctuated(func(*tick) (time.Time, bool) { return time.Time{}, false }),
			rule:     whynot.NoMarks, says: "none of them said how far time has come",
		},
		{
			name:   "a clock in the future",
			script: script{Splits_: []scripted{{[]time.Duration{3 * day, 0}, -1}}},
			rule:   whynot.Future, says: "ahead of the clock",
		},
		{
			name:   "records that are late",
			script: script{Splits_: []scripted{{[]time.Duration{0, -3 * day, -3 * day}, 0}}},
			rule:   whynot.Late, says: "of 3 records came to",
		},
		{
			name:   "a backlog",
			script: script{Splits_: []scripted{{[]time.Duration{-5 * day}, -1}}},
			rule:   whynot.Backlog, says: "so it catches up; the next result of subtask",
		},
		{
			name:   "splits that have not begun",
			script: script{Splits_: []scripted{{[]time.Duration{0}, -1}, {[]time.Duration{0}, -1}}},
			rule:   whynot.NotBegun, says: "OrderedSplits",
		},
		{
			name:   "a sink that is blocked",
			script: script{Splits_: []scripted{{make([]time.Duration, 1_000_000), 0}}},
			build: func(env *thalweg.Environment, d *stream.DataStream[tick]) {
				kept := stream.KeyBy(d, tickName).Aggregate(agg.Sum(tickAmount)).Named("sums")
				stream.Write(kept.Rebalance(), stuck{}).Named("full")
			},
			rule: whynot.Blocked, says: `"full" takes no more`,
		},
		{
			name:   "a loop",
			script: script{Splits_: []scripted{{[]time.Duration{0}, -1}}},
			build: func(env *thalweg.Environment, d *stream.DataStream[tick]) {
				hourly(env, stream.Iterate(d, func(all *stream.DataStream[tick]) (back, out *stream.DataStream[tick]) {
					return all.Filter(func(tick) bool { return false }), all
				}))
			},
			rule: whynot.Loop, says: "event time stands still in the loop of \"loop\"",
		},
		{
			name:   "nothing to read",
			script: script{Splits_: []scripted{{}}},
			rule:   whynot.NoInput, says: "no record has come",
		},
		{
			name:   "an input that has ended",
			script: script{Splits_: []scripted{{[]time.Duration{0}, 0}}, Bounded_: true},
			build: func(env *thalweg.Environment, d *stream.DataStream[tick]) {
				hourly(env, d)
				endless := stream.Read(env, script{Splits_: []scripted{{}}})
				stream.Discard(endless)
			},
			rule: whynot.Finished, says: "all input of \"sums\" has ended",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			c.script.At = time.Now()
			strategy, build := c.strategy, c.build
			if c.strategy.Validate() != nil {
				strategy = timed
			}
			if build == nil {
				build = hourly
			}
			var last []whynot.Finding
			found := false
			err := thalweg.RunWatched(ctx, func(env *thalweg.Environment) error {
				build(env, stream.AssignTime(stream.Read(env, c.script), strategy))
				return nil
			}, func(s whynot.State) {
				for _, n := range s.Plan.Nodes {
					if n.Name != "sums" {
						continue
					}
					last = whynot.Diagnose(s, n.ID)
					for _, f := range last {
						if f.Rule == c.rule && strings.Contains(f.Text, c.says) {
							found = true
							cancel()
						}
					}
				}
			}, thalweg.WithParallelism(1), thalweg.WithoutChaining())
			if !found {
				t.Errorf("it was told %q, and ended with %v; want %s: %s", last, err, c.rule, c.says)
			}
		})
	}
}

// TestLateRecordsAreSaid runs a program whose last record comes far behind the others.
func TestLateRecordsAreSaid(t *testing.T) {
	build := func(env *thalweg.Environment) error {
		rows := script{Splits_: []scripted{{[]time.Duration{0, 0, 0, -72 * time.Hour}, 0}}, Bounded_: true, At: time.Now()}
		timed := stream.AssignTime(stream.Read(env, rows), eventtime.Nanos(tickNanos))
		stream.Discard(stream.KeyBy(timed, tickName).Window(window.Tumbling(time.Hour)).Aggregate(agg.Sum(tickAmount)).Named("sums"))
		return nil
	}
	var said strings.Builder
	if code := thalweg.Execute("late", build, nil, io.Discard, &said); code != 0 {
		t.Fatalf("it ends with %d: %s", code, said.String())
	}
	if !strings.Contains(said.String(), `late records: 1 of 4 at "sums"`) {
		t.Errorf("it says %q", said.String())
	}
}
