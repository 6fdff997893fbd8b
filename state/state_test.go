package state

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/types"
)

// operator is a keyed operator as far as its state is concerned.
type operator struct {
	keys  *keyed.Slots[string]
	typ   *types.Type[string]
	scope *keyed.Scope
	now   int64
}

func newOperator(t testing.TB) *operator {
	t.Helper()
	typ, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	o := &operator{typ: typ}
	o.keys = keyed.NewSlots(typ, keyed.Settings{Clock: func() int64 { return o.now }})
	o.scope = o.keys.Scope()
	return o
}

func (o *operator) Scope() *keyed.Scope { return o.scope }

// with runs f with a current key.
func (o *operator) with(key string, f func()) {
	o.scope.Enter(o.keys.Find(o.typ.Hash(&key), &key))
	f()
	o.scope.Leave()
}

// TestStatesAreMapsOfTheirKeys does the same at random with all states and with maps by
// key.
func TestStatesAreMapsOfTheirKeys(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	o := newOperator(t)
	value, list := NewValue[int64](o, "value"), NewList[string](o, "list")
	names := NewMap[string, int64](o, "map")
	most := NewReducing(o, "most", func(a, b int64) int64 { return max(a, b) })
	mean := NewAggregating(o, "mean", Aggregation[int64, [2]int64, float64]{
		Init:   func() [2]int64 { return [2]int64{1, 0} },
		Add:    func(a *[2]int64, v int64) { a[0]++; a[1] += v },
		Result: func(a *[2]int64) float64 { return float64(a[1]) / float64(a[0]) },
	})
	values, lists, maxima := map[string]int64{}, map[string][]string{}, map[string]int64{}
	maps_, sums := map[string]map[string]int64{}, map[string][2]int64{}
	for range 50_000 {
		key, n := fmt.Sprint("key ", r.IntN(300)), r.Int64N(100)
		name := fmt.Sprint("name ", r.IntN(5))
		o.with(key, func() {
			switch r.IntN(12) {
			case 0:
				value.Set(n)
				values[key] = n
			case 1:
				value.Clear()
				delete(values, key)
			case 2, 3:
				list.Add(name, name)
				lists[key] = append(lists[key], name, name)
			case 4:
				list.Clear()
				delete(lists, key)
			case 5:
				list.Set([]string{name}[:r.IntN(2)])
				if list.Len() == 0 {
					delete(lists, key)
				} else {
					lists[key] = []string{name}
				}
			case 6, 7:
				names.Set(name, n)
				if maps_[key] == nil {
					maps_[key] = map[string]int64{}
				}
				maps_[key][name] = n
			case 8:
				names.Delete(name)
				delete(maps_[key], name)
			case 9:
				names.Clear()
				delete(maps_, key)
			case 10:
				most.Add(n)
				if old, ok := maxima[key]; !ok || n > old {
					maxima[key] = n
				}
				mean.Add(n)
				s, ok := sums[key]
				if !ok {
					s[0] = 1
				}
				sums[key] = [2]int64{s[0] + 1, s[1] + n}
			case 11:
				most.Clear()
				mean.Clear()
				delete(maxima, key)
				delete(sums, key)
			}
			if v, ok := value.Lookup(); v != values[key] || ok != has(values, key) || v != value.Get() {
				t.Fatalf("%s has the value %d, %v", key, v, ok)
			}
			if !slices.Equal(list.All(), lists[key]) {
				t.Fatalf("%s has the list %q, want %q", key, list.All(), lists[key])
			}
			got := map[string]int64{}
			var order []string
			for name, v := range names.All() {
				got[name], order = v, append(order, name)
			}
			if !maps.Equal(got, maps_[key]) || !slices.IsSorted(order) || names.Len() != len(got) || names.Get(name) != got[name] {
				t.Fatalf("%s has the map %v, want %v", key, got, maps_[key])
			}
			if v, ok := most.Lookup(); v != maxima[key] || ok != has(maxima, key) {
				t.Fatalf("%s has at most %d, %v, want %d", key, v, ok, maxima[key])
			}
			s := sums[key]
			if m, ok := mean.Get(); ok != has(sums, key) || ok && m != float64(s[1])/float64(s[0]) {
				t.Fatalf("%s has the mean %f", key, m)
			}
		})
	}
	known := map[string]bool{}
	for _, keys := range []func(func(string) bool){maps.Keys(values), maps.Keys(lists), maps.Keys(maxima)} {
		for key := range keys {
			known[key] = true
		}
	}
	for key, m := range maps_ {
		if len(m) > 0 {
			known[key] = true
		}
	}
	if o.keys.Len() != len(known) {
		t.Errorf("%d keys are known, %d have something", o.keys.Len(), len(known))
	}
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

func TestMistakesWithStatesAreSaid(t *testing.T) {
	o := newOperator(t)
	v := NewValue[int](o, "v")
	for what, f := range map[string]func(){
		"no current key":      func() { v.Get() },
		`two states`:          func() { NewList[int](o, "v") },
		`state "f": types.Of`: func() { NewValue[func()](o, "f") },
		`a time to live of 0`: func() { NewList[int](o, "l", TTL(0)) },
		`add TTL`:             func() { NewMap[int, int](o, "m", RenewOnRead()) },
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, strings.TrimSuffix(what, " types.Of")) {
					t.Errorf("it says %q, want %q", said, what)
				}
			}()
			f()
		}()
	}
}
