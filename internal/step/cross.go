package step

import (
	"errors"
	"io"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// Cross pairs every record of the first input with every one of the second, by
// block nested loops. One input is kept, in memory as far as its part of the share
// goes, and read to its end before the other; it is there as a whole in every
// subtask. If it is on disk, the other input is gathered in blocks, as each costs
// reading it once.
func Cross[L, R, O any](left *types.Type[L], right *types.Type[R], keepLeft bool, open Open[Joiner[L, R, O]]) operator.Factory {
	return func(w operator.Wiring) (operator.Instance, error) {
		j := newJoint(w, open)
		shares, err := parts(w.Context, 3, 1)
		if err != nil {
			return operator.Instance{}, err
		}
		kept := outofcore.Room{Memory: shares[0], Space: w.Context.Space()}
		if keepLeft {
			s := &crossStep[R, L, L, R, O]{
				joint: j, kept: outofcore.NewSpool(left, kept), typ: right, share: shares[1],
				pair: func(r *R, l *L) error { return j.pair(l, r) },
			}
			return operator.Instance{Inputs: []any{keeping[L]{j.ctx, s.kept}, operator.Collector[R](s)}, Body: s}, nil
		}
		s := &crossStep[L, R, L, R, O]{
			joint: j, kept: outofcore.NewSpool(right, kept), typ: left, share: shares[1],
			pair: j.pair, input: 1,
		}
		return operator.Instance{Inputs: []any{operator.Collector[L](s), keeping[R]{j.ctx, s.kept}}, Body: s}, nil
	}
}

// keeping puts rows into a spool.
type keeping[T any] struct {
	ctx   *operator.Context
	spool *outofcore.Spool[T]
}

func (k keeping[T]) Collect(rows []T) error { return k.ctx.Fail(k.spool.Add(rows), -1, nil) }

// crossStep goes through what it keeps for each batch, or block, of the other input.
type crossStep[A, B, L, R, O any] struct {
	*joint[L, R, O]
	kept  *outofcore.Spool[B]
	pair  func(*A, *B) error
	input int // which one is kept

	typ   *types.Type[A]
	share *memory.Share
	block []A // rows that wait for the next pass; nil if every batch has one
	arena *types.Arena
}

// EndInput implements operator.InputEnder.
func (s *crossStep[A, B, L, R, O]) EndInput(input int) error {
	if input != s.input {
		return s.pass(s.block)
	}
	if err := s.kept.Seal(); err != nil {
		return s.ctx.Fail(err, -1, nil)
	}
	if s.kept.Spilled() {
		rows := int(s.share.Limit()) / 2 / max(types.SizeOf[A](), 1)
		rows = min(max(rows, operator.BatchSize[A]()), maxBlock)
		s.block = make([]A, 0, rows)
		s.arena = &types.Arena{}
		s.share.Force(int64(rows * types.SizeOf[A]()))
	}
	return nil
}

// maxBlock bounds the rows of a block: what they refer to is not known beforehand.
const maxBlock = 1 << 20

func (s *crossStep[A, B, L, R, O]) Collect(rows []A) error {
	if s.arena == nil {
		return s.pass(rows)
	}
	for i := range rows {
		s.block = append(s.block, rows[i])
		s.typ.Detach(&s.block[len(s.block)-1], s.arena)
		if len(s.block) == cap(s.block) || int64(s.arena.Size()) > s.share.Limit()/2 {
			if err := s.pass(s.block); err != nil {
				return err
			}
			clear(s.block)
			s.block = s.block[:0]
			s.arena.Reset()
		}
	}
	return nil
}

func (s *crossStep[A, B, L, R, O]) pass(rows []A) error {
	return s.guarded(func() error { return pairs(s.ctx, rows, s.kept, s.pair) })
}

func (s *crossStep[A, B, L, R, O]) Close(bool) error {
	s.kept.Close()
	return nil
}

// pairs calls f for all pairs of rows and what a sealed spool has.
func pairs[A, B any](ctx *operator.Context, rows []A, kept *outofcore.Spool[B], f func(*A, *B) error) error {
	if len(rows) == 0 {
		return nil
	}
	reader := kept.Read()
	for {
		inner, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return ctx.Fail(err, -1, nil)
		}
		for i := range rows {
			for k := range inner {
				if err := f(&rows[i], &inner[k]); err != nil {
					return err
				}
			}
		}
	}
}
