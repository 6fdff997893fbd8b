package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// twoSorted keeps two inputs in the order of their keys and brings together what
// has the same key.
type twoSorted[L, R any, K comparable] struct {
	ctx      *operator.Context
	left     sortStep[L]
	right    sortStep[R]
	leftKey  *types.Key[L, K]
	rightKey *types.Key[R, K]
	rest     *memory.Share // what neither sorter has
}

func newTwoSorted[L, R any, K comparable](
	ctx *operator.Context,
	left *types.Type[L], leftKey *types.Key[L, K], leftOrder outofcore.Order[L],
	right *types.Type[R], rightKey *types.Key[R, K], rightOrder outofcore.Order[R],
) (*twoSorted[L, R, K], error) {
	shares, err := parts(ctx, 3, 3, 2)
	if err != nil {
		return nil, err
	}
	return &twoSorted[L, R, K]{
		ctx:     ctx,
		left:    newSortStep(ctx, shares[0], left, leftOrder),
		right:   newSortStep(ctx, shares[1], right, rightOrder),
		leftKey: leftKey, rightKey: rightKey, rest: shares[2],
	}, nil
}

// inputs returns the collectors of both inputs.
func (s *twoSorted[L, R, K]) inputs(w operator.Wiring) []any {
	return []any{sieved(w, 0, s.leftKey, operator.Collector[L](&s.left)), sieved(w, 1, s.rightKey, operator.Collector[R](&s.right))}
}

// each sorts both sides and calls f for every key: with one group nil where a side
// does not have the key.
func (s *twoSorted[L, R, K]) each(rescue func(*error), f func(left *sortedGroups[L, K], right *sortedGroups[R, K]) error) error {
	if err := s.left.sort(); err != nil {
		return err
	}
	if err := s.right.sort(); err != nil {
		return err
	}
	return s.merge(rescue, f)
}

func (s *twoSorted[L, R, K]) merge(rescue func(*error), f func(left *sortedGroups[L, K], right *sortedGroups[R, K]) error) (err error) {
	defer rescue(&err)
	left, right := newSortedGroups(s.left.sorter, s.leftKey), newSortedGroups(s.right.sorter, s.rightKey)
	compare := s.leftKey.Type().Compare
	moreLeft, err := left.next()
	if err != nil {
		return s.ctx.Fail(err, -1, nil)
	}
	moreRight, err := right.next()
	for err == nil && (moreLeft || moreRight) {
		c := 0
		switch {
		case !moreRight:
			c = -1
		case !moreLeft:
			c = 1
		default:
			c = compare(&left.key, &right.key)
		}
		var l *sortedGroups[L, K]
		var r *sortedGroups[R, K]
		if c <= 0 {
			l = left
		}
		if c >= 0 {
			r = right
		}
		if err := f(l, r); err != nil {
			return err
		}
		if err == nil && l != nil {
			moreLeft, err = left.next()
		}
		if err == nil && r != nil {
			moreRight, err = right.next()
		}
	}
	return s.ctx.Fail(err, -1, nil)
}

func (s *twoSorted[L, R, K]) close() {
	s.left.sorter.Close()
	s.right.sorter.Close()
}

// parts divides an operator's share: each part is large enough to work with, and
// what is left then is divided in proportion to the weights. The plan has to know of
// them, see plan.Node.Stores.
func parts(ctx *operator.Context, weights ...int64) ([]*memory.Share, error) {
	share := ctx.Memory()
	var sum int64
	for _, w := range weights {
		sum += w
	}
	least := int64(outofcore.MinPages * share.PageSize())
	left := share.Limit() - least*int64(len(weights))
	if left < 0 {
		return nil, fmt.Errorf("its %s of memory are too few, it needs %s: raise --memory, or use fewer subtasks",
			memory.Text(share.Limit()), memory.Text(least*int64(len(weights))))
	}
	var all []*memory.Share
	for _, w := range weights {
		all = append(all, share.Part(least+left/sum*w))
	}
	return all, nil
}
