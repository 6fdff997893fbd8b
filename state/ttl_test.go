package state

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// written is what a naive state remembers of a value.
type written struct{ value, at int64 }

// TestWhatIsTooOldIsGone does the same at random with states that expire and with lists of
// all that was written, on a clock that goes on.
func TestWhatIsTooOldIsGone(t *testing.T) {
	for _, renewed := range []bool{false, true} {
		t.Run(fmt.Sprint("renewed by reading: ", renewed), func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			expire(t, rand.New(rand.NewPCG(seed, 0)), renewed)
		})
	}
}

func expire(t *testing.T, r *rand.Rand, renewed bool) {
	const life = 1000
	options := []Option{TTL(life)}
	if renewed {
		options = append(options, RenewOnRead())
	}
	o := newOperator(t)
	value, list, names := NewValue[int64](o, "value", options...), NewList[int64](o, "list", options...), NewMap[int64, int64](o, "map", options...)
	sum := NewReducing(o, "sum", func(a, b int64) int64 { return a + b }, options...)
	mean := NewAggregating(o, "count", Aggregation[int64, int64, int64]{
		Init: func() int64 { return 10 }, Add: func(a *int64, _ int64) { *a++ }, Result: func(a *int64) int64 { return *a },
	}, options...)

	values, sums, counts := map[string]written{}, map[string]written{}, map[string]written{}
	lists, maps_ := map[string][]written{}, map[string]map[int64]written{}
	young := func(w written) bool { return w.at > o.now-life }
	// read is what a naive state gives when it is asked.
	read := func(m map[string]written, key string) (int64, bool) {
		w, ok := m[key]
		if !ok || !young(w) {
			delete(m, key)
			return 0, false
		}
		if renewed {
			m[key] = written{w.value, o.now}
		}
		return w.value, true
	}
	for range 60_000 {
		o.now += r.Int64N(12)
		if at, ok := o.scope.NextExpiry(); ok && at <= o.now {
			o.scope.Expire(o.now)
		}
		key, n, name := fmt.Sprint("key ", r.IntN(300)), r.Int64N(100), r.Int64N(6)
		o.with(key, func() {
			switch r.IntN(10) {
			case 0:
				value.Set(n)
				values[key] = written{n, o.now}
			case 1:
				list.Add(n, n)
				lists[key] = append(lists[key], written{n, o.now}, written{n, o.now})
			case 2:
				list.Set([]int64{n})
				lists[key] = []written{{n, o.now}}
			case 3:
				names.Set(name, n)
				if maps_[key] == nil {
					maps_[key] = map[int64]written{}
				}
				maps_[key][name] = written{n, o.now}
			case 4:
				names.Delete(name)
				delete(maps_[key], name)
			case 5:
				before, ok := sums[key]
				if !ok || !young(before) {
					before.value = 0
				}
				sum.Add(n)
				sums[key] = written{before.value + n, o.now}
				before, ok = counts[key]
				if !ok || !young(before) {
					before.value = 10
				}
				mean.Add(n)
				counts[key] = written{before.value + 1, o.now}
			case 6:
				if r.IntN(5) == 0 {
					value.Clear()
					list.Clear()
					names.Clear()
					delete(values, key)
					delete(lists, key)
					delete(maps_, key)
				}
			case 7:
				got, ok := value.Lookup()
				if want, has := read(values, key); got != want || ok != has {
					t.Fatalf("%s has the value %d, %v, want %d, %v", key, got, ok, want, has)
				}
				got, ok = sum.Lookup()
				if want, has := read(sums, key); got != want || ok != has {
					t.Fatalf("%s has the sum %d, %v, want %d, %v", key, got, ok, want, has)
				}
				got, ok = mean.Get()
				if want, has := read(counts, key); got != want || ok != has {
					t.Fatalf("%s has the count %d, %v, want %d, %v", key, got, ok, want, has)
				}
			case 8:
				lists[key] = slices.DeleteFunc(lists[key], func(w written) bool { return !young(w) })
				var want []int64
				for i, w := range lists[key] {
					want = append(want, w.value)
					if renewed {
						lists[key][i].at = o.now
					}
				}
				if got := list.All(); !slices.Equal(got, want) {
					t.Fatalf("%s has the list %d, want %d", key, got, want)
				}
			case 9:
				maps.DeleteFunc(maps_[key], func(_ int64, w written) bool { return !young(w) })
				if names.Len() != len(maps_[key]) {
					t.Fatalf("%s has %d names, want %d", key, names.Len(), len(maps_[key]))
				}
				want := map[int64]int64{}
				for name, w := range maps_[key] {
					want[name] = w.value
					if renewed {
						maps_[key][name] = written{w.value, o.now}
					}
				}
				if got := maps.Collect(names.All()); !maps.Equal(got, want) {
					t.Fatalf("%s has the map %v, want %v", key, got, want)
				}
			}
		})
	}
	o.now += 2*life + life/4
	for range 3 { // lives that were renewed, one after the other
		o.scope.Expire(o.now)
		o.now += life + life/8
	}
	if at, ok := o.scope.NextExpiry(); ok || o.keys.Len() != 0 {
		t.Errorf("%d keys are still known, and something is to expire at %d", o.keys.Len(), at)
	}
}

// TestMemoryIsFreeSoonAfterTwiceTheLife writes keys once each, so that there are never
// more than were written in that time.
func TestMemoryIsFreeSoonAfterTwiceTheLife(t *testing.T) {
	const life, keys = 1000, 20_000
	o := newOperator(t)
	list := NewList[int64](o, "list", TTL(life))
	for n := range keys {
		o.now++
		if at, ok := o.scope.NextExpiry(); ok && at <= o.now {
			o.scope.Expire(o.now)
		}
		o.with(fmt.Sprint(n), func() { list.Add(1) })
		if n := o.keys.Len(); n > 2*life+life/4 {
			t.Fatalf("%d keys are known", n)
		}
	}
}

func BenchmarkValue(b *testing.B) {
	for name, options := range map[string][]Option{"forever": nil, "ttl": {TTL(1 << 40)}} {
		b.Run(name, func(b *testing.B) {
			o := newOperator(b)
			sum := NewValue[int64](o, "sum", options...)
			const keys = 10_000
			for slot := range keys {
				key := fmt.Sprint(slot)
				o.keys.Find(o.typ.Hash(&key), &key)
			}
			b.ReportAllocs()
			for i := range b.N {
				o.scope.Enter(int32(i % keys))
				sum.Set(sum.Get() + 1)
				o.scope.Leave()
			}
		})
	}
}
