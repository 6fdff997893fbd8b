package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// epoch is what times of bids count from, in nanoseconds of the monotonic clock.
var epoch = time.Now()

// bidAt is a bid of the benchmark of latency: how many bids an auction has in a window,
// when it is a result.
type bidAt struct {
	Auction, Count int64
	Time           int64 // nanoseconds since 1970
}

// paced is a source of bids that come at a steady rate, for as long as it is told, a
// split for each subtask. The time of a bid is when it was due, whenever it is made: a
// source that is held up does not hide it.
type paced struct {
	rate, auctions int64
	lasts          time.Duration
}

// pace is when a source that has no bids that are due asks to be woken.
const pace = 200 * time.Microsecond

func (s paced) String() string { return fmt.Sprintf("%d bids a second for %s", s.rate, s.lasts) }
func (s paced) Bounded() bool  { return true }

func (s paced) Splits(c connect.SplitContext) (all []connect.Split, err error) {
	n := int64(c.Parallelism())
	start := time.Since(epoch).Truncate(time.Second) + time.Second
	for k := range n {
		data := binary.LittleEndian.AppendUint64(nil, uint64(k))
		data = binary.LittleEndian.AppendUint64(data, uint64(n))
		data = binary.LittleEndian.AppendUint64(data, uint64(start))
		all = append(all, connect.Split{ID: fmt.Sprint(k), Data: data})
	}
	return all, nil
}

func (s paced) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[bidAt], error) {
	number := func(i int) int64 { return int64(binary.LittleEndian.Uint64(p.Data[8*i:])) }
	return &pacing{paced: s, c: c, next: number(0), step: number(1), start: time.Duration(number(2))}, nil
}

type pacing struct {
	paced
	c          connect.ReaderContext
	next, step int64
	start      time.Duration
}

func (r *pacing) Read(rows []bidAt) (int, error) {
	now := time.Since(epoch) - r.start
	for i := range rows {
		due := time.Duration(r.next * int64(time.Second) / r.rate)
		if due >= r.lasts {
			return i, io.EOF
		}
		if due > now {
			r.c.WakeAt(r.c.Now().Add(pace))
			return i, connect.Wait
		}
		rows[i] = bidAt{Auction: int64(scramble(uint64(r.next)) % uint64(r.auctions)), Time: wall(r.start + due)}
		r.next += r.step
	}
	return len(rows), nil
}

func (r *pacing) Close() error { return nil }

// wall is a time since epoch in nanoseconds since 1970.
func wall(d time.Duration) int64 { return epoch.UnixNano() + int64(d) }
