package step

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// Mark is a place in an order: that of a sampled record. It has the record's prefix
// and the front of its key, or the record itself if the order has no keys.
type Mark[T any] struct {
	Prefix uint64
	Key    string
	Record []T // one, or none
}

// markBytes is how much of a key a mark keeps: any place does as a bound.
const markBytes = 64

// samplesPerTarget is how many marks a subtask draws for each subtask of the sort.
// With 100, no range has more than 1.3 times its share in most cases (Blelloch et
// al., A Comparison of Sorting Algorithms for the Connection Machine CM-2, 1991).
const samplesPerTarget = 100

// recordsPerTarget is the same for orders without keys, of which whole records have
// to be kept.
const recordsPerTarget = 10

// SampleMarks draws marks from all records of a subtask, each with the same
// probability, and emits them in Finish (algorithm L: Li, Reservoir-Sampling
// Algorithms of Time Complexity O(n(1+log(N/n))), 1994).
func SampleMarks[T any](rows *types.Type[T], order outofcore.Order[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[T](&sampleStep[T]{
			guard: guard{ctx: w.Context}, rows: rows, order: order,
			marks: make([]Mark[T], 0, sampleSize(order)*w.Context.Parallelism()),
			skip:  &skip{random: w.Context.Spec().Host.Random},
			out:   output[Mark[T]](w, 0),
		}), nil
	}
}

func sampleSize[T any](order outofcore.Order[T]) int {
	if order.Key == nil {
		return recordsPerTarget
	}
	return samplesPerTarget
}

type sampleStep[T any] struct {
	guard
	rows  *types.Type[T]
	order outofcore.Order[T]
	marks []Mark[T]
	skip  *skip
	out   operator.Collector[Mark[T]]
}

func (s *sampleStep[T]) Collect(rows []T) (err error) {
	defer rescue(&s.guard, rows, &err)
	i := 0
	for ; i < len(rows) && len(s.marks) < cap(s.marks); i++ {
		s.at = i
		s.marks = append(s.marks, s.mark(rows[i:i+1]))
		if len(s.marks) == cap(s.marks) {
			s.skip.start(len(s.marks))
		}
	}
	for {
		n := s.skip.left
		if int64(len(rows)-i) <= n {
			s.skip.left -= int64(len(rows) - i)
			return nil
		}
		i += int(n)
		s.at = i
		s.marks[s.skip.pick(len(s.marks))] = s.mark(rows[i : i+1])
		i++
	}
}

// mark makes the mark of a record.
func (s *sampleStep[T]) mark(row []T) (m Mark[T]) {
	if s.order.Key == nil {
		own := row[0]
		s.rows.Detach(&own, nil)
		m.Record = []T{own}
		return m
	}
	var prefix [1]uint64
	if s.order.Prefix != nil {
		s.order.Prefix(row, prefix[:])
	}
	key := s.order.Key(nil, &row[0])
	m.Prefix, m.Key = prefix[0], string(key[:min(len(key), markBytes)])
	return m
}

func (s *sampleStep[T]) Finish() error {
	return batches(s.marks, operator.BatchSize[Mark[T]](), s.out.Collect)
}

// Bounds takes all marks and emits those that divide them evenly, in Finish: a few
// for each subtask that took part, of which writers choose as many as they need.
func Bounds[T any](order outofcore.Order[T]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		return one[Mark[T]](&boundsStep[T]{order: order, out: output[Mark[T]](w, 0)}), nil
	}
}

// boundsPerTarget makes ranges differ by at most a quarter of their size, as far as
// the sample tells.
const boundsPerTarget = 4

type boundsStep[T any] struct {
	order outofcore.Order[T]
	marks []Mark[T]
	out   operator.Collector[Mark[T]]
}

func (s *boundsStep[T]) Collect(rows []Mark[T]) error {
	s.marks = append(s.marks, rows...)
	return nil
}

