package main

import (
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

// What query 5 is asked: which auction has had the most bids in ten seconds, 50 times a
// second, of 10,000 auctions that have a million bids a second.
const (
	latencyRate     = 1_000_000
	latencyAuctions = 10_000
	latencySize     = 10 * time.Second
	latencySlide    = 20 * time.Millisecond
	latencyWarm     = 2 * time.Second // windows that end before are not counted
)

// hottest is query 5 of Nexmark: counts in windows that slide, and the highest of each.
func hottest(bids *stream.DataStream[bidAt]) *stream.DataStream[window.Result[bidAt]] {
	timed := stream.AssignTime(bids, eventtime.Nanos(func(b *bidAt) *int64 { return &b.Time }))
	count := func(b *bidAt) *int64 { return &b.Count }
	counts := stream.KeyBy(timed, func(b *bidAt) *int64 { return &b.Auction }).
		Window(window.Sliding(latencySize, latencySlide)).Aggregate(agg.Count(count))
	plain := stream.Map(counts, func(r window.Result[bidAt]) bidAt { return r.Value })
	return stream.KeyByFunc(plain, func(bidAt) bool { return true }).
		Window(window.Tumbling(latencySlide)).Aggregate(agg.MaxBy(count))
}

// benchLatency measures from when a window ends, by the clock, to when its result is
// at the sink.
func benchLatency(c *config, _ *flink, w io.Writer) error {
	lasts := time.Duration(c.seconds * float64(time.Second))
	if lasts < 2*latencyWarm {
		lasts = 2 * latencyWarm
	}
	var all harness.Histogram
	for round := range c.pairs {
		sink := &lateness{lasts: lasts}
		var s sample
		run := func() (err error) {
			s, err = c.measure(func(env *thalweg.Environment) error {
				stream.Write(hottest(stream.Read(env, paced{latencyRate, latencyAuctions, lasts})), sink)
				return nil
			})
			return err
		}
		err := error(nil)
		if c.profile == "" {
			err = run()
		} else {
			err = c.profiled("latency", run)
		}
		if err != nil {
			return err
		}
		if sink.seen.Count() == 0 {
			return fmt.Errorf("no window of round %d was counted", round+1)
		}
		fmt.Fprintf(os.Stderr, "latency: %s of %d windows; %.2f cores were busy\n", &sink.seen, sink.seen.Count(), s.cpu/s.wall)
		all.Merge(&sink.seen)
	}
	_, err := fmt.Fprintf(w, "%d windows, from the end of each to its result: %s\n\n", all.Count(), &all)
	return err
}

// lateness is a sink that notes how long after the end of its window a result comes. What
// the end of the input brings on does not count.
type lateness struct {
	lasts time.Duration
	mu    sync.Mutex
	first int64 // guarded by mu: the end of the earliest window
	seen  harness.Histogram
}

func (*lateness) String() string { return "lateness" }

func (l *lateness) Open(connect.WriterContext) (connect.Writer[window.Result[bidAt]], error) {
	return l, nil
}

func (l *lateness) Write(rows []window.Result[bidAt]) error {
	now := wall(time.Since(epoch))
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		end := rows[i].End.UnixNano()
		if l.first == 0 {
			l.first = end
		}
		if end >= l.first+int64(latencyWarm) && end < l.first+int64(l.lasts) {
			l.seen.Add(time.Duration(now - end))
		}
	}
	return nil
}

func (*lateness) Flush() error     { return nil }
func (*lateness) Close(bool) error { return nil }
