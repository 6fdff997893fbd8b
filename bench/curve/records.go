package main

import (
	"fmt"
	"io"

	"github.com/thalweg/thalweg/connect"
)

// Record is one of 1024 bytes without a pointer.
type Record struct {
	ID    int64
	Value int64
	Rest  [126]uint64
}

const recordBytes = 1024

// id and value are field references.
func id(r *Record) *int64    { return &r.ID }
func value(r *Record) *int64 { return &r.Value }

// kind is one of the inputs. The rules by which the records of each are made are
// those of Records.java in bench/peers/flink.
type kind uint64

const (
	// build has the ids 0, 1, 2 and so on.
	build kind = iota + 1
	// probe has a random one of build's ids in every record.
	probe
	// sort has different random ids.
	sort
	// group has random ids, each once or twice, the second time when all have come
	// once.
	group
)

func (k kind) String() string { return [...]string{"", "build", "probe", "sort", "group"}[k] }

// input is a source of records that are made when they are read.
type input struct {
	kind kind
	n    int64
	keys int64 // how many ids there are to choose from, for probe and group
}

func (in input) String() string {
	return fmt.Sprintf("%d records for %s with %d ids", in.n, in.kind, in.keys)
}

func (in input) Bounded() bool { return true }

// Splits makes one of each subtask's share.
func (in input) Splits(c connect.SplitContext) (splits []connect.Split, err error) {
	n := int64(c.Parallelism())
	for i := range n {
		from, to := in.n*i/n, in.n*(i+1)/n
		splits = append(splits, connect.Split{ID: fmt.Sprint(i), Size: to - from, Data: fmt.Appendf(nil, "%d %d", from, to)})
	}
	return splits, nil
}

func (in input) Open(_ connect.ReaderContext, s connect.Split) (connect.Reader[Record], error) {
	r := &reader{input: in}
	if _, err := fmt.Sscan(string(s.Data), &r.next, &r.end); err != nil {
		return nil, fmt.Errorf("split %s: %w", s.ID, err)
	}
	return r, nil
}

type reader struct {
	input     input
	next, end int64
}

func (r *reader) Read(rows []Record) (int, error) {
	n := min(int64(len(rows)), r.end-r.next)
	for i := range rows[:n] {
		r.input.make(&rows[i], r.next+int64(i))
	}
	r.next += n
	if r.next == r.end {
		return int(n), io.EOF
	}
	return int(n), nil
}

func (r *reader) Close() error { return nil }

// make writes the record of a number.
func (in input) make(r *Record, i int64) {
	switch in.kind {
	case build:
		r.ID, r.Value = i, int64(mix(uint64(i)))
	case probe:
		r.ID, r.Value = int64(mix(uint64(i))>>33*uint64(in.keys)>>31), int64(mix(uint64(^i)))
	case sort:
		r.ID, r.Value = int64(mix(uint64(i))), i
	case group:
		r.ID, r.Value = int64(mix(uint64(i%in.keys))), int64(mix(uint64(^i)))
	}
	word := mix(uint64(r.ID) ^ uint64(in.kind))
	for j := range r.Rest {
		r.Rest[j] = word
		word += step
	}
}

// step is an odd number whose multiples have nothing in common that a codec would
// find: the records do not get smaller when they are compressed.
const step = 0x9e3779b97f4a7c15

// mix is the function of SplitMix64: it takes different numbers to different
// ones. See Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// 2014.
func mix(x uint64) uint64 {
	x += step
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
