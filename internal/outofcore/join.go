package outofcore

import (
	"errors"

	"github.com/thalweg/thalweg/types"
)

// JoinSpec says what to join and what to do with it. Either side of an inner,
// outer, semi or anti join may be the build side. Rows are lent for a call; what
// they refer to stays as it is for ever. Functions are called in no particular
// order; their errors end the join and are returned as they are.
type JoinSpec[B, P, K any] struct {
	Build    *types.Type[B]
	Probe    *types.Type[P]
	BuildKey *types.Key[B, K]
	ProbeKey *types.Key[P, K]

	// Match is called for every pair of rows with equal keys; nil if only whether
	// there are such rows matters.
	Match func(b *B, p *P) error

	// These are called once for each row that has, or has no, partner; nil if that is
	// not wanted.
	BuildMatched, BuildAlone func(b *B) error
	ProbeMatched, ProbeAlone func(p *P) error

	// What follows is for tests, which have the join go ways that it would not choose.

	ForceSpill       bool // no build row stays in memory when BuildDone returns
	ForceNestedLoops bool // partitions on disk are joined by nested loops
	NoBloom          bool
	NoReversal       bool   // the build side stays the build side
	MaxDepth         int    // how often rows are partitioned before nested loops; 0: 16
	Mask             uint64 // the bits of hashes that are used; 0: all
}

// wantsBuild reports whether rows of the build side have to be marked.
func (s *JoinSpec[B, P, K]) wantsBuild() bool { return s.BuildMatched != nil || s.BuildAlone != nil }
func (s *JoinSpec[B, P, K]) wantsProbe() bool { return s.ProbeMatched != nil || s.ProbeAlone != nil }

// lendsBuild reports whether the user sees rows of the build side.
func (s *JoinSpec[B, P, K]) lendsBuild() bool { return s.Match != nil || s.wantsBuild() }
func (s *JoinSpec[B, P, K]) lendsProbe() bool { return s.Match != nil || s.wantsProbe() }

// reversed returns the same join with the other build side.
func (s *JoinSpec[B, P, K]) reversed() *JoinSpec[P, B, K] {
	r := &JoinSpec[P, B, K]{
		Build: s.Probe, Probe: s.Build, BuildKey: s.ProbeKey, ProbeKey: s.BuildKey,
		BuildMatched: s.ProbeMatched, BuildAlone: s.ProbeAlone, ProbeMatched: s.BuildMatched, ProbeAlone: s.BuildAlone,
		ForceSpill: s.ForceSpill, ForceNestedLoops: s.ForceNestedLoops, NoBloom: s.NoBloom, NoReversal: s.NoReversal,
		MaxDepth: s.MaxDepth, Mask: s.Mask,
	}
	if match := s.Match; match != nil {
		r.Match = func(b *P, p *B) error { return match(p, b) }
	}
	return r
}

// defaultDepth is enough for any size: each time there are at least minParts parts.
const defaultDepth = 16

// Join is a hybrid hash join (DeWitt, Katz, Olken, Shapiro, Stonebraker, Wood,
// Implementation Techniques for Main Memory Database Systems, 1984; Shapiro, Join
// Processing in Database Systems with Large Main Memories, 1986).
//
//	j, err := NewJoin(spec, room)
//	defer j.Close()
//	j.Build(rows)      // any number of times
//	j.BuildDone()
//	j.Probe(rows)      // any number of times
//	j.ProbeDone()
//
// Build rows are scattered by bits of their hash into partitions. When memory ends
// the largest partition goes to disk, and later rows of it follow; the others stay.
// A table is made of the rows in memory, so most probe rows are answered at once;
// those of partitions on disk are written there, too, unless a filter says that
// they have no partner. In the end each pair of partitions on disk is joined the
// same way, by other bits, with the smaller one as build side. Where that does not
// make partitions smaller, as too many rows have one key, as many build rows as fit
// are joined with all probe rows, and again (nested loops).
//
// Invariant: a row is in memory (rows) or in files[its partition], and all rows of
// a partition are in the same place.
type Join[B, P, K any] struct {
	spec  *JoinSpec[B, P, K]
	room  Room
	level int
	loops bool // nothing is spilled: rows are added as long as they fit

	work  *joinWork[K]
	equal func(a, b *K) bool
	key   K // of the build row at hand

	rows  *joinRows[B]
	table joinTable
	slots int64 // bytes that are reserved for the table

	files    []joinFiles[B, P] // by partition, once there is one
	spilled  int               // partitions with files
	spare    []byte            // a page for the next one
	filter   *bloom            // of the build rows on disk; nil: none
	reserved int64             // bytes for it

	built, probed int64 // rows
}

