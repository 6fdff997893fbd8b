package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// Source is the events of a configuration as a source. Each subtask makes a part of
// them: of n, subtask k makes events k, n+k, 2n+k and so on, each part in the order of
// its numbers. All subtasks together make the same events, however many they are.
type Source struct {
	Config Config

	// PerSecond, if positive, is how many events come in a second, in all subtasks
	// together; else they come as fast as they are made. It does not change them.
	PerSecond float64
}

// String implements connect.Source.
func (s Source) String() string {
	if s.PerSecond > 0 {
		return fmt.Sprintf("%s at %g/s", s.Config, s.PerSecond)
	}
	return s.Config.String()
}

// Bounded implements connect.Source.
func (s Source) Bounded() bool { return s.Config.Events > 0 }

// Err implements connect.Checked.
func (s Source) Err() error { return s.Config.Err() }

// Size implements connect.Sized.
func (s Source) Size(connect.SplitContext) (connect.Size, error) {
	if !s.Bounded() {
		return connect.Size{Records: -1, Bytes: -1}, nil
	}
	return connect.Size{Records: s.Config.Count(), Bytes: -1}, nil
}

// Splits implements connect.Source. The data of a split are two numbers of 64 bits,
// little-endian: its first event, and the distance from one to the next.
func (s Source) Splits(c connect.SplitContext) ([]connect.Split, error) {
	n := min(int64(c.Parallelism()), s.Config.Count())
	var all []connect.Split
	for k := range n {
		data := binary.LittleEndian.AppendUint64(nil, uint64(k))
		data = binary.LittleEndian.AppendUint64(data, uint64(n))
		all = append(all, connect.Split{
			ID: fmt.Sprintf("%d of %d", k, n), Size: s.records(k, n), Data: data,
		})
	}
	return all, nil
}

// records is how many events a split of a source with an end has.
func (s Source) records(first, step int64) int64 {
	if !s.Bounded() {
		return 0
	}
	return (s.Config.Events - first + step - 1) / step
}

// Open implements connect.Source.
func (s Source) Open(c connect.ReaderContext, split connect.Split) (connect.Reader[Event], error) {
	if len(split.Data) != 16 {
		return nil, errors.New("a split of nexmark events has 16 bytes")
	}
	first := int64(binary.LittleEndian.Uint64(split.Data))
	step := int64(binary.LittleEndian.Uint64(split.Data[8:]))
	if first < 0 || step < 1 {
		return nil, fmt.Errorf("a split of nexmark events from %d by %d", first, step)
	}
	r := &reader{c: c, g: NewGenerator(s.Config), next: first, step: step}
	switch len(split.Position) {
	case 0:
	case 8:
		r.next = int64(binary.LittleEndian.Uint64(split.Position))
	default:
		return nil, errors.New("a position in nexmark events has 8 bytes")
	}
	if s.PerSecond > 0 {
		r.interval = time.Duration(float64(time.Second) * float64(step) / s.PerSecond)
		r.start = c.Now()
	}
	return r, nil
}

type reader struct {
	c          connect.ReaderContext
	g          *Generator
	next, step int64
	made       int64
	interval   time.Duration // between two events; 0: none
	start      time.Time     // when the first is due
}

// Read implements connect.Reader.
func (r *reader) Read(rows []Event) (int, error) {
	n := min(int64(len(rows)), (r.g.count-r.next+r.step-1)/r.step)
	if r.interval > 0 {
		n = max(0, min(n, int64(r.c.Now().Sub(r.start)/r.interval)+1-r.made))
	}
	for i := range rows[:n] {
		r.g.Make(r.next, &rows[i])
		r.next += r.step
	}
	r.made += n
	r.c.AddBytes(n)
	switch {
	case r.next >= r.g.count:
		return int(n), io.EOF
	case r.interval > 0:
		r.c.WakeAt(r.start.Add(time.Duration(r.made) * r.interval))
		return int(n), connect.Wait
	}
	return int(n), nil
}

// Position implements connect.Positioned: it is the number of the next event.
func (r *reader) Position() ([]byte, error) {
	return binary.LittleEndian.AppendUint64(nil, uint64(r.next)), nil
}

// Close implements connect.Reader.
func (r *reader) Close() error { return nil }
