package jobtest_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/stream"
)

// gathering is a source with a split for each subtask, none of which ends before all have
// been begun.
type gathering struct {
	left  *atomic.Int64 // splits that have not begun
	mu    *sync.Mutex
	wakes *[]func() // guarded by mu
}

func (gathering) String() string { return "gathering" }
func (gathering) Bounded() bool  { return false }

func (gathering) Splits(c connect.SplitContext) (all []connect.Split, err error) {
	for i := range c.Parallelism() {
		all = append(all, connect.Split{ID: fmt.Sprint(i)})
	}
	return all, nil
}

func (m gathering) Open(c connect.ReaderContext, _ connect.Split) (connect.Reader[int64], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*m.wakes = append(*m.wakes, c.Wake)
	if m.left.Add(-1) == 0 {
		for _, wake := range *m.wakes {
			wake()
		}
	}
	return m, nil
}

func (m gathering) Read(rows []int64) (int, error) {
	if m.left.Load() > 0 {
		return 0, connect.Wait
	}
	rows[0] = 1
	return 1, io.EOF
}

func (gathering) Close() error { return nil }

// TestASubtaskTakesNoSplitThatItCannotRead assigns times behind the source, which has to
// know which split is the last.
func TestASubtaskTakesNoSplitThatItCannotRead(t *testing.T) {
	for _, parallelism := range []int{1, 2, 4} {
		m := gathering{&atomic.Int64{}, &sync.Mutex{}, &[]func(){}}
		m.left.Store(int64(parallelism))
		out, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			timed := stream.AssignTime(stream.Read(env, m), eventtime.Nanos(func(n *int64) *int64 { return n }))
			stream.Discard(timed)
			return nil
		}, thalweg.WithParallelism(parallelism))
		if err != nil {
			t.Fatalf("parallelism %d: %v, %v", parallelism, err, out)
		}
	}
}
