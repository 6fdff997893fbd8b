package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/connect"
)

const (
	latencyRate     = 100_000 // records per second
	latencyInterval = time.Second / latencyRate
)

// epoch is what times of records count from, in nanoseconds of the monotonic
// clock.
var epoch = time.Now()

// clockwork is a source of so many records at a steady rate. The value of a
// record is the time it was due, whenever it is really made.
//
// A goroutine of its own wakes the engine, as one that reads from a network
// does: ReaderContext.WakeAt is as coarse as the runtime's timers.
type clockwork int64

func (s clockwork) String() string { return fmt.Sprintf("clockwork of %d", int64(s)) }

func (s clockwork) Bounded() bool { return true }

func (s clockwork) MaxParallelism() int { return 1 }

func (s clockwork) Splits(connect.SplitContext) (splits []connect.Split, err error) {
	return []connect.Split{{ID: "all", Size: int64(s)}}, nil
}

func (s clockwork) Open(c connect.ReaderContext, _ connect.Split) (connect.Reader[Record], error) {
	r := &clockworkReader{start: time.Since(epoch), n: int64(s)}
	r.pacer.Add(1)
	c.Go(func() {
		defer r.pacer.Done()
		for !r.closed.Load() {
			harness.Nap(latencyInterval)
			c.Wake()
		}
	})
	return r, nil
}

type clockworkReader struct {
	start   time.Duration
	next, n int64
	closed  atomic.Bool
	pacer   sync.WaitGroup
}

func (r *clockworkReader) Read(rows []Record) (int, error) {
	now := time.Since(epoch)
	i := 0
	for ; i < len(rows) && r.next < r.n; i++ {
		due := r.start + time.Duration(r.next)*latencyInterval
		if due > now {
			return i, connect.Wait
		}
		rows[i] = record(r.next, 0)
		rows[i].Value = int64(due)
		r.next++
	}
	if r.next == r.n {
		return i, io.EOF
	}
	return i, nil
}

func (r *clockworkReader) Close() error {
	r.closed.Store(true)
	r.pacer.Wait()
	return nil
}

// lateness does by itself what source and sink of the benchmark do, with nothing
// between them.
func lateness(n int64, sleep func(time.Duration)) *harness.Histogram {
	h := &harness.Histogram{}
	start := time.Since(epoch)
	for i := int64(0); i < n; {
		now := time.Since(epoch)
		for ; i < n && start+time.Duration(i)*latencyInterval <= now; i++ {
			h.Add(now - (start + time.Duration(i)*latencyInterval))
		}
		sleep(latencyInterval)
	}
	return h
}

// timerSleep returns a function that sleeps by one timer, as an idle task does.
func timerSleep() func(time.Duration) {
	timer := time.NewTimer(time.Hour)
	return func(d time.Duration) {
		timer.Reset(d)
		<-timer.C
	}
}