func (s *boundsStep[T]) Finish() error {
	if len(s.marks) == 0 {
		return nil
	}
	slices.SortFunc(s.marks, compareMarks(s.order))
	// n subtasks have drawn a number of marks for each of n.
	subtasks := math.Sqrt(float64(len(s.marks)) / float64(sampleSize(s.order)))
	n := min(max(int(math.Ceil(subtasks)), 2)*boundsPerTarget, len(s.marks))
	bounds := make([]Mark[T], n)
	for i := range bounds {
		bounds[i] = s.marks[len(s.marks)*i/n]
	}
	return s.out.Collect(bounds)
}

// skip tells how many records lie between two that enter a full reservoir.
type skip struct {
	random func() uint64
	w      float64
	left   int64
}

// uniform returns a number in (0, 1).
func (s *skip) uniform() float64 { return (float64(s.random()>>11) + 0.5) / (1 << 53) }

func (s *skip) start(size int) {
	s.w = math.Exp(math.Log(s.uniform()) / float64(size))
	s.draw()
}

func (s *skip) draw() {
	n := math.Floor(math.Log(s.uniform()) / math.Log1p(-s.w))
	s.left = int64(min(n, math.MaxInt64/2))
}

// pick chooses the record that leaves, and draws the next skip.
func (s *skip) pick(size int) int {
	at := int(s.random() % uint64(size))
	s.w *= math.Exp(math.Log(s.uniform()) / float64(size))
	s.draw()
	return at
}

// compareMarks orders marks as their records are.
func compareMarks[T any](order outofcore.Order[T]) func(a, b Mark[T]) int {
	if order.Key == nil {
		return func(a, b Mark[T]) int { return order.Compare(&a.Record[0], &b.Record[0]) }
	}
	return func(a, b Mark[T]) int {
		return cmp.Or(cmp.Compare(a.Prefix, b.Prefix), strings.Compare(a.Key, b.Key))
	}
}

// RangeSelector sends records to subtasks so that none of one subtask comes behind
// any of the next: the bounds are taken from the marks of a broadcast set that is
// attached to the operator whose output is distributed.
type RangeSelector[T any] struct {
	Order outofcore.Order[T]
	Set   int
}

// Instance returns a selector for one writer.
func (r RangeSelector[T]) Instance(ctx *operator.Context) any {
	return &rangeSelector[T]{guard: guard{ctx: ctx}, RangeSelector: r, prefixes: make([]uint64, operator.BatchSize[T]())}
}

type rangeSelector[T any] struct {
	guard
	RangeSelector[T]
	bounds   []Mark[T] // one less than subtasks
	n        int       // what bounds was made for
	prefixes []uint64
	key      []byte
}

func (s *rangeSelector[T]) Select(rows []T, targets []int32, n int) (err error) {
	defer rescue(&s.guard, rows, &err)
	s.at = 0
	if s.n != n {
		s.divide(n)
	}
	prefixes := s.prefixes[:len(rows)]
	if s.Order.Prefix != nil {
		s.Order.Prefix(rows, prefixes)
	}
	for i := range rows {
		s.at = i
		targets[i] = int32(s.target(&rows[i], prefixes[i]))
	}
	return nil
}

// divide chooses n-1 bounds that divide the marks evenly.
func (s *rangeSelector[T]) divide(n int) {
	marks := s.ctx.Broadcast(s.Set).([]Mark[T])
	s.bounds, s.n = nil, n
	for i := 1; i < n && len(marks) > 0; i++ {
		s.bounds = append(s.bounds, marks[len(marks)*i/n])
	}
}

// target returns how many bounds are not behind a record.
func (s *rangeSelector[T]) target(row *T, prefix uint64) int {
	if s.Order.Key == nil {
		return sort.Search(len(s.bounds), func(i int) bool { return s.Order.Compare(row, &s.bounds[i].Record[0]) < 0 })
	}
	keyed := false
	return sort.Search(len(s.bounds), func(i int) bool {
		b := &s.bounds[i]
		if prefix != b.Prefix {
			return prefix < b.Prefix
		}
		if !keyed {
			s.key, keyed = s.Order.Key(s.key[:0], row), true
		}
		return types.StringOf(s.key) < b.Key
	})
}
