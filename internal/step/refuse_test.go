package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/window"
)

// refusing is an instance of an operator with a quarantine.
type refusing struct {
	inst   operator.Instance
	in     *operator.Stamps
	writer *quarantine.Writer
	path   string
	meter  metrics.Operator
}

// newRefusing makes one whose inputs have times. dir is that of the quarantine; "": there
// is none.
func newRefusing(t testing.TB, dir string, f operator.Factory, timed bool, outputs ...any) *refusing {
	t.Helper()
	r := &refusing{}
	spec := operator.Spec{
		Job: context.Background(), Host: &handClock{Host: host.New(), now: time.Unix(1_000_000, 0)}, Name: "under test", Parallelism: 1,
		Meter: &r.meter, Reject: func(connect.Rejected) {},
	}
	if dir != "" {
		var err error
		if r.writer, err = quarantine.NewWriter(host.New().Files(), dir, "q", quarantine.Origin{}, -1); err != nil {
			t.Fatal(err)
		}
		spec.Quarantine, r.path = r.writer, filepath.Join(dir, "q")
	}
	w := operator.Wiring{Context: operator.NewContext(spec), Outputs: outputs}
	if timed {
		r.in = &operator.Stamps{}
		w.Received, w.Sent = []*operator.Stamps{r.in, r.in}, make([]*operator.Stamps, len(outputs))
	}
	inst, err := f(w)
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := inst.Body.(operator.Opener); ok {
		if err := o.Open(); err != nil {
			t.Fatal(err)
		}
	}
	r.inst = inst
	return r
}

