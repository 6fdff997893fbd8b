package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/thalweg/thalweg/connect"
)

// Record is what all benchmarks but the word count move: 24 bytes without a
// pointer.
type Record struct {
	Key    int64
	Value  int64
	Origin int64 // the process that made it
}

// key is a field reference.
func key(r *Record) *int64 { return &r.Key }

// record makes the record of a number. It is cheap, so that what is measured is
// what happens to the record, and small enough to be inlined on both sides.
func record(i, origin int64) Record {
	return Record{Key: int64(uint64(i) * 0x9e3779b97f4a7c15 >> 40), Value: i, Origin: origin}
}

// generator is a source of the records 0 up to, not including, its value.
type generator int64

func (g generator) String() string { return fmt.Sprintf("generator of %d", int64(g)) }

func (g generator) Bounded() bool { return true }

// piecesPerSubtask is how many splits a subtask gets on average, so that none is
// long behind the others.
const piecesPerSubtask = 8

func (g generator) Splits(c connect.SplitContext) ([]connect.Split, error) {
	n := int64(c.Parallelism() * piecesPerSubtask)
	var splits []connect.Split
	for i := range n {
		from, to := int64(g)/n*i, int64(g)/n*(i+1)
		if i == n-1 {
			to = int64(g)
		}
		splits = append(splits, connect.Split{
			ID: fmt.Sprintf("%d-%d", from, to), Size: to - from, Data: fmt.Appendf(nil, "%d %d", from, to),
		})
	}
	return splits, nil
}

func (g generator) Open(_ connect.ReaderContext, s connect.Split) (connect.Reader[Record], error) {
	r := &generatorReader{origin: int64(os.Getpid())}
	if _, err := fmt.Sscan(string(s.Data), &r.next, &r.end); err != nil {
		return nil, fmt.Errorf("split %s: %w", s.ID, err)
	}
	return r, nil
}

type generatorReader struct{ next, end, origin int64 }

func (r *generatorReader) Read(rows []Record) (int, error) {
	n := min(int64(len(rows)), r.end-r.next)
	fill(rows[:n], r.next, r.origin)
	r.next += n
	if r.next == r.end {
		return int(n), io.EOF
	}
	return int(n), nil
}

func (r *generatorReader) Close() error { return nil }

// fill writes the records from a number on.
func fill(rows []Record, from, origin int64) {
	for i := range rows {
		rows[i] = record(from+int64(i), origin)
	}
}

// totals is what becomes of the records: it is compared between ours and the peer.
type totals struct{ Rows, Sum int64 }

func (t *totals) add(rows []Record) {
	sum := t.Sum
	for i := range rows {
		sum += rows[i].Value ^ rows[i].Key
	}
	t.Rows, t.Sum = t.Rows+int64(len(rows)), sum
}

// tally is a sink that counts and sums. It runs in any process, so each subtask
// leaves what it found in a file of the directory.
type tally struct{ dir string }

// found is what a subtask of a tally saw.
type found struct {
	Totals  totals
	Crossed int64 // records that another process made
}

func (t tally) String() string { return "tally" }

func (t tally) Open(c connect.WriterContext) (connect.Writer[Record], error) {
	return &tallyWriter{dir: t.dir, subtask: c.Subtask(), self: int64(os.Getpid())}, nil
}

type tallyWriter struct {
	dir     string
	subtask int
	self    int64
	found   found
}

func (w *tallyWriter) Write(rows []Record) error {
	w.found.Totals.add(rows)
	// A batch comes from one subtask.
	if rows[0].Origin != w.self {
		w.found.Crossed += int64(len(rows))
	}
	return nil
}

func (w *tallyWriter) Flush() error { return nil }

func (w *tallyWriter) Close(complete bool) error {
	if !complete {
		return nil
	}
	b, err := json.Marshal(w.found)
	return firstError(err, os.WriteFile(w.path(), b, 0o644))
}

func (w *tallyWriter) path() string { return fmt.Sprintf("%s/tally-%d.json", w.dir, w.subtask) }

// read adds up and removes what the subtasks left.
func (t tally) read(subtasks int) (sum found, err error) {
	for i := range subtasks {
		path := (&tallyWriter{dir: t.dir, subtask: i}).path()
		b, err := os.ReadFile(path)
		if err != nil {
			return sum, err
		}
		var f found
		if err := firstError(json.Unmarshal(b, &f), os.Remove(path)); err != nil {
			return sum, err
		}
		sum.Totals.Rows += f.Totals.Rows
		sum.Totals.Sum += f.Totals.Sum
		sum.Crossed += f.Crossed
	}
	return sum, nil
}
