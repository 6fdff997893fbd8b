package jobtest_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
)

// oneByOne is a source of so many records that always has one at a time.
type oneByOne int64

func (n oneByOne) String() string { return fmt.Sprintf("%d one by one", int64(n)) }
func (oneByOne) Bounded() bool    { return true }
func (oneByOne) Splits(connect.SplitContext) ([]connect.Split, error) {
	return []connect.Split{{ID: "all"}}, nil
}
func (n oneByOne) Open(connect.ReaderContext, connect.Split) (connect.Reader[int64], error) {
	return &oneByOneReader{left: int64(n)}, nil
}

type oneByOneReader struct{ left int64 }

func (r *oneByOneReader) Read(rows []int64) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	rows[0] = r.left
	r.left--
	return 1, nil
}
func (*oneByOneReader) Close() error { return nil }

// sizes is a sink that notes how many records it is given at a time.
type sizes struct {
	mu  sync.Mutex
	all []int // guarded by mu
}

func (*sizes) String() string { return "sizes" }

func (s *sizes) Open(connect.WriterContext) (connect.Writer[int64], error) { return s, nil }

func (s *sizes) Write(rows []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, len(rows))
	return nil
}

func (*sizes) Flush() error     { return nil }
func (*sizes) Close(bool) error { return nil }

// A source that never waits fills batches as long as it may.
func TestABusySubtaskKeepsBatchesAsLongAsItIsTold(t *testing.T) {
	const records = 10_000
	run := func(options ...thalweg.Option) []int {
		sink := &sizes{}
		_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			rows := batch.Read(env, oneByOne(records))
			batch.Write(batch.PartitionByHash(rows, func(v *int64) *int64 { return v }), sink)
			return nil
		}, append(options, thalweg.WithParallelism(1), thalweg.WithoutChaining(), thalweg.WithoutOptimizer())...)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, n := range sink.all {
			sum += n
		}
		if sum != records {
			t.Fatalf("%d records came, want %d", sum, records)
		}
		return sink.all
	}
	if got := run(thalweg.WithFlush(0)); len(got) != records {
		t.Errorf("%d records came in %d batches, want one each", records, len(got))
	}
	full := 0
	got := run(thalweg.WithFlush(time.Hour))
	for _, n := range got[:len(got)-1] {
		full = max(full, n)
		if n != got[0] {
			t.Errorf("batches of %d and %d records were sent", got[0], n)
			break
		}
	}
	if full < 100 {
		t.Errorf("batches have %d records", full)
	}
	if _, err := thalweg.Run(context.Background(), func(*thalweg.Environment) error { return nil }, thalweg.WithFlush(-1)); err == nil {
		t.Error("a negative time is accepted")
	}
}
