package main

import (
	"sync"

	"github.com/thalweg/thalweg/types"
)

const (
	peerBatch    = 682 // records, as many as the engine has in a batch of this type
	peerCapacity = 8   // batches in a channel
)

// receiverOf divides keys over two receivers as the engine does: by the highest
// bit of the same hash. So both sides do the same work for a record.
func receiverOf(r *Record) int { return int(types.HashUint64(uint64(r.Key)) >> 63) }

// channels is the exchange by hand: two goroutines deal records into batches for
// two others, one channel for each pair, and used batches come back.
func channels(n int64) totals {
	var lanes, back [2][2]chan []Record
	for from := range lanes {
		for to := range lanes[from] {
			lanes[from][to] = make(chan []Record, peerCapacity)
			back[from][to] = make(chan []Record, peerCapacity+2)
		}
	}
	var results [2]totals
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { deal(n/2*int64(i), n/2*int64(i)+share(n, i), lanes[i], back[i]) })
		all.Go(func() {
			results[i] = drain([2]chan []Record{lanes[0][i], lanes[1][i]}, [2]chan []Record{back[0][i], back[1][i]})
		})
	}
	all.Wait()
	return totals{results[0].Rows + results[1].Rows, results[0].Sum + results[1].Sum}
}

// share is how many of n records the first and the second of two make.
func share(n int64, i int) int64 {
	if i == 0 {
		return n / 2
	}
	return n - n/2
}

func deal(from, to int64, lanes, back [2]chan []Record) {
	fresh := func(i int) []Record {
		select {
		case b := <-back[i]:
			return b[:0]
		default:
			return make([]Record, 0, peerBatch)
		}
	}
	current := [2][]Record{fresh(0), fresh(1)}
	for i := from; i < to; i++ {
		r := record(i, 1)
		at := receiverOf(&r)
		current[at] = append(current[at], r)
		if len(current[at]) == peerBatch {
			lanes[at] <- current[at]
			current[at] = fresh(at)
		}
	}
	for i, b := range current {
		lanes[i] <- b
		close(lanes[i])
	}
}

func drain(lanes, back [2]chan []Record) (t totals) {
	for lanes[0] != nil || lanes[1] != nil {
		var b []Record
		var ok bool
		from := 0
		select {
		case b, ok = <-lanes[0]:
		case b, ok = <-lanes[1]:
			from = 1
		}
		if !ok {
			lanes[from] = nil
			continue
		}
		t.add(b)
		select {
		case back[from] <- b:
		default:
		}
	}
	return t
}
