package keyed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/types"
)

func TestKeysAreForgottenAndFoundAgain(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	typ, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		keys, slots := NewKeys(typ), map[string]int32{}
		few := uint64(1) << (r.IntN(3) * 20) // hashes that meet, or hardly do
		for range 20_000 {
			key := fmt.Sprint("a key that is longer than a word ", r.IntN(2000))
			hash := typ.Hash(&key) % (few << 12)
			slot, known := slots[key]
			if known && r.IntN(2) == 0 {
				keys.Forget(slot)
				delete(slots, key)
				continue
			}
			got := keys.Find(hash, &key)
			if known && got != slot || *keys.Key(got) != key || keys.Hash(got) != hash {
				t.Fatalf("%s has slot %d, want %d", key, got, slot)
			}
			slots[key] = got
		}
		if keys.Len() != len(slots) {
			t.Fatalf("%d keys are known, want %d", keys.Len(), len(slots))
		}
	}
}

func TestTimersComeInTheOrderOfTheirMoments(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		s := NewScope(func(int32) {}, nil)
		timers := NewTimers(s)
		type set struct {
			at     int64
			slot   int32
			number int
		}
		var want []set
		now := int64(0)
		for n := range 300 {
			slot, at := int32(r.IntN(5)), now+1+r.Int64N(30)
			i := slices.IndexFunc(want, func(w set) bool { return w.at == at && w.slot == slot })
			s.Enter(slot)
			switch r.IntN(5) {
			case 0:
				timers.Delete(at)
				if i >= 0 {
					want = slices.Delete(want, i, i+1)
				}
			case 1:
				now += r.Int64N(20)
				slices.SortFunc(want, func(a, b set) int {
					if a.at != b.at {
						return int(a.at - b.at)
					}
					return a.number - b.number
				})
				for len(want) > 0 && want[0].at <= now {
					at, slot, ok := timers.Take(now)
					if !ok || at != want[0].at || slot != want[0].slot {
						t.Fatalf("%d of slot %d comes, want %v", at, slot, want[0])
					}
					timers.Done(slot)
					want = want[1:]
				}
				if _, _, ok := timers.Take(now); ok {
					t.Fatal("a timer comes too early")
				}
			default:
				timers.Set(at)
				if i < 0 {
					want = append(want, set{at, slot, n})
				}
			}
			if timers.Len() != len(want) {
				t.Fatalf("%d timers are set, want %d", timers.Len(), len(want))
			}
		}
		for slot := range int32(5) {
			n := 0
			for _, w := range want {
				if w.slot == slot {
					n++
				}
			}
			s.Enter(slot)
			if int(s.held[slot]) != n {
				t.Fatalf("slot %d holds %d things, want %d", slot, s.held[slot], n)
			}
		}
	}
}

func BenchmarkFind(b *testing.B) {
	typ, err := types.Of[int64]()
	if err != nil {
		b.Fatal(err)
	}
	keys := NewKeys(typ)
	b.ReportAllocs()
	for i := range b.N {
		key := int64(i % 100_000)
		keys.Find(typ.Hash(&key), &key)
	}
}
