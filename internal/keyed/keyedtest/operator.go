package keyedtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/types"
)

// life is the time to live of the states that have one.
const life = 5000

// operator is an operator with states of all kinds on a backend.
type operator struct {
	backend      keyed.Backend[string]
	typ          *types.Type[string]
	now          int64
	value        *state.Value[string]
	list         *state.List[int64]
	names        *state.Map[string, int64]
	sum          *state.Reducing[int64]
	count        *state.Aggregating[int64, [2]int64, int64]
	brief        *state.Value[int64]
	briefList    *state.List[string]
	briefNames   *state.Map[int64, string]
	event, clock *keyed.Timers
}

func (o *operator) Scope() *keyed.Scope { return o.backend.Scope() }

func newOperator(t testing.TB, backend Make, share *memory.Share) *operator {
	t.Helper()
	typ, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	o := &operator{typ: typ}
	o.backend = backend(t, typ, keyed.Settings{Clock: func() int64 { return o.now }, Memory: share})
	o.event, o.clock = keyed.NewTimers(o.Scope()), keyed.NewTimers(o.Scope())
	o.value, o.list = state.NewValue[string](o, "value"), state.NewList[int64](o, "list")
	o.names = state.NewMap[string, int64](o, "map")
	o.sum = state.NewReducing(o, "sum", func(a, b int64) int64 { return a + b })
	o.count = state.NewAggregating(o, "count", state.Aggregation[int64, [2]int64, int64]{
		Add:    func(a *[2]int64, v int64) { a[0], a[1] = a[0]+1, a[1]+v },
		Result: func(a *[2]int64) int64 { return a[0]*1000 + a[1] },
	})
	o.brief = state.NewValue[int64](o, "brief", state.TTL(life))
	o.briefList = state.NewList[string](o, "brief list", state.TTL(life))
	o.briefNames = state.NewMap[int64, string](o, "brief map", state.TTL(life))
	return o
}

// with runs f with a current key.
func (o *operator) with(t testing.TB, key string, f func()) {
	if err := o.backend.Enter(o.typ.Hash(&key), &key); err != nil {
		t.Fatal(err)
	}
	if *o.backend.Current() != key {
		t.Fatalf("the current key is %q, want %q", *o.backend.Current(), key)
	}
	f()
	o.Scope().Leave()
	if !o.Scope().Within() {
		t.Fatal(o.Scope().Overfull())
	}
}

// model is what an operator should hold, as text by key and part.
type model map[string]map[string]string

// step does something at random to a key, to the operator and to the model.
func (o *operator) step(t testing.TB, r *rand.Rand, m model) {
	key := fmt.Sprint("key ", r.IntN(400))
	if r.IntN(40) == 0 {
		key = strings.Repeat("a long key ", r.IntN(40))
	}
	n, name := r.Int64N(1000), fmt.Sprint("name ", r.IntN(6))
	o.with(t, key, func() {
		switch r.IntN(16) {
		case 0, 1:
			o.value.Set(strings.Repeat("x", int(n)%50))
		case 2:
			o.list.Add(n, n+1)
		case 3:
			o.names.Set(name, n)
		case 4:
			o.names.Delete(name)
		case 5:
			o.sum.Add(n)
		case 6:
			o.count.Add(n)
		case 7:
			o.brief.Set(n)
		case 8:
			o.briefList.Add(name)
		case 9:
			o.briefNames.Set(n%4, name)
		case 10:
			o.event.Set(o.now + n)
			o.event.Set(o.now + n/2)
		case 11:
			o.clock.Set(o.now + n)
		case 12:
			o.event.Delete(o.now + n)
		default:
			o.value.Clear()
			o.list.Clear()
			o.names.Clear()
			o.sum.Clear()
			o.count.Clear()
			o.brief.Clear()
			o.briefList.Clear()
			o.briefNames.Clear()
		}
		m.note(key, o.held())
	})
}

// note sets what a key should hold.
func (m model) note(key string, held map[string]string) {
	delete(m, key)
	if len(held) > 0 {
		m[key] = held
	}
}

// held returns all that the current key holds, but for its timers.
func (o *operator) held() map[string]string {
	h := map[string]string{}
	if v, ok := o.value.Lookup(); ok {
		h["value"] = v
	}
	if l := o.list.All(); len(l) > 0 {
		h["list"] = fmt.Sprint(l)
	}
	if o.names.Len() > 0 {
		h["map"] = fmt.Sprint(maps.Collect(o.names.All()))
	}
	if v, ok := o.sum.Lookup(); ok {
		h["sum"] = fmt.Sprint(v)
	}
	if v, ok := o.count.Get(); ok {
		h["count"] = fmt.Sprint(v)
	}
	if v, ok := o.brief.Lookup(); ok {
		h["brief"] = fmt.Sprint(v)
	}
	if l := o.briefList.All(); len(l) > 0 {
		h["brief list"] = fmt.Sprint(l)
	}
	if o.briefNames.Len() > 0 {
		h["brief map"] = fmt.Sprint(maps.Collect(o.briefNames.All()))
	}
	return h
}

// all returns what all keys hold, without timers.
func (o *operator) all(t testing.TB) model {
	t.Helper()
	m := model{}
	if err := o.backend.EachKey(func() error {
		m.note(*o.backend.Current(), o.held())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// alarm is a timer with its key.
type alarm struct {
	kind string
	at   int64
	key  string
}

// takeTimers takes all timers away, and returns them in their order.
func (o *operator) takeTimers(t testing.TB) (all []alarm) {
	for kind, timers := range map[string]*keyed.Timers{"event": o.event, "clock": o.clock} {
		last := int64(0)
		for {
			at, slot, ok := timers.Take(1 << 62)
			if !ok {
				break
			}
			if at < last {
				t.Fatalf("a timer at %d comes after one at %d", at, last)
			}
			last = at
			o.Scope().Enter(slot)
			all = append(all, alarm{kind, at, *o.backend.Current()})
			timers.Done(slot)
			o.Scope().Leave()
		}
	}
	slices.SortFunc(all, func(a, b alarm) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// expect compares what an operator, or several together, hold with what they should.
func expect(t testing.TB, want model, timers []alarm, operators ...*operator) {
	t.Helper()
	got := model{}
	var set []alarm
	for _, o := range operators {
		for key, held := range o.all(t) {
			if got[key] != nil {
				t.Fatalf("%q is known twice", key)
			}
			got[key] = held
		}
		set = append(set, o.takeTimers(t)...)
	}
	slices.SortFunc(set, func(a, b alarm) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for key := range want {
		if !maps.Equal(got[key], want[key]) {
			t.Fatalf("%q holds %v, want %v", key, got[key], want[key])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d keys hold something, want %d", len(got), len(want))
	}
	if !slices.Equal(set, timers) {
		t.Fatalf("%d timers are set, want %d: %v, %v", len(set), len(timers), set, timers)
	}
}

func seeded(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// drop drops what is too old, as the timers of the clock do.
func (o *operator) drop() {
	for {
		at, ok := o.Scope().NextExpiry()
		if !ok || at > o.now {
			return
		}
		o.Scope().Expire(o.now)
	}
}

// lasting is a model without what expires.
func (m model) lasting() model {
	rest := model{}
	for key, held := range m {
		held = maps.Clone(held)
		maps.DeleteFunc(held, func(part, _ string) bool { return strings.HasPrefix(part, "brief") })
		rest.note(key, held)
	}
	return rest
}
