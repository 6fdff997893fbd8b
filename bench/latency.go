package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/connect"
)

const latencySeconds = 10 // on each side, in as many rounds as there are to be pairs

// benchLatency measures from when a record was meant to be made to when the sink
// has it, so that a late source counts as latency and is not left out. Beside it
// stands what the machine itself does to a goroutine that sleeps.
func benchLatency(c *config) ([]line, error) {
	n := c.records(latencyRate * latencySeconds)
	perRound := max(n/int64(c.pairs), 1)
	var ours, floor, timer harness.Histogram
	for range c.pairs {
		floor.Merge(lateness(perRound, harness.Nap))
		h, err := keyedLatency(perRound)
		if err != nil {
			return nil, err
		}
		ours.Merge(h)
		timer.Merge(lateness(perRound, timerSleep()))
	}
	if want := perRound * int64(c.pairs); ours.Count() != want || floor.Count() != want {
		return nil, fmt.Errorf("%d records arrived and %d were made without the engine, of %d", ours.Count(), floor.Count(), want)
	}
	p99, p9999 := ours.Quantile(0.99), ours.Quantile(0.9999)
	return []line{
		{name: "latency at 100 000 records/s", bar: "p99 < 1 ms, p99.99 < 10 ms", got: ours.String(),
			met: p99 < time.Millisecond && p9999 < 10*time.Millisecond},
		{name: "latency of a goroutine alone", got: floor.String()},
		{name: "latency of a bare timer", got: timer.String()},
	}, nil
}

// keyedLatency sends records at the rate through a keyed exchange.
func keyedLatency(n int64) (*harness.Histogram, error) {
	sink := &latencySink{}
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		batch.Write(batch.PartitionByHash(batch.Read(env, clockwork(n)), key), sink)
		return nil
	}, thalweg.WithParallelism(exchangeSubtasks))
	return &sink.seen, err
}

// latencySink notes how late records arrive.
type latencySink struct {
	mu   sync.Mutex
	seen harness.Histogram // guarded by mu
}

func (s *latencySink) String() string { return "latency" }

func (s *latencySink) Open(connect.WriterContext) (connect.Writer[Record], error) {
	return &latencyWriter{sink: s}, nil
}

type latencyWriter struct {
	sink *latencySink
	seen harness.Histogram
}

func (w *latencyWriter) Write(rows []Record) error {
	now := time.Since(epoch)
	for i := range rows {
		w.seen.Add(now - time.Duration(rows[i].Value))
	}
	return nil
}

func (w *latencyWriter) Flush() error { return nil }

func (w *latencyWriter) Close(complete bool) error {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	if complete {
		w.sink.seen.Merge(&w.seen)
	}
	return nil
}
