// Package metrics counts what operators do. Floor 0.
//
// Counters are written by one task and read by anybody. They are updated once
// per batch, never per record. Durations are in nanoseconds.
package metrics

import "sync/atomic"

// Operator holds the figures of one operator in one subtask.
//
// Records and bytes in and out: a source counts as bytes in what it has read of
// its input, a sink as bytes out what it has written; on edges between tasks
// bytes are those of the encoded frames if the edge crosses processes, else the
// fixed size of the rows passed by reference (what strings hold is not copied
// and not counted).
//
// Records are counted at every link of a chain, so often that the task publishes
// these counts only when it flushes.
type Operator struct {
	RecordsIn, RecordsOut Counter
	BytesIn, BytesOut     atomic.Int64
	Quarantined           atomic.Int64
	Late                  atomic.Int64 // records behind the windows they belong to
	Combined              atomic.Int64 // records of hot keys that were aggregated before they were sent
	Spilled               atomic.Int64 // bytes written because memory ended

	// Sampled is time spent in this operator during sampled batches: its share
	// of the task's busy time is its share of the samples.
	Sampled atomic.Int64
}

// Publish makes the counts of records readable. It is for the task's goroutine.
func (o *Operator) Publish() {
	o.RecordsIn.publish()
	o.RecordsOut.publish()
}

// Counter is a count that its task publishes now and then.
type Counter struct {
	n         int64 // of the task's goroutine
	published atomic.Int64
}

// Add adds n. It is for the task's goroutine.
func (c *Counter) Add(n int64) { c.n += n }

// Load returns the count last published. Anybody may call it.
func (c *Counter) Load() int64 { return c.published.Load() }

func (c *Counter) publish() { c.published.Store(c.n) }

// Task holds the figures of one task. Busy time is what neither Idle nor
// BackPressured explains.
type Task struct {
	Started, Ended atomic.Int64 // nanoseconds on the host's clock; 0: not yet
	Idle           atomic.Int64 // waiting for input
	BackPressured  atomic.Int64 // waiting for room in an output
}

// Figures is a snapshot of an operator's counters, summed over its subtasks but for
// MostRecords.
// Times are nanoseconds.
type Figures struct {
	RecordsIn     int64 `json:"records_in"`
	RecordsOut    int64 `json:"records_out"`
	BytesIn       int64 `json:"bytes_in"`
	BytesOut      int64 `json:"bytes_out"`
	Quarantined   int64 `json:"quarantined,omitempty"`
	Late          int64 `json:"late,omitempty"`
	Combined      int64 `json:"combined,omitempty"`
	Busy          int64 `json:"busy_ns"`
	Idle          int64 `json:"idle_ns"`
	BackPressured int64 `json:"back_pressured_ns"`

	// Memory is what is held of shares of the budget, in bytes, and MemoryPeak the
	// sum of the most each subtask ever held.
	Memory     int64 `json:"memory,omitempty"`
	MemoryPeak int64 `json:"memory_peak,omitempty"`

	// Spilled is what was written because memory ended, in bytes; what is written again
	// when runs are merged is counted again.
	Spilled int64 `json:"spilled,omitempty"`

	// MostRecords are those that went into the subtask with the most of them; of a
	// source, those that came out.
	MostRecords int64 `json:"most_records,omitempty"`
}

// Add adds another subtask's figures.
func (f *Figures) Add(g Figures) {
	f.RecordsIn += g.RecordsIn
	f.RecordsOut += g.RecordsOut
	f.BytesIn += g.BytesIn
	f.BytesOut += g.BytesOut
	f.Quarantined += g.Quarantined
	f.Late += g.Late
	f.Combined += g.Combined
	f.Busy += g.Busy
	f.Idle += g.Idle
	f.BackPressured += g.BackPressured
	f.Memory += g.Memory
	f.MemoryPeak += g.MemoryPeak
	f.Spilled += g.Spilled
	f.MostRecords = max(f.MostRecords, g.MostRecords)
}

// Snapshot reads the figures of the operators of one task. The idle and
// back-pressured time are the task's, as a chain waits as one; its busy time is
// divided among the operators by their samples, evenly while there are none.
func Snapshot(t *Task, now int64, operators []*Operator) []Figures {
	started, ended := t.Started.Load(), t.Ended.Load()
	if ended == 0 {
		ended = now
	}
	idle, blocked := t.Idle.Load(), t.BackPressured.Load()
	busy := int64(0)
	if started != 0 {
		busy = max(ended-started-idle-blocked, 0)
	}
	sampled := int64(0)
	for _, o := range operators {
		sampled += o.Sampled.Load()
	}
	figures := make([]Figures, len(operators))
	for i, o := range operators {
		share := 1 / float64(len(operators))
		if sampled > 0 {
			share = float64(o.Sampled.Load()) / float64(sampled)
		}
		in, out := o.RecordsIn.Load(), o.RecordsOut.Load()
		most := in
		if most == 0 {
			most = out
		}
		figures[i] = Figures{
			RecordsIn:     in,
			RecordsOut:    out,
			BytesIn:       o.BytesIn.Load(),
			BytesOut:      o.BytesOut.Load(),
			Quarantined:   o.Quarantined.Load(),
			Late:          o.Late.Load(),
			Combined:      o.Combined.Load(),
			Busy:          int64(share * float64(busy)),
			Idle:          idle,
			BackPressured: blocked,
			Spilled:       o.Spilled.Load(),
			MostRecords:   most,
		}
	}
	return figures
}
