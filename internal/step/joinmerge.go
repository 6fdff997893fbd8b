package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
)

// MergeJoin joins two inputs, which are divided by key, by sorting both. For a key
// that both have, the right records are kept, on disk if there are too many, and
// gone through for each batch of left ones.
func MergeJoin[L, R any, K comparable, O any](spec JoinSpec[L, R, K, O]) operator.Factory {
	leftOrder, rightOrder := outofcore.By(spec.LeftKey, false), outofcore.By(spec.RightKey, false)
	return func(w operator.Wiring) (operator.Instance, error) {
		sorted, err := newTwoSorted(w.Context, spec.Left, spec.LeftKey, leftOrder, spec.Right, spec.RightKey, rightOrder)
		if err != nil {
			return operator.Instance{}, err
		}
		s := &mergeJoinStep[L, R, K, O]{
			joint: newJoint(w, spec.Open), sorted: sorted, spec: spec,
			group: make([]R, 0, operator.BatchSize[R]()),
		}
		return operator.Instance{Inputs: sorted.inputs(w), Body: s}, nil
	}
}

type mergeJoinStep[L, R any, K comparable, O any] struct {
	*joint[L, R, O]
	sorted *twoSorted[L, R, K]
	spec   JoinSpec[L, R, K, O]
	group  []R // right records of one key, if they are few
}

func (s *mergeJoinStep[L, R, K, O]) Finish() error {
	kind := s.spec.Kind
	err := s.sorted.each(s.rescue, func(left *sortedGroups[L, K], right *sortedGroups[R, K]) error {
		switch {
		case kind == Semi || kind == Anti:
			if left != nil && (right != nil) == (kind == Semi) {
				return s.eachLeft(left)
			}
			return nil
		case right == nil:
			if kind.keepsLeft() {
				return s.eachLeft(left)
			}
			return nil
		case left == nil:
			if kind.keepsRight() {
				return s.eachRight(right)
			}
			return nil
		}
		return s.match(left, right)
	})
	if err != nil {
		return err
	}
	return s.out.flush()
}

func (s *mergeJoinStep[L, R, K, O]) eachLeft(left *sortedGroups[L, K]) error {
	for l := range left.seq {
		if err := s.pair(&l, nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *mergeJoinStep[L, R, K, O]) eachRight(right *sortedGroups[R, K]) error {
	for r := range right.seq {
		if err := s.pair(nil, &r); err != nil {
			return err
		}
	}
	return nil
}

// match pairs all records of two groups. A batch of right ones is kept as it is,
// more go to a spool.
func (s *mergeJoinStep[L, R, K, O]) match(left *sortedGroups[L, K], right *sortedGroups[R, K]) error {
	s.group = s.group[:0]
	for r := range right.seq {
		s.group = append(s.group, r)
		if len(s.group) == cap(s.group) {
			return s.matchMany(left, right)
		}
	}
	for l := range left.seq {
		for i := range s.group {
			if err := s.pair(&l, &s.group[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *mergeJoinStep[L, R, K, O]) matchMany(left *sortedGroups[L, K], right *sortedGroups[R, K]) error {
	held := outofcore.NewSpool(s.spec.Right, outofcore.Room{Memory: s.sorted.rest, Space: s.ctx.Space()})
	defer held.Close()
	for len(s.group) > 0 {
		if err := held.Add(s.group); err != nil {
			return s.ctx.Fail(err, -1, nil)
		}
		s.group = s.group[:0]
		for r := range right.seq {
			s.group = append(s.group, r)
			if len(s.group) == cap(s.group) {
				break
			}
		}
	}
	if err := held.Seal(); err != nil {
		return s.ctx.Fail(err, -1, nil)
	}
	batch := make([]L, 0, operator.BatchSize[L]())
	for l := range left.seq {
		batch = append(batch, l)
		if len(batch) == cap(batch) {
			if err := pairs(s.ctx, batch, held, s.pair); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return pairs(s.ctx, batch, held, s.pair)
}

func (s *mergeJoinStep[L, R, K, O]) Close(bool) error {
	s.sorted.close()
	return nil
}
