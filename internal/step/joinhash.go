package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
)

// HashJoin joins two inputs, which are divided by key or of which one is there as a
// whole, by a hash table over the first one, which is read before the second, or the
// other way round (outofcore.Join).
func HashJoin[L, R any, K comparable, O any](spec JoinSpec[L, R, K, O], buildFirst bool) operator.Factory {
	if buildFirst {
		return hashJoin(spec, func(s *hashJoinStep[L, R, K, O]) (joinSides, error) { return s.buildLeft(spec) })
	}
	return hashJoin(spec, func(s *hashJoinStep[L, R, K, O]) (joinSides, error) { return s.buildRight(spec) })
}

func hashJoin[L, R any, K comparable, O any](spec JoinSpec[L, R, K, O], make func(*hashJoinStep[L, R, K, O]) (joinSides, error)) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		s := &hashJoinStep[L, R, K, O]{joint: newJoint(w, spec.Open)}
		sides, err := make(s)
		if err != nil {
			return operator.Instance{}, err
		}
		s.joinSides = sides
		return operator.Instance{Inputs: []any{
			sieved(w, 0, spec.LeftKey, operator.Collector[L](joinInput[L]{s.guarded, sides.left.(func([]L) error)})),
			sieved(w, 1, spec.RightKey, operator.Collector[R](joinInput[R]{s.guarded, sides.right.(func([]R) error)})),
		}, Body: s}, nil
	}
}

type hashJoinStep[L, R any, K comparable, O any] struct {
	*joint[L, R, O]
	joinSides
}

// joinSides is the core of a hash join, whichever side its table is made of.
type joinSides struct {
	left, right any // func([]L) error, func([]R) error
	endBuild    func() error
	endProbe    func() error
	close       func()
	build       int // which input the table is made of
}

func (s *hashJoinStep[L, R, K, O]) buildLeft(spec JoinSpec[L, R, K, O]) (joinSides, error) {
	j := outofcore.JoinSpec[L, R, K]{Build: spec.Left, Probe: spec.Right, BuildKey: spec.LeftKey, ProbeKey: spec.RightKey}
	switch spec.Kind {
	case Semi:
		j.BuildMatched = s.leftOnly
	case Anti:
		j.BuildAlone = s.leftOnly
	default:
		j.Match = s.pair
		if spec.Kind.keepsLeft() {
			j.BuildAlone = s.leftOnly
		}
		if spec.Kind.keepsRight() {
			j.ProbeAlone = s.rightOnly
		}
	}
	core, err := outofcore.NewJoin(j, room(s.ctx))
	if err != nil {
		return joinSides{}, err
	}
	return joinSides{left: core.Build, right: core.Probe, endBuild: core.BuildDone, endProbe: core.ProbeDone, close: core.Close, build: 0}, nil
}

func (s *hashJoinStep[L, R, K, O]) buildRight(spec JoinSpec[L, R, K, O]) (joinSides, error) {
	j := outofcore.JoinSpec[R, L, K]{Build: spec.Right, Probe: spec.Left, BuildKey: spec.RightKey, ProbeKey: spec.LeftKey}
	switch spec.Kind {
	case Semi:
		j.ProbeMatched = s.leftOnly
	case Anti:
		j.ProbeAlone = s.leftOnly
	default:
		j.Match = func(right *R, left *L) error { return s.pair(left, right) }
		if spec.Kind.keepsLeft() {
			j.ProbeAlone = s.leftOnly
		}
		if spec.Kind.keepsRight() {
			j.BuildAlone = s.rightOnly
		}
	}
	core, err := outofcore.NewJoin(j, room(s.ctx))
	if err != nil {
		return joinSides{}, err
	}
	return joinSides{left: core.Probe, right: core.Build, endBuild: core.BuildDone, endProbe: core.ProbeDone, close: core.Close, build: 1}, nil
}

func (j *joint[L, R, O]) leftOnly(left *L) error   { return j.pair(left, nil) }
func (j *joint[L, R, O]) rightOnly(right *R) error { return j.pair(nil, right) }

// EndInput implements operator.InputEnder.
func (s *hashJoinStep[L, R, K, O]) EndInput(input int) error {
	end := s.endProbe
	if input == s.build {
		end = s.endBuild
	}
	return s.guarded(end)
}

// guarded runs what may call the user's function, and sends on what it made.
func (j *joint[L, R, O]) guarded(f func() error) error {
	if err := j.protected(f); err != nil {
		return err
	}
	return j.out.flush()
}

func (j *joint[L, R, O]) protected(f func() error) (err error) {
	defer j.rescue(&err)
	return f()
}

func (s *hashJoinStep[L, R, K, O]) Close(bool) error {
	s.close()
	return nil
}

// joinInput is one input of a join.
type joinInput[T any] struct {
	guarded func(func() error) error
	take    func([]T) error
}

func (i joinInput[T]) Collect(rows []T) error {
	return i.guarded(func() error { return i.take(rows) })
}