// joinFiles is a partition on disk. Where build is nil it is in memory.
type joinFiles[B, P any] struct {
	build *rowFile[B]
	probe *rowFile[P]
}

// joinWork is room for a batch, which the levels of a join share.
type joinWork[K any] struct {
	joinScratch
	keys []K
}

type joinScratch struct {
	hashes, refs, more []uint64
	active             []int32
	fates              []fate
}

// NewJoin returns a join that keeps to a room of at least [MinPages].
func NewJoin[B, P, K any](spec JoinSpec[B, P, K], room Room) (*Join[B, P, K], error) {
	switch {
	case spec.Build == nil || spec.Probe == nil || spec.BuildKey == nil || spec.ProbeKey == nil:
		return nil, errors.New("outofcore: a join needs two types and two keys")
	case room.Memory.Pages() < MinPages:
		return nil, errors.New("outofcore: a join needs a larger share of memory")
	}
	if spec.MaxDepth == 0 {
		spec.MaxDepth = defaultDepth
	}
	if spec.Mask == 0 {
		spec.Mask = ^uint64(0)
	}
	return newJoin(&spec, room, 0, &joinWork[K]{
		joinScratch: joinScratch{
			make([]uint64, maxBatch), make([]uint64, maxBatch), make([]uint64, maxBatch),
			make([]int32, maxBatch), make([]fate, maxBatch),
		},
		keys: make([]K, maxBatch),
	}), nil
}

func newJoin[B, P, K any](spec *JoinSpec[B, P, K], room Room, level int, work *joinWork[K]) *Join[B, P, K] {
	j := &Join[B, P, K]{
		spec: spec, room: room, level: level, work: work,
		equal: equalOf(spec.BuildKey.Type()),
		rows:  newJoinRows(spec.Build, room.Memory),
	}
	// A small build side takes a page, and not one for each partition.
	j.rows.stage = max(int64(room.Memory.PageSize())<<j.bits()/8, 1)
	return j
}

// equalOf returns how keys are compared: without the type's program for the most
// usual ones.
func equalOf[K any](t *types.Type[K]) func(a, b *K) bool {
	var known any
	switch any(*new(K)).(type) {
	case int:
		known = equalValues[int]
	case int32:
		known = equalValues[int32]
	case int64:
		known = equalValues[int64]
	case uint32:
		known = equalValues[uint32]
	case uint64:
		known = equalValues[uint64]
	case string:
		known = equalValues[string]
	}
	if f, ok := known.(func(a, b *K) bool); ok {
		return f
	}
	return t.Equal
}

func equalValues[K comparable](a, b *K) bool { return *a == *b }

// minParts is the fewest partitions there may be.
const minParts = 4

// bits returns of how many bits the number of a partition is: an eighth of the
// pages are tails, which are half empty.
func (j *Join[B, P, K]) bits() (n uint) {
	pages := j.room.Memory.Pages()
	for n = 2; n < partBits && minParts*2<<(n-2)*8 <= pages; n++ {
	}
	return n
}

// adjust makes hashes of the level: those of rows that share a partition above must
// differ in all bits again.
func (j *Join[B, P, K]) adjust(hashes []uint64) {
	mask := j.spec.Mask
	if j.level == 0 && mask == ^uint64(0) {
		return
	}
	for i, h := range hashes {
		h &= mask
		for l := range j.level {
			h = types.HashUint64(h + uint64(l))
		}
		hashes[i] = h
	}
}

// Close gives everything back: at any time, and more than once.
func (j *Join[B, P, K]) Close() {
	j.rows.close()
	j.room.Memory.Release(j.slots)
	j.slots, j.table = 0, joinTable{}
	j.dropFilter()
	j.dropSpare()
	for i := range j.files {
		j.files[i].build.close()
		j.files[i].probe.close()
	}
	j.files = nil
}

func (j *Join[B, P, K]) dropFilter() {
	j.room.Memory.Release(j.reserved)
	j.reserved, j.filter = 0, nil
}

func (j *Join[B, P, K]) dropSpare() {
	if j.spare != nil {
		j.room.Memory.Free(j.spare)
		j.spare = nil
	}
}
