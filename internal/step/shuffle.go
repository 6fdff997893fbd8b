package step

import (
	"math/bits"

	"github.com/thalweg/thalweg/internal/operator"
)

// ShuffleSelector sends each record to any subtask, all being as likely.
type ShuffleSelector[T any] struct{}

// Instance returns a selector for one writer. What it draws depends on the number of
// its subtask only, so that a run can be repeated.
func (ShuffleSelector[T]) Instance(ctx *operator.Context) any {
	return &shuffleSelector[T]{state: uint64(ctx.Subtask())}
}

type shuffleSelector[T any] struct{ state uint64 }

// Select draws by SplitMix64 (Steele, Lea, Flood, 2014).
func (s *shuffleSelector[T]) Select(rows []T, targets []int32, n int) error {
	for i := range rows {
		s.state += 0x9e3779b97f4a7c15
		z := s.state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		to, _ := bits.Mul64(z^z>>31, uint64(n))
		targets[i] = int32(to)
	}
	return nil
}
