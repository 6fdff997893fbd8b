package keyedtest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/types"
)

func otherPrograms(t *testing.T, backend Make) {
	typ, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ before, after func(o *operator) }{
		"":                       {},
		`"gone", which`:          {before: func(o *operator) { state.NewValue[int64](o, "gone") }},
		`state "v" had another`:  {func(o *operator) { state.NewValue[int64](o, "v") }, func(o *operator) { state.NewValue[string](o, "v") }},
		"2 kinds of timers":      {before: func(o *operator) { keyed.NewTimers(o.Scope()); keyed.NewTimers(o.Scope()) }},
		`"t" has a time to live`: {func(o *operator) { state.NewValue[int64](o, "t") }, func(o *operator) { state.NewValue[int64](o, "t", state.TTL(1)) }},
	} {
		both := [2]*operator{}
		for i, declare := range []func(*operator){c.before, c.after} {
			o := &operator{typ: typ}
			o.backend = backend(t, typ, keyed.Settings{Clock: func() int64 { return 0 }})
			o.value = state.NewValue[string](o, "value")
			if declare != nil {
				declare(o)
			}
			both[i] = o
		}
		both[0].with(t, "a", func() { both[0].value.Set("b") })
		err := both[1].backend.Restore(bytes.NewReader(both[0].written(t)), keygroup.All)
		if what == "" && err != nil || what != "" && (err == nil || !strings.Contains(err.Error(), what)) {
			t.Errorf("it says %v, want %q", err, what)
		}
	}
}

func cutSnapshots(t *testing.T, backend Make) {
	o, r, m := newOperator(t, backend, nil), seeded(t), model{}
	for range 60 {
		o.step(t, r, m)
	}
	whole := o.written(t)
	for n := range whole {
		if err := newOperator(t, backend, nil).backend.Restore(bytes.NewReader(whole[:n]), keygroup.All); err == nil {
			t.Fatalf("%d of %d bytes of a snapshot are taken for one", n, len(whole))
		}
	}
}

// failing is a writer that takes some bytes.
type failing struct{ left int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func badWriter(t *testing.T, backend Make) {
	o, r, m := newOperator(t, backend, nil), seeded(t), model{}
	for range 100 {
		o.step(t, r, m)
	}
	size := len(o.written(t))
	for _, left := range []int{0, size / 2, size - 1} {
		s, err := o.backend.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if err := keyed.Write(s, &failing{left}); !errors.Is(err, errFull) {
			t.Errorf("a disk with room for %d of %d bytes gives %v", left, size, err)
		}
	}
	if len(o.written(t)) != size {
		t.Error("a snapshot that could not be written has changed what is held")
	}
}

func memoryIsAccountedFor(t *testing.T, backend Make) {
	share := memory.Unlimited()
	o := newOperator(t, backend, share)
	const keys, size = 1000, 4000
	fill := func() {
		for n := range keys {
			o.with(t, fmt.Sprint(n), func() {
				o.value.Set(strings.Repeat("v", size))
				for range 4 {
					o.list.Add(make([]int64, size/32)...)
				}
				for i := range 20 {
					o.names.Set(strings.Repeat("n", i+1), 1)
				}
				o.event.Set(int64(n))
			})
		}
	}
	fill()
	full, _ := share.Used()
	if least := int64(keys * (2*size + 20*16)); full < least || full > 3*least {
		t.Errorf("%d bytes are accounted for, of %d at least", full, least)
	}
	for range 5 {
		fill()
	}
	o.takeTimers(t)
	if err := o.backend.EachKey(func() error {
		o.value.Clear()
		o.list.Clear()
		o.names.Clear()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	o.with(t, "last", func() {})
	if empty, _ := share.Used(); empty > full/4 {
		t.Errorf("%d of %d bytes are accounted for when there is nothing", empty, full)
	}
	if _, peak := share.Used(); peak < full {
		t.Errorf("the most was %d, want %d", peak, full)
	}
}

func tooMuch(t *testing.T, backend Make) {
	const limit = 4 << 20
	share, err := memory.NewBudget(limit).Share(limit)
	if err != nil {
		t.Fatal(err)
	}
	o := newOperator(t, backend, share)
	for n := 0; ; n++ {
		key := fmt.Sprint(n)
		if err := o.backend.Enter(o.typ.Hash(&key), &key); err != nil {
			t.Fatal(err)
		}
		o.value.Set(strings.Repeat("v", 1000))
		o.Scope().Leave()
		if !o.Scope().Within() {
			if used, _ := share.Used(); used > limit {
				t.Errorf("%d bytes are used of %d", used, limit)
			}
			if got, want := o.Scope().Overfull().Error(), fmt.Sprintf("its state of %d keys takes ", n+1); !strings.HasPrefix(got, want) {
				t.Errorf("it says %q, want %q", got, want)
			}
			return
		}
		if n > limit/1000 {
			t.Fatalf("%d keys of 1000 bytes fit into %d", n, limit)
		}
	}
}
