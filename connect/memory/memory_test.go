package memory_test

import (
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/memory"
)

// engine is what sources ask for, with a clock that the test moves.
type engine struct {
	connect.SplitContext
	connect.ReaderContext
	now  time.Time
	wake time.Time
	n    int64
}

func (e *engine) Parallelism() int   { return 3 }
func (e *engine) Now() time.Time     { return e.now }
func (e *engine) WakeAt(t time.Time) { e.wake = t }
func (e *engine) AddBytes(n int64)   { e.n += n }

// splitContext and readerContext choose between the embedded interfaces.
type splitContext struct{ *engine }

func (splitContext) Files() connect.Files                    { return nil }
func (splitContext) Deadline() (deadline time.Time, ok bool) { return }
func (splitContext) Done() <-chan struct{}                   { return nil }
func (splitContext) Err() error                              { return nil }
func (splitContext) Value(any) any                           { return nil }

type readerContext struct{ *engine }

func (readerContext) Files() connect.Files { return nil }

// readAll reads all splits of a bounded source, a few rows at a time. When the
// reader wants to wait it moves the clock to where the reader wants to be woken.
func readAll[T any](t *testing.T, e *engine, s connect.Source[T], size int) (rows []T, splits int) {
	t.Helper()
	list, err := s.Splits(splitContext{e})
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, p := range list {
		total += p.Size
		r, err := s.Open(readerContext{e}, p)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			buf := make([]T, size)
			var n int
			n, err = r.Read(buf)
			rows = append(rows, buf[:n]...)
			if err == connect.Wait {
				if !e.wake.After(e.now) {
					t.Fatalf("it wants to be woken at %v, now is %v", e.wake, e.now)
				}
				e.now, err = e.wake, nil
			}
		}
		if err != io.EOF || r.Close() != nil {
			t.Fatal(err)
		}
	}
	if total != int64(len(rows)) || e.n != total {
		t.Errorf("splits of %d, %d counted, %d read", total, e.n, len(rows))
	}
	return rows, len(list)
}

func TestASliceIsReadOnceInPartsOfEqualSize(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 10, 100} {
		want := make([]int, n)
		for i := range want {
			want[i] = i * i
		}
		got, splits := readAll(t, &engine{}, memory.Slice(want), 7)
		if !slices.Equal(got, want) || splits != min(n, 3) {
			t.Errorf("%d records: read %v in %d splits", n, got, splits)
		}
	}
}

func TestASequenceHasEveryNumberOnce(t *testing.T) {
	got, _ := readAll(t, &engine{}, memory.Sequence(-5, 1000, 0), 64)
	for i, v := range got {
		if v != int64(i-5) {
			t.Fatalf("number %d is %d", i, v)
		}
	}
	if len(got) != 1005 {
		t.Errorf("%d numbers", len(got))
	}
	if _, err := memory.Sequence(1, 0, 0).Splits(splitContext{&engine{}}); err == nil {
		t.Error("a sequence that runs backwards was accepted")
	}
}

func TestASequenceWithARateEmitsEachNumberWhenItIsDue(t *testing.T) {
	start := time.Unix(1000, 0)
	e := &engine{now: start}
	s := memory.Sequence(0, 30, 3) // three subtasks: one number a second each
	list, err := s.Splits(splitContext{e})
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	r, err := s.Open(readerContext{e}, list[0])
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]int64, 100)
	for _, step := range []struct {
		at   time.Duration
		n    int
		err  error
		wake time.Duration
	}{
		{0, 1, connect.Wait, time.Second},
		{999 * time.Millisecond, 0, connect.Wait, time.Second},
		{time.Second, 1, connect.Wait, 2 * time.Second},
		{5500 * time.Millisecond, 4, connect.Wait, 6 * time.Second}, // it was held up
		{time.Hour, 4, io.EOF, 0},
	} {
		e.now = start.Add(step.at)
		n, err := r.Read(buf)
		if n != step.n || err != step.err {
			t.Errorf("after %v: %d numbers, %v; want %d, %v", step.at, n, err, step.n, step.err)
		}
		if err == connect.Wait && !e.wake.Equal(start.Add(step.wake)) {
			t.Errorf("after %v: to be woken after %v, want %v", step.at, e.wake.Sub(start), step.wake)
		}
	}
}

func TestCollectHandsOverWhatACompleteJobHasWritten(t *testing.T) {
	for _, complete := range []bool{true, false} {
		got := []int{7}
		sink := memory.Collect(&got)
		w, err := sink.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write([]int{1, 2}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(complete); err != nil {
			t.Fatal(err)
		}
		want := []int{7}
		if c := sink.(connect.Committer); complete {
			want = []int{7, 1, 2}
			_ = c.Commit(nil)
		} else {
			_ = c.Abort(nil)
		}
		if !slices.Equal(got, want) {
			t.Errorf("complete %v: %v, want %v", complete, got, want)
		}
	}
}

func TestSamplesOfSlicesAndSequencesAreSpread(t *testing.T) {
	for _, n := range []int{0, 1, 100, 16 * 64, 16*64 + 1, 5000, 1_000_000} {
		rows := make([]int64, n)
		for i := range rows {
			rows[i] = int64(i)
		}
		for _, source := range []connect.Source[int64]{memory.Slice(rows), memory.Sequence(0, int64(n), 0)} {
			s, err := filetest.CheckSample(source, nil, 16)
			if err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			if s.Size.Records != int64(n) || s.Rows != min(n, 16*64) {
				t.Errorf("%s: %d records in the sample, %d in all", source, s.Rows, s.Size.Records)
			}
			for i, place := range s.Places {
				if n > 16*64 && (len(place) != 64 || place[0] > int64(n/64) || place[63] < int64(n-n/32)) {
					t.Errorf("%s: place %d has %d records, %d … %d", source, i, len(place), place[0], place[len(place)-1])
				}
			}
		}
	}
	if s, err := filetest.Rows(memory.Sequence(math.MinInt64, math.MaxInt64, 1).(connect.Sampled[int64]).Sample(16), nil); err != nil || s.Rows != 16*64 {
		t.Errorf("%d records, %v", s.Rows, err)
	}
}
