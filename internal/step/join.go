package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// JoinKind says what comes of records without a partner, and of those with one.
type JoinKind uint8

// The kinds of joins. Left and right are the first and second input.
const (
	Inner JoinKind = iota
	LeftOuter
	RightOuter
	FullOuter
	Semi // left records that have a partner, once
	Anti // left records that have none
)

func (k JoinKind) String() string {
	return [...]string{"inner", "left outer", "right outer", "full outer", "semi", "anti"}[k]
}

// keepsLeft and keepsRight say whether records of a side come out although they
// have no partner.
func (k JoinKind) keepsLeft() bool  { return k == LeftOuter || k == FullOuter }
func (k JoinKind) keepsRight() bool { return k == RightOuter || k == FullOuter }

// Joiner makes results of a pair of records with equal keys. A side that is missing
// is nil; what is pointed at is lent for the duration of the call.
type Joiner[L, R, O any] func(left *L, right *R, emit func(O))

// JoinSpec is what the strategies of a join have in common. Semi and anti joins
// call the function with the left record only.
type JoinSpec[L, R any, K comparable, O any] struct {
	Kind     JoinKind
	Left     *types.Type[L]
	Right    *types.Type[R]
	LeftKey  *types.Key[L, K]
	RightKey *types.Key[R, K]
	Open     Open[Joiner[L, R, O]]
}

// joint calls the user's function and knows for which pair.
type joint[L, R, O any] struct {
	lateFunction[Joiner[L, R, O]]
	ctx   *operator.Context
	out   *emitter[O]
	emit  func(O)
	left  *L
	right *R
}

func newJoint[L, R, O any](w operator.Wiring, open Open[Joiner[L, R, O]]) *joint[L, R, O] {
	j := &joint[L, R, O]{lateFunction: lateFunction[Joiner[L, R, O]]{make: open}, ctx: w.Context, out: heldEmitterOf[O](w, 0)}
	j.emit = j.out.push
	return j
}

func (j *joint[L, R, O]) Open() error {
	err := j.openWith(j.ctx)
	left, right := promised[L, O](j.ctx, 0), promised[R, O](j.ctx, 1)
	if err == nil && (left != nil || right != nil) {
		j.f = keepJoin(j.f, left, right)
	}
	return err
}

// pair handles records of which one may be nil.
func (j *joint[L, R, O]) pair(left *L, right *R) error {
	j.left, j.right = left, right
	if j.out.held {
		return j.pairHeld(left, right)
	}
	j.f(left, right, j.emit)
	return nil
}

// pairHeld is pair for a step that refuses pairs: what the function has emitted of one it
// panics with is withdrawn.
func (j *joint[L, R, O]) pairHeld(left *L, right *R) error {
	j.out.begin()
	if err := j.tryPair(left, right); err != nil || !j.out.full() {
		return err
	}
	return j.out.flush()
}

func (j *joint[L, R, O]) tryPair(left *L, right *R) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			j.out.withdraw()
			u := unit{kind: quarantine.Pair, name: "of both inputs", records: 2, show: func() any { return pairText(left, right) }}
			if left == nil || right == nil {
				u.name, u.records = "a record without a partner", 1
			}
			err = asideUnit(j.ctx, caught, u)
		}
	}()
	j.f(left, right, j.emit)
	return nil
}

// rescue turns a panic of the user's function into an error that shows the pair.
func (j *joint[L, R, O]) rescue(err *error) {
	if caught := recover(); caught != nil {
		left, right := j.left, j.right
		*err = j.ctx.Recovered(caught, -1, func() any { return pairText(left, right) })
	}
}

func pairText[L, R any](left *L, right *R) string {
	l, r := "nothing", "nothing"
	if left != nil {
		l = fmt.Sprintf("%+v", *left)
	}
	if right != nil {
		r = fmt.Sprintf("%+v", *right)
	}
	return l + " with " + r
}
