package step

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// handClock is a host whose clock the test moves.
type handClock struct {
	host.Host
	now time.Time
}

func (c *handClock) Now() time.Time { return c.now }

// catch is an output that keeps what it gets.
type catch[T any] struct{ rows []T }

func (c *catch[T]) Collect(rows []T) error {
	c.rows = append(c.rows, rows...)
	return nil
}

// rig drives one instance of an operator as a task would.
type rig[I, O any] struct {
	t     testing.TB
	clock *handClock
	in    operator.Collector[I]
	body  any
	out   *catch[O]
}

func newRig[I, O any](t testing.TB, f operator.Factory) *rig[I, O] {
	t.Helper()
	r := &rig[I, O]{t: t, clock: &handClock{now: time.Unix(1_000_000, 0)}, out: &catch[O]{}}
	ctx := operator.NewContext(operator.Spec{
		Job: context.Background(), Host: r.clock, Name: "under test", Parallelism: 1,
	})
	inst, err := f(operator.Wiring{Context: ctx, Outputs: []any{r.out}})
	if err != nil {
		t.Fatal(err)
	}
	r.in, r.body = inst.Inputs[0].(operator.Collector[I]), inst.Body
	if o, ok := r.body.(operator.Opener); ok {
		if err := o.Open(); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// feed collects rows in batches; it returns the first error, or that of finish.
func (r *rig[I, O]) feed(rows []I, batch int) error {
	for i := 0; i < len(rows); i += batch {
		if err := r.in.Collect(rows[i:min(i+batch, len(rows))]); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig[I, O]) finish() error {
	if f, ok := r.body.(operator.Finisher); ok {
		return f.Finish()
	}
	return nil
}

// runStep feeds rows to a new instance and returns what it emitted.
func runStep[I, O any](t testing.TB, f operator.Factory, rows []I, batch int) []O {
	t.Helper()
	r := newRig[I, O](t, f)
	err := r.feed(rows, batch)
	if err == nil || errors.Is(err, operator.ErrDone) {
		err = r.finish()
	}
	if err != nil {
		t.Fatal(err)
	}
	return r.out.rows
}

// combined deals rows to several combiners, and what they emit, shuffled, to one
// final instance.
func combined[I, P, O any](t testing.TB, r *rand.Rand, combine, final operator.Factory, rows []I) []O {
	t.Helper()
	parts := make([][]I, 1+r.IntN(7))
	for _, row := range rows {
		i := r.IntN(len(parts))
		parts[i] = append(parts[i], row)
	}
	var partials []P
	for _, part := range parts {
		partials = append(partials, runStep[I, P](t, combine, part, 1+r.IntN(2000))...)
	}
	r.Shuffle(len(partials), func(i, j int) { partials[i], partials[j] = partials[j], partials[i] })
	return runStep[P, O](t, final, partials, 1+r.IntN(2000))
}

// seeded returns a random source and prints how to make it again.
func seeded(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// keyOf compiles a key.
func keyOf[T, K any](t testing.TB, ref func(*T) *K) *types.Key[T, K] {
	t.Helper()
	key, err := types.KeyOf(ref)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// computedKey compiles a key that is a function.
func computedKey[T, K any](t testing.TB, f func(T) K) *types.Key[T, K] {
	t.Helper()
	key, err := types.KeyFunc(f)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// nothing is an output of any type that drops what it gets.
type nothing[T any] struct{ rows int }

func (n *nothing[T]) Collect(rows []T) error {
	n.rows += len(rows)
	return nil
}

// silent returns the input of an opened operator whose output, of type O, is
// dropped.
func silent[I, O any](t testing.TB, f operator.Factory) operator.Collector[I] {
	t.Helper()
	ctx := operator.NewContext(operator.Spec{Job: context.Background(), Host: &handClock{now: time.Unix(0, 0)}})
	inst, err := f(operator.Wiring{Context: ctx, Outputs: []any{&nothing[O]{}}})
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := inst.Body.(operator.Opener); ok {
		if err := o.Open(); err != nil {
			t.Fatal(err)
		}
	}
	return inst.Inputs[0].(operator.Collector[I])
}

// sample is the record of most tests. Seq is unique; floats are whole numbers, so
// that sums are exact in any order.
type sample[K any] struct {
	Key   K
	Seq   int64
	Units int32
	Low   float64
	High  string
	N     uint16
	Mean  float64
}

// samples returns n records over at most n/4 keys, half of them with one key.
func samples[K any](r *rand.Rand, n int, key func(i int) K) []sample[K] {
	rows := make([]sample[K], n)
	for i := range rows {
		k := 3
		if r.IntN(2) == 0 {
			k = r.IntN(1 + n/4)
		}
		rows[i] = sample[K]{
			Key: key(k), Seq: int64(i), Units: int32(r.IntN(100) - 50), Low: float64(r.IntN(1000) - 500),
			High: fmt.Sprintf("%04d", r.IntN(10000)), N: 9, Mean: float64(r.IntN(100)),
		}
		if r.IntN(3) == 0 {
			rows[i].Low = math.NaN()
		}
	}
	r.Shuffle(n, func(i, j int) { rows[i].Seq, rows[j].Seq = rows[j].Seq, rows[i].Seq })
	return rows
}

func seqOf[K any](s *sample[K]) *int64    { return &s.Seq }
func unitsOf[K any](s *sample[K]) *int32  { return &s.Units }
func lowOf[K any](s *sample[K]) *float64  { return &s.Low }
func highOf[K any](s *sample[K]) *string  { return &s.High }
func nOf[K any](s *sample[K]) *uint16     { return &s.N }
func meanOf[K any](s *sample[K]) *float64 { return &s.Mean }
func keyField[K any](s *sample[K]) *K     { return &s.Key }
func intKey(i int) int64                  { return int64(i) * 1_000_003 }
func wordKey(i int) string                { return fmt.Sprint("word", i) }
func printed[T any](rows []T) []string {
	out := make([]string, len(rows))
	for i := range rows {
		out[i] = fmt.Sprint(rows[i])
	}
	return out
}

// grouped is a naive grouping: the records of each key in their order, keys in the
// order of their first sighting.
func grouped[T any](rows []T, id func(T) string) [][]T {
	at, out := map[string]int{}, [][]T(nil)
	for _, row := range rows {
		i, known := at[id(row)]
		if !known {
			i = len(out)
			at[id(row)] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], row)
	}
	return out
}

// same compares two lists, in their order or as sets.
func same(t testing.TB, what string, got, want []string, ordered bool) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d results, want %d", what, len(got), len(want))
	}
	if !ordered {
		got, want = sortedCopy(got), sortedCopy(want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: result %d is\n%s, want\n%s", what, i, got[i], want[i])
		}
	}
}
