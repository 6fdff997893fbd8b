package keyed

import "github.com/thalweg/thalweg/internal/memory"

// account is what a scope holds, in bytes, and what of the operator's share of memory it
// has taken for it.
//
// Whoever grows adds to held, which costs no more than that; the share is asked in steps,
// between two keys. What is held is an estimate: arrays by their capacity, and what values
// refer to as types.Type.Held has it.
//
// Invariant: between two keys, taken is at least held and at most slack more, unless the
// share has no more. The slack is two steps, so that who goes up and down around one does
// not ask all the time.
type account struct {
	held, taken int64
	slack       uint64
	step        int64
	share       *memory.Share
}

// newAccount returns an account within a share, by its pages; of small shares by smaller
// steps.
func newAccount(share *memory.Share) account {
	const steps = 64
	step := max(min(int64(share.PageSize()), share.Limit()/steps), 1)
	return account{slack: 2 * uint64(step), step: step, share: share}
}

// add notes that n bytes more are held, or -n less.
func (a *account) add(n int) { a.held += int64(n) }

// array notes that an array of elements of a size has grown.
func (a *account) array(before, after, size int) { a.held += int64((after - before) * size) }

// settled reports whether what was taken suits what is held.
func (a *account) settled() bool { return uint64(a.taken-a.held) <= a.slack }

// settle takes what is missing from the share, or gives back what is too much. It returns
// false if the share has no more.
func (a *account) settle() bool {
	want := (a.held + a.step - 1) / a.step * a.step
	if n := want - a.taken; n < 0 {
		a.share.Release(-n)
	} else if !a.share.Reserve(n) {
		return false
	}
	a.taken = want
	return true
}
