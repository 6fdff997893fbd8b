package main

import (
	"sync"

	"github.com/thalweg/thalweg/connect"
)

// sum is how many rows there are, and the sum of their hashes modulo 2^64: it does not
// depend on their order.
type sum struct{ rows, hashes uint64 }

func (s *sum) add(h hash) { s.rows, s.hashes = s.rows+1, s.hashes+uint64(h) }

// hash is that of a row's columns so far. peer.nexmark.Sums has the same in Java.
type hash uint64

const noColumns hash = 0x9E3779B97F4A7C15

func (h hash) ints(values ...int64) hash {
	for _, v := range values {
		h = (h ^ hash(v)).mixed()
	}
	return h
}

func (h hash) text(values ...string) hash {
	for _, s := range values {
		for i := range len(s) {
			h = (h ^ hash(s[i])) * 0x100000001B3
		}
		h = (h ^ hash(len(s))).mixed()
	}
	return h
}

func (h hash) mixed() hash {
	h *= 0xFF51AFD7ED558CCD
	return h ^ h>>32
}

// summed is a sink that adds up the rows of a run in one process. With of, a row takes
// the place of the one before with the same number.
type summed[R any] struct {
	fold func(hash, *R) hash
	of   func(*R) int64

	mu    sync.Mutex
	total *sum // guarded by mu
}

func (*summed[R]) String() string { return "summed" }

// Open returns the writer of a subtask. Rows that take each other's place must come to
// the same one.
func (s *summed[R]) Open(connect.WriterContext) (connect.Writer[R], error) {
	return &summing[R]{sink: s, last: map[int64]hash{}}, nil
}

type summing[R any] struct {
	sink *summed[R]
	sum  sum
	last map[int64]hash
}

func (w *summing[R]) Write(rows []R) error {
	for i := range rows {
		h := w.sink.fold(noColumns, &rows[i])
		if w.sink.of != nil {
			w.last[w.sink.of(&rows[i])] = h
			continue
		}
		w.sum.add(h)
	}
	return nil
}

func (w *summing[R]) Flush() error { return nil }

func (w *summing[R]) Close(complete bool) error {
	for _, h := range w.last {
		w.sum.add(h)
	}
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	if complete {
		w.sink.total.rows += w.sum.rows
		w.sink.total.hashes += w.sum.hashes
	}
	return nil
}
