package outofcore

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
)

// Of two keys seen from a third one that comes before both, the smaller code comes
// first and the other's is right as seen from that; where codes are the same, the
// words behind decide.
func TestCodesOfKeysSayTheirOrder(t *testing.T) {
	r := random(t)
	typ := typeOf[string](t)
	key := func() []byte {
		s := strings.Repeat("prefix", r.IntN(4)) + randomText(r, "a\x00", 12)
		return typ.AppendKey(nil, &s)
	}
	for range 100_000 {
		keys := [][]byte{key(), key(), key()}
		slices.SortFunc(keys, bytes.Compare)
		base, a, b := keys[0], keys[1], keys[2]
		if r.IntN(10) == 0 {
			base = nil
		}
		fromA, _ := compareKeys(base, a, 0)
		fromB, c := compareKeys(base, b, 0)
		if c != bytes.Compare(base, b) && base != nil {
			t.Fatalf("%q and %q compare %d", base, b, c)
		}
		code, want := compareKeys(a, b, 0)
		if fromA == fromB {
			again, c := compareKeys(a, b, int(^fromA.far)+1)
			if again != code || c != want {
				t.Fatalf("%q, %q, %q: %v and %d, want %v and %d", base, a, b, again, c, code, want)
			}
			continue
		}
		if fromA.far > fromB.far || fromA.far == fromB.far && fromA.value > fromB.value || fromB != code {
			t.Fatalf("%q, %q, %q: %v, %v, %v", base, a, b, fromA, fromB, code)
		}
	}
}

// Runs are merged in several passes, by prefix and by key.
func TestManyRunsAreMerged(t *testing.T) {
	rows := benchRows(60_000, func(r *rand.Rand) three { return three{r.Int64N(4), r.Int64N(1000), r.Int64N(1000)} })
	for name, order := range map[string]Order[three]{
		"by key":        itself[three](t),
		"by prefix":     By(keyOf(t, func(x *three) *int64 { return &x.C }), false),
		"by comparison": ByFunc(func(a, b three) int { return cmp.Compare(b.B, a.B) }),
	} {
		room := testRoom(t, host.New(), MinPages)
		s := NewSorter(typeOf[three](t), order, room)
		if err := s.Add(rows); err != nil {
			t.Fatal(err)
		}
		if fan, _ := s.fan(); len(s.runs) <= 2*fan {
			t.Errorf("%s: %d runs are merged at once, %d at a time", name, len(s.runs), fan)
		}
		if err := s.Sort(); err != nil {
			t.Fatal(err)
		}
		if want := name == "by key"; s.keyed != want {
			t.Errorf("%s: merged by keys: %v", name, s.keyed)
		}
		sameRows(t, order, allSorted(t, s), rows)
		s.Close()
	}
}
