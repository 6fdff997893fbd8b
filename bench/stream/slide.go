package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

const (
	slideRecords = 4_000_000
	slideKeys    = 1_000_000
	slideSpan    = 10_000 // milliseconds before the end of the hour in which records come
)

var slideHour = time.UnixMilli(adsStart).Truncate(time.Hour).Add(time.Hour)

// slideView is record n: all but the last few come in the span, those bring the hour to
// its end in every subtask.
func slideView(n int64, v *view) {
	v.Campaign = int64(scramble(uint64(n)) % slideKeys)
	v.Time = slideHour.UnixMilli() + 1000
	if n < slideRecords-64 {
		v.Time = slideHour.UnixMilli() - slideSpan + n*slideSpan/slideRecords
	}
}

// benchSlide compares a count in windows of an hour that slide by a second with one in
// windows of an hour. Were they given a whole hour, the first would have 3600 times as
// much to say. So the records come in the last ten seconds of an hour, and the program is
// over when all is said of the window that ends with it.
func benchSlide(c *config, _ *flink, w io.Writer) error {
	keys := distinctViews()
	windows := []window.Assigner{window.Tumbling(time.Hour), window.Sliding(time.Hour, time.Second)}
	var times, peaks, costs []float64
	var results [2]int64
	for round := range c.pairs + 1 {
		var walls, most [2]float64
		for i, a := range windows {
			sink := &hourSink{keys: keys}
			wall, peak, err := c.untilSaid(a, sink)
			if err != nil {
				return err
			}
			walls[i], most[i], results[i] = wall, float64(peak), sink.results
			fmt.Fprintf(os.Stderr, "slide: %s: %.2f s, %d MiB, %d results\n", a, wall, peak>>20, sink.results)
		}
		if round > 0 {
			times = append(times, walls[1]/walls[0])
			peaks = append(peaks, most[1]/most[0])
			moved := func(i int) float64 { return float64(slideRecords + results[i]) }
			costs = append(costs, walls[1]/moved(1)/(walls[0]/moved(0)))
		}
	}
	t := newTable(w, "sliding, of tumbling", "ratio")
	t.rows = append(t.rows,
		[]string{"results", fmt.Sprintf("%.2f", float64(results[1])/float64(results[0]))},
		[]string{"time", harness.SpreadOf(times).Cell()},
		[]string{"time for each record and result", harness.SpreadOf(costs).Cell()},
		[]string{"peak memory", harness.SpreadOf(peaks).Cell()})
	t.write()
	return nil
}

// distinctViews is how many keys come in the span.
func distinctViews() (keys int64) {
	seen := make([]bool, slideKeys)
	var v view
	for n := range int64(slideRecords - 64) {
		slideView(n, &v)
		if !seen[v.Campaign] {
			seen[v.Campaign] = true
			keys++
		}
	}
	return keys
}

// untilSaid runs the count until the sink has what it waits for.
func (c *config) untilSaid(a window.Assigner, sink *hourSink) (wall float64, peak int64, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	start := time.Now()
	sink.said = func() {
		wall = time.Since(start).Seconds()
		cancel()
	}
	peak = harness.Peak(func() {
		start = time.Now()
		_, err = thalweg.Run(ctx, func(env *thalweg.Environment) error {
			all := stream.Read(env, endless[view]{numbered[view]{"views", slideRecords, slideView}})
			timed := stream.AssignTime(all, eventtime.Millis(func(v *view) *int64 { return &v.Time }))
			stream.Write(stream.KeyBy(timed, func(v *view) *int64 { return &v.Campaign }).
				Window(a).Aggregate(agg.Count(func(v *view) *int64 { return &v.Views })), sink)
			return nil
		}, thalweg.WithParallelism(c.threads))
	})
	if wall == 0 {
		return 0, 0, errors.Join(errors.New("the hour did not end"), err)
	}
	return wall, peak, nil
}

// endless waits when its records have come.
type endless[T any] struct{ numbered[T] }

func (endless[T]) Bounded() bool { return false }

func (s endless[T]) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[T], error) {
	r, err := s.numbered.Open(c, p)
	return waiting[T]{r}, err
}

type waiting[T any] struct{ connect.Reader[T] }

func (r waiting[T]) Read(rows []T) (int, error) {
	n, err := r.Reader.Read(rows)
	if err == io.EOF { // the reader of numbered does not wrap it
		err = connect.Wait
	}
	return n, err
}

// hourSink calls said once every key has a result of the window that ends with the hour.
type hourSink struct {
	keys int64
	said func()

	mu      sync.Mutex
	results int64 // guarded by mu, as is last
	last    int64 // of the hour
}

func (*hourSink) String() string { return "the hour" }

func (s *hourSink) Open(connect.WriterContext) (connect.Writer[seen], error) { return s, nil }

func (s *hourSink) Write(rows []seen) error {
	last := int64(0)
	for i := range rows {
		if rows[i].End.Equal(slideHour) {
			last++
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results += int64(len(rows))
	if s.last += last; last > 0 && s.last == s.keys {
		s.said()
	}
	return nil
}

func (*hourSink) Flush() error     { return nil }
func (*hourSink) Close(bool) error { return nil }
