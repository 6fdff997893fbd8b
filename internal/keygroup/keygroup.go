// Package keygroup divides keys into groups by their hash, and groups among subtasks.
// Floor 0.
//
// Exchanges by key, the state of keys and its snapshots all go by it, so that a record
// comes to the subtask that has the state of its key, whatever the parallelism was when
// the state was written. The number of groups is the same for all jobs: see
// docs/decisions/007-key-groups.md.
package keygroup

// Count is the number of groups. A group is never split between subtasks, so it is also
// the largest parallelism.
const Count = 1 << bits

const bits = 10

// Of returns the group of a key with that hash, from 0 to Count-1.
func Of(hash uint64) int { return int(hash >> (64 - bits)) }

// Owner returns which of n subtasks a group belongs to. The groups of a subtask are side
// by side, and no subtask has two more than another one.
func Owner(group, n int) int { return group * n / Count }

// Range is the groups from First inclusive to End exclusive.
type Range struct{ First, End int }

// All is every group.
var All = Range{0, Count}

// Owned returns the groups of one of n subtasks: those for which Owner returns it.
func Owned(subtask, n int) Range {
	return Range{(subtask*Count + n - 1) / n, ((subtask+1)*Count + n - 1) / n}
}

// Has reports whether a group is one of them.
func (r Range) Has(group int) bool { return r.First <= group && group < r.End }
