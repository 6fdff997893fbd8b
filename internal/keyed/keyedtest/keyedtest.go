// Package keyedtest is what every backend of keyed state must do, as a test. It is for
// tests only. Floor 4.
package keyedtest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/types"
)

// Make returns a new backend of string keys. What it needs, a disk say, it gets from t.
type Make func(t testing.TB, keys *types.Type[string], s keyed.Settings) keyed.Backend[string]

// Run tests the backends that a constructor makes.
func Run(t *testing.T, backend Make) {
	for name, test := range map[string]func(*testing.T, Make){
		"is a map of its keys":                  randomOperations,
		"snapshots are of one moment":           snapshotsAreOfOneMoment,
		"snapshots move to any parallelism":     rescale,
		"expiry goes on after a restoration":    expiryGoesOn,
		"another program's snapshot is refused": otherPrograms,
		"a snapshot that is cut is refused":     cutSnapshots,
		"an error of the writer is returned":    badWriter,
		"memory is accounted for":               memoryIsAccountedFor,
		"too much is an error":                  tooMuch,
	} {
		t.Run(name, func(t *testing.T) { test(t, backend) })
	}
}

func randomOperations(t *testing.T, backend Make) {
	o, r, m := newOperator(t, backend, nil), seeded(t), model{}
	for range 20_000 {
		o.now += r.Int64N(3)
		o.drop()
		o.step(t, r, m)
	}
	got := o.all(t).lasting()
	for key, want := range m.lasting() {
		if !maps.Equal(got[key], want) {
			t.Fatalf("%q holds %v, want %v", key, got[key], want)
		}
	}
	if len(got) != len(m.lasting()) {
		t.Errorf("%d keys hold something, want %d", len(got), len(m.lasting()))
	}
	stopped := errors.New("stopped")
	n := 0
	if err := o.backend.EachKey(func() error { n++; return stopped }); err != stopped || n != 1 {
		t.Errorf("going through the keys ends with %v after %d", err, n)
	}
	o.takeTimers(t)
	if err := o.backend.EachKey(func() error {
		o.value.Clear()
		o.list.Clear()
		o.names.Clear()
		o.sum.Clear()
		o.count.Clear()
		o.brief.Clear()
		o.briefList.Clear()
		o.briefNames.Clear()
		return nil
	}); err != nil || o.backend.Len() != 0 {
		t.Errorf("%d keys are known that hold nothing, %v", o.backend.Len(), err)
	}
}

// written returns all of a snapshot.
func (o *operator) written(t testing.TB) []byte {
	t.Helper()
	s, err := o.backend.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := keyed.Write(s, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (o *operator) restore(t testing.TB, snapshot []byte, groups keygroup.Range) {
	t.Helper()
	if err := o.backend.Restore(bytes.NewReader(snapshot), groups); err != nil {
		t.Fatal(err)
	}
}

// snapshotsAreOfOneMoment goes on with the operator between the parts of a snapshot.
func snapshotsAreOfOneMoment(t *testing.T, backend Make) {
	r := seeded(t)
	for round := range 8 {
		o, m := newOperator(t, backend, nil), model{}
		for range 500 * round {
			o.now += r.Int64N(2)
			o.step(t, r, m)
		}
		want, before := o.all(t), o.written(t)
		s, err := o.backend.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.backend.Snapshot(); err == nil {
			t.Fatal("two snapshots at a time")
		}
		var b bytes.Buffer
		for more := true; more; {
			for range r.IntN(20) {
				o.now += r.Int64N(200)
				o.drop()
				o.step(t, r, m)
			}
			if more, err = s.Next(&b); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		then, now := newOperator(t, backend, nil), newOperator(t, backend, nil)
		then.restore(t, before, keygroup.All)
		timers := then.takeTimers(t)
		now.restore(t, b.Bytes(), keygroup.All)
		expect(t, want, timers, now)
		if _, err := s.Next(&b); err == nil {
			t.Fatal("a snapshot goes on after its end")
		}
	}
}

// rescale moves state from some subtasks to others and on.
func rescale(t *testing.T, backend Make) {
	r := seeded(t)
	subtasks := func(n int) (all []*operator) {
		for range n {
			all = append(all, newOperator(t, backend, nil))
		}
		return all
	}
	before, m := subtasks(2), model{}
	for range 6000 {
		// The keys that belong to a subtask are found by trying.
		probe := rand.New(rand.NewPCG(r.Uint64(), 0))
		i := r.IntN(2)
		o := before[i]
		key := fmt.Sprint("key ", probe.IntN(600))
		if keygroup.Owner(keygroup.Of(o.typ.Hash(&key)), 2) != i {
			continue
		}
		o.with(t, key, func() {
			o.value.Set(fmt.Sprint(probe.Uint64()))
			o.list.Add(probe.Int64())
			o.names.Set(key, 1)
			o.brief.Set(7)
			o.event.Set(probe.Int64N(1000))
			m.note(key, o.held())
		})
	}
	var timers []alarm
	var snapshots [][]byte
	for _, o := range before {
		snapshots = append(snapshots, o.written(t))
		timers = append(timers, o.takeTimers(t)...)
	}
	slices.SortFunc(timers, func(a, b alarm) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, n := range []int{3, 7, 1, 2} {
		after := subtasks(n)
		for i, o := range after {
			for _, s := range snapshots {
				o.restore(t, s, keygroup.Owned(i, n))
			}
			if err := o.backend.EachKey(func() error {
				if key := o.backend.Current(); keygroup.Owner(keygroup.Of(o.typ.Hash(key)), n) != i {
					return fmt.Errorf("%d of %d has %q", i, n, *key)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		snapshots = nil
		for _, o := range after {
			snapshots = append(snapshots, o.written(t))
		}
		expect(t, m, timers, after...)
	}
}

func expiryGoesOn(t *testing.T, backend Make) {
	first := newOperator(t, backend, nil)
	for n := range int64(100) {
		first.now = n * 10
		first.with(t, fmt.Sprint("key ", n), func() {
			first.brief.Set(n)
			first.briefList.Add("one", "two")
			first.briefNames.Set(n, "name")
		})
	}
	second := newOperator(t, backend, nil)
	second.now = first.now
	second.restore(t, first.written(t), keygroup.All)
	for n := range int64(100) {
		second.now = n*10 + life - 1
		alive := func(want bool) {
			second.with(t, fmt.Sprint("key ", n), func() {
				_, ok := second.brief.Lookup()
				_, named := second.briefNames.Lookup(n)
				if ok != want || named != want || (second.briefList.Len() == 2) != want {
					t.Fatalf("at %d the state of key %d is there: %v", second.now, n, ok)
				}
			})
		}
		alive(true)
		second.now++
		alive(false)
	}
	second.now = 3 * life
	second.drop()
	if n := second.backend.Len(); n != 0 {
		t.Errorf("%d keys hold something that has expired", n)
	}
}
