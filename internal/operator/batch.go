package operator

import (
	"reflect"
	"sync"
	"sync/atomic"
)

// MaxBatch is the largest number of rows in a batch.
const MaxBatch = 1024

// batchBytes is what a batch of fixed-size rows should occupy. Smaller ones, of
// which several fit the first-level cache, are no faster, and cost more per row for
// what is done once a batch.
const batchBytes = 24 << 10

// BatchSize returns how many rows of T make a full batch.
func BatchSize[T any]() int { return BatchRows(int(reflect.TypeFor[T]().Size())) }

// BatchRows is [BatchSize] for rows of that many bytes.
func BatchRows(size int) int { return min(max(batchBytes/max(size, 1), 16), MaxBatch) }

// Batch carries rows between tasks. It is passed by reference and released by
// whoever has used it last.
type Batch[T any] struct {
	Rows  []T
	Times []int64 // of the rows, or nil
	pool  *Pool[T]
	refs  atomic.Int32
}

// Carrier is a batch of any type.
type Carrier interface {
	Len() int
	Share(n int) // adds n owners
	Release()    // gives up one ownership; the last one recycles the batch
}

func (b *Batch[T]) Len() int { return len(b.Rows) }

func (b *Batch[T]) Share(n int) { b.refs.Add(int32(n)) }

func (b *Batch[T]) Release() {
	if b.refs.Add(-1) == 0 && b.pool != nil {
		b.pool.put(b)
	}
}

// Pool recycles the batches of one sender. Get is for the sender, batches come
// back from any goroutine.
type Pool[T any] struct {
	size     int
	pointers bool // rows must be cleared so that an idle batch pins nothing

	mu   sync.Mutex
	free []*Batch[T] // guarded by mu
}

// poolLimit bounds the idle batches a sender keeps.
const poolLimit = 64

// NewPool returns a pool of batches of size rows. pointers says whether T
// contains pointers.
func NewPool[T any](size int, pointers bool) *Pool[T] {
	return &Pool[T]{size: size, pointers: pointers}
}

// Get returns an empty batch with one owner and room for the pool's size.
func (p *Pool[T]) Get() *Batch[T] {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		b.refs.Store(1)
		return b
	}
	p.mu.Unlock()
	b := &Batch[T]{Rows: make([]T, 0, p.size), pool: p}
	b.refs.Store(1)
	return b
}

func (p *Pool[T]) put(b *Batch[T]) {
	if p.pointers {
		clear(b.Rows)
	}
	b.Rows, b.Times = b.Rows[:0], b.Times[:0]
	p.mu.Lock()
	if len(p.free) < poolLimit {
		p.free = append(p.free, b)
	}
	p.mu.Unlock()
}
