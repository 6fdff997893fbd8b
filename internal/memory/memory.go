// Package memory is the memory budget of a process: a pool of pages, shares of
// it, and the account of what else is held. Floor 0.
//
// A [Budget] is divided before a job runs. Every operator that keeps records
// gets a [Share], which it cannot exceed: at its end it spills, it never takes
// from another one. Buffers of exchanges, of spilling and copies of broadcast sets
// are shares too, so that the budget's account has everything the engine holds.
//
// Invariants:
//
//  1. used ≤ limit for every share, but for what [Share.Force] was told; the sum
//     of all limits is at most the budget's.
//  2. A page belongs to one owner between Page and Free or Retire.
//  3. Pages are of one size, a power of two, and hold no pointers: the collector
//     does not look into them.
package memory

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Sizes of pages: the usual ones of a small budget, those it has if very many want
// some, and those of a large budget.
const (
	MinPage   = 4 << 10
	UsualPage = 16 << 10
	MaxPage   = 1 << 20
)

// pagesOfBudget is how many pages a budget of medium size has at least.
const pagesOfBudget = 1024

// Budget is the memory of one process. It is safe for concurrent use.
type Budget struct {
	limit    int64
	pageSize int

	used, peak atomic.Int64

	mu      sync.Mutex
	granted int64    // guarded by mu
	free    [][]byte // idle pages; guarded by mu
}

// NewBudget returns a budget of limit bytes, of which nothing is in use. Pages are
// allocated when they are first wanted.
func NewBudget(limit int64) *Budget { return NewBudgetFor(limit, 0) }

// NewBudgetFor returns a budget that has at least so many pages, if they need not be
// smaller than MinPage for that.
func NewBudgetFor(limit, pages int64) *Budget {
	size := UsualPage
	for size > MinPage && int64(size)*pages > limit {
		size /= 2
	}
	for pages = max(pages, pagesOfBudget); size < MaxPage && 2*int64(size)*pages <= limit; {
		size *= 2
	}
	return &Budget{limit: limit, pageSize: size}
}

// Limit returns the bytes of the budget.
func (b *Budget) Limit() int64 { return b.limit }

// PageSize returns the bytes of a page.
func (b *Budget) PageSize() int { return b.pageSize }

// Used returns the bytes in use, and the most that ever were at a time.
func (b *Budget) Used() (now, peak int64) { return b.used.Load(), b.peak.Load() }

// Ungranted returns the bytes that no share has.
func (b *Budget) Ungranted() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit - b.granted
}

// Share takes bytes out of the budget for one owner. It fails if that many are not
// there.
func (b *Budget) Share(limit int64) (*Share, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if limit < 0 || limit > b.limit-b.granted {
		return nil, fmt.Errorf("memory: a share of %s is wanted, the budget of %s has %s left",
			Text(limit), Text(b.limit), Text(b.limit-b.granted))
	}
	b.granted += limit
	return &Share{budget: b, limit: limit}, nil
}

// give returns a page, idle or new.
func (b *Budget) give() []byte {
	b.mu.Lock()
	if n := len(b.free); n > 0 {
		page := b.free[n-1]
		b.free[n-1] = nil
		b.free = b.free[:n-1]
		b.mu.Unlock()
		return page
	}
	b.mu.Unlock()
	return make([]byte, b.pageSize)
}

func (b *Budget) takeBack(page []byte) {
	b.mu.Lock()
	b.free = append(b.free, page[:b.pageSize])
	b.mu.Unlock()
}

// add changes the account.
func (b *Budget) add(n int64) {
	now := b.used.Add(n)
	for n > 0 {
		peak := b.peak.Load()
		if now <= peak || b.peak.CompareAndSwap(peak, now) {
			return
		}
	}
}

// Share is the memory one operator in one subtask may hold. Its owner takes and
// frees; [Share.Used] may be asked by anybody.
type Share struct {
	budget     *Budget
	whole      *Share // of which this is a part; nil
	limit      int64
	used, peak atomic.Int64 // written by the owner
}

// Limit returns the bytes of the share.
func (s *Share) Limit() int64 { return s.limit }

// PageSize returns the bytes of a page.
func (s *Share) PageSize() int { return s.budget.pageSize }

// Pages returns how many pages the whole share is.
func (s *Share) Pages() int { return int(s.limit / int64(s.budget.pageSize)) }

// Left returns the bytes that are still to be had.
func (s *Share) Left() int64 { return s.limit - s.used.Load() }

// Used returns the bytes in use, and the most that ever were at a time.
func (s *Share) Used() (now, peak int64) { return s.used.Load(), s.peak.Load() }

// Page returns a page of the pool, with any content, or nil if the share has no
// more.
func (s *Share) Page() []byte {
	if !s.Reserve(int64(s.budget.pageSize)) {
		return nil
	}
	return s.budget.give()
}

// Free gives a page back to the pool. Nothing may refer to it.
func (s *Share) Free(page []byte) {
	s.budget.takeBack(page)
	s.Release(int64(s.budget.pageSize))
}

// Retire gives a page back to which rows that were sent on may refer: the
// collector frees it when they are gone.
func (s *Share) Retire(page []byte) {
	_ = page
	s.Release(int64(s.budget.pageSize))
}

// Reserve accounts for n bytes that are to be held outside of pages, and reports
// whether they are to be had.
func (s *Share) Reserve(n int64) bool {
	if s.used.Load()+n > s.limit {
		return false
	}
	s.Force(n)
	return true
}

// Force accounts for n bytes whatever the limit: for what cannot be done
// without, such as a single record that is larger than the share.
func (s *Share) Force(n int64) {
	now := s.used.Add(n)
	if now > s.peak.Load() {
		s.peak.Store(now)
	}
	if s.whole != nil {
		s.whole.Force(n)
	} else {
		s.budget.add(n)
	}
}

// Release takes back what Reserve or Force accounted for.
func (s *Share) Release(n int64) {
	s.used.Add(-n)
	if s.whole != nil {
		s.whole.Release(n)
	} else {
		s.budget.add(-n)
	}
}

// Part returns a share within this one, for one of several things an operator
// keeps. The limits of all parts should add up to that of the whole, which accounts
// for all of them.
func (s *Share) Part(limit int64) *Share {
	return &Share{budget: s.budget, whole: s, limit: limit}
}

// Close returns a share that is no part of another one to the budget. What is still
// in use counts as released: its owner has dropped it.
func (s *Share) Close() {
	if n := s.used.Swap(0); n != 0 {
		s.budget.add(-n)
	}
	s.budget.mu.Lock()
	s.budget.granted -= s.limit
	s.budget.mu.Unlock()
	s.limit = 0
}

// Unlimited returns a share without a limit, of a budget of its own: for operators
// that are not part of a job.
func Unlimited() *Share {
	const limit = 1 << 60
	s, err := NewBudget(limit).Share(limit)
	if err != nil {
		panic(err) // the whole of a new budget is always to be had
	}
	return s
}