// entries returns what is in the quarantine.
func (r *refusing) entries(t *testing.T) []*quarantine.Entry {
	t.Helper()
	if err := r.writer.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := quarantine.Open(host.New().Files(), r.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []*quarantine.Entry
	for {
		e, err := f.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

// feedTo gives rows, with times if there are any, to an input in one batch.
func feedTo[T any](t *testing.T, r *refusing, input int, rows []T, times ...int64) {
	t.Helper()
	if r.in != nil {
		r.in.Times = times
	}
	if err := r.inst.Inputs[input].(operator.Collector[T]).Collect(rows); err != nil {
		t.Fatal(err)
	}
}

func (r *refusing) finish(t *testing.T) {
	t.Helper()
	if err := r.inst.Body.(operator.Finisher).Finish(); err != nil {
		t.Fatal(err)
	}
}

func nowhere[T any](t *testing.T) any {
	typ := typeOf[T](t)
	return NewElement(typ).Discard()
}

// picky is a sink that cannot write negative numbers.
type picky struct{ rows *[]int64 }

func (picky) String() string                                              { return "picky" }
func (p picky) Open(connect.WriterContext) (connect.Writer[int64], error) { return p, nil }
func (picky) Flush() error                                                { return nil }
func (picky) Close(bool) error                                            { return nil }
func (p picky) Write(rows []int64) error {
	for i, n := range rows {
		switch {
		case n == math.MinInt64:
			return errors.New("the disk is full")
		case n < 0:
			return &connect.Refused{Row: i, Err: fmt.Errorf("%d is negative", n)}
		}
		*p.rows = append(*p.rows, n)
	}
	return nil
}

func TestASinkGoesOnBehindARecordItRefuses(t *testing.T) {
	var rows []int64
	r := newRefusing(t, t.TempDir(), Write[int64](picky{&rows}), true)
	feedTo(t, r, 0, []int64{-1, 1, 2, -3, -4, 5, -6}, 10, 11, 12, 13, 14, 15, 16)
	feedTo(t, r, 0, []int64{7, -8}, 17, 18)
	if want := []int64{1, 2, 5, 7}; !slices.Equal(rows, want) {
		t.Errorf("wrote %v, want %v", rows, want)
	}
	var found []string
	for _, e := range r.entries(t) {
		var n int64
		if _, err := typeOf[int64](t).Decode(e.Record, &n); err != nil || e.Kind != quarantine.Sink {
			t.Errorf("%+v: %v", e, err)
		}
		found = append(found, fmt.Sprint(e.Number, " ", n, " ", e.Time, " ", e.Cause))
	}
	want := []string{"0 -1 10 -1 is negative", "3 -3 13 -3 is negative", "4 -4 14 -4 is negative", "6 -6 16 -6 is negative", "8 -8 18 -8 is negative"}
	if !slices.Equal(found, want) {
		t.Errorf("refused %q, want %q", found, want)
	}
	err := r.inst.Inputs[0].(operator.Collector[int64]).Collect([]int64{math.MinInt64})
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("an error of the sink: %v", err)
	}
	r = newRefusing(t, "", Write[int64](picky{&rows}), false)
	err = r.inst.Inputs[0].(operator.Collector[int64]).Collect([]int64{1, -2})
	if err == nil || !strings.Contains(err.Error(), "record 1 -2: -2 is negative (--quarantine") {
		t.Errorf("without a quarantine: %v", err)
	}
}

func TestLateRecordsGoToTheQuarantineIfNobodyReadsThem(t *testing.T) {
	type row = int64
	key := keyOf(t, func(n *int64) *int64 { return n })
	reduce := WindowReduce(key, typeOf[row](t), window.Tumbling(10), true, Plain(func(a, b row) row { return a }))
	windows := Windows[row]{Of: AlignedSpans[row](window.Tumbling(10)), Trigger: window.Trigger{}, Event: true}
	process := TriggeredProcess(key, windows, typeOf[row](t), Plain(func(Firing[row, int64], func(window.Result[row])) {}))
	for name, f := range map[string]operator.Factory{"aligned": reduce, "triggered": process} {
		for _, read := range []bool{false, true} {
			late := &catch[row]{}
			outputs := []any{&catch[window.Result[row]]{}, nowhere[row](t)}
			if read {
				outputs[1] = late
			}
			r := newRefusing(t, t.TempDir(), f, true, outputs...)
			if _, err := r.inst.Body.(operator.Marker).Advance(operator.Watermark{Time: 20}); err != nil {
				t.Fatal(err)
			}
			feedTo(t, r, 0, []row{1, 2, 3}, 5, 25, 19)
			if read {
				if r.writer.Len() != 0 || !slices.Equal(late.rows, []row{1, 3}) {
					t.Errorf("%s: %d in quarantine, %v late", name, r.writer.Len(), late.rows)
				}
				continue
			}
			var times []int64
			for _, e := range r.entries(t) {
				if e.Kind != quarantine.Late || !e.Timed {
					t.Errorf("%s: %+v", name, e)
				}
				times = append(times, e.Time)
			}
			if !slices.Equal(times, []int64{5, 19}) || r.meter.Late.Load() != 2 {
				t.Errorf("%s: the times of late records are %v, %d are counted", name, times, r.meter.Late.Load())
			}
		}
	}
}

func TestAPaneIsRefusedAsAWhole(t *testing.T) {
	key := keyOf(t, func(n *int64) *int64 { return n })
	windows := Windows[int64]{Of: AlignedSpans[int64](window.Tumbling(10)), Event: true}
	f := TriggeredProcess(key, windows, typeOf[int64](t), Plain(func(f Firing[int64, int64], emit func(int64)) {
		emit(f.Key)
		if f.Key == 2 {
			panic("no twos")
		}
	}))
	out := &catch[int64]{}
	r := newRefusing(t, t.TempDir(), f, true, out, nowhere[int64](t))
	feedTo(t, r, 0, []int64{1, 2, 2, 3, 2}, 1, 2, 3, 4, 15)
	if _, err := r.inst.Body.(operator.Marker).Advance(operator.Watermark{Time: operator.EndOfTime}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out.rows)
	if !slices.Equal(out.rows, []int64{1, 3}) {
		t.Errorf("emitted %v", out.rows)
	}
	all := r.entries(t)
	if len(all) != 2 || all[0].Kind != quarantine.Window || all[0].Key != "2" || all[0].Size != 2 || all[1].Size != 1 ||
		!strings.Contains(all[0].Source, "pane 0") || !strings.Contains(all[0].Stack, "refuse_test.go") {
		t.Errorf("refused %+v", all)
	}
}

func TestAGroupOfTwoInputsIsRefusedAndTheNextOnesAreNot(t *testing.T) {
	typ, key := typeOf[int64](t), keyOf(t, func(n *int64) *int64 { return n })
	f := CoGroup(typ, key, nil, typ, key, nil, Plain(CoReducer[int64, int64, int64](func(l, r iter.Seq[int64], emit func(int64)) {
		for n := range l {
			emit(n)
			if n == 2 {
				panic("no twos")
			}
		}
	})))
	out := &catch[int64]{}
	r := newRefusing(t, t.TempDir(), f, false, out)
	feedTo(t, r, 0, []int64{3, 2, 2, 1})
	feedTo(t, r, 1, []int64{2, 3})
	r.finish(t)
	if !slices.Equal(out.rows, []int64{1, 3}) {
		t.Errorf("emitted %v", out.rows)
	}
	if all := r.entries(t); len(all) != 1 || all[0].Kind != quarantine.Group || all[0].Key != "2" {
		t.Errorf("refused %+v", all)
	}
}

func TestAPairOfAnIntervalIsRefusedAndItsRecordsPairOn(t *testing.T) {
	key := computedKey(t, func(n int64) int64 {
		if n == 66 {
			panic("no key")
		}
		return 0
	})
	f := IntervalJoin(key, key, Interval{-100, 100}, Plain(func(a, b int64) int64 {
		if a == 1 && b == 20 {
			panic("not these")
		}
		return a + b
	}))
	out := &catch[int64]{}
	r := newRefusing(t, t.TempDir(), f, true, out, nowhere[int64](t), nowhere[int64](t))
	feedTo(t, r, 0, []int64{1, 66, 2}, 1, 2, 3)
	feedTo(t, r, 1, []int64{10, 20}, 4, 5)
	slices.Sort(out.rows)
	if !slices.Equal(out.rows, []int64{11, 12, 22}) {
		t.Errorf("emitted %v", out.rows)
	}
	all := r.entries(t)
	if len(all) != 2 || all[0].Kind != quarantine.Key || all[0].Time != 2 || all[1].Kind != quarantine.Pair || string(all[1].Piece) != "1 with 20" {
		t.Errorf("refused %+v", all)
	}
}
