package types

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
)

// hostile decodes bytes nobody vouches for. What it accepts must encode to the
// same bytes again, and what it allocates stay in proportion.
func hostile[T any](t testing.TB, src []byte) {
	typ := of[T](t)
	var before, after runtime.MemStats
	given := bytes.Clone(src)
	row := new(T)
	runtime.ReadMemStats(&before)
	n, err := typ.Decode(given, row)
	runtime.ReadMemStats(&after)
	// The factor is that of the worst part: an entry of a map, a slice element
	// of a type that is sparse in rows but not in memory, and the error's text.
	factor := 64 + 4*uint64(reflect.TypeFor[T]().Size())
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<10+factor*uint64(len(src)) {
		t.Fatalf("%v: %d bytes made it allocate %d", reflect.TypeFor[T](), len(src), spent)
	}
	var wrong *DecodeError
	if err != nil {
		if !errors.As(err, &wrong) || wrong.Path == "" || wrong.Offset < 0 || wrong.Offset > len(src) {
			t.Fatalf("not a good DecodeError: %#v", err)
		}
		return
	}
	again := typ.Append(nil, row)
	if !canonicalCodec[T]() {
		var second T
		if _, err := typ.Decode(again, &second); err != nil {
			t.Fatalf("what was decoded cannot be decoded again: %v", err)
		}
		if third := typ.Append(nil, &second); !bytes.Equal(third, again) {
			t.Fatalf("re-encoding is not stable")
		}
	} else if !bytes.Equal(again, src[:n]) {
		t.Fatalf("%v: accepted bytes are not what it encodes\n in  % x\n out % x", reflect.TypeFor[T](), src[:n], again)
	}
	copied := new(T)
	if _, err := typ.Decode(bytes.Clone(again), copied); err != nil || !typ.Equal(row, copied) || typ.Hash(row) != typ.Hash(copied) {
		t.Fatalf("decode(encode(x)) is not x: %v", err)
	}
	typ.Detach(copied, new(Arena))
	if typ.Compare(row, copied) != 0 || !bytes.Equal(typ.AppendKey(nil, row), typ.AppendKey(nil, copied)) {
		t.Fatal("a copy has another key")
	}
}

// canonicalCodec reports whether all bytes of T are ours: coded parts may accept
// more than they write.
func canonicalCodec[T any]() bool {
	switch any(*new(T)).(type) {
	case everything, selfish:
		return false
	}
	return true
}

var hostiles = []func(testing.TB, []byte){
	hostile[everything], hostile[word], hostile[[][]string], hostile[map[string][]int16],
	hostile[map[float64]*bool], hostile[list], hostile[tree], hostile[drawing], hostile[shape],
	hostile[loose], hostile[[]struct{}], hostile[[3]*[]byte], hostile[inner], hostile[selfish],
}

func seeds(t testing.TB, add func(which byte, row []byte)) {
	s := source{rand.New(rand.NewPCG(1, 2))}
	for range 3 {
		a, b, c, d := random[everything](s), random[word](s), random[[][]string](s), random[map[string][]int16](s)
		add(0, of[everything](t).Append(nil, &a))
		add(1, of[word](t).Append(nil, &b))
		add(2, of[[][]string](t).Append(nil, &c))
		add(3, of[map[string][]int16](t).Append(nil, &d))
		e, f, g, h := random[map[float64]*bool](s), random[list](s), random[tree](s), random[drawing](s)
		add(4, of[map[float64]*bool](t).Append(nil, &e))
		add(5, of[list](t).Append(nil, &f))
		add(6, of[tree](t).Append(nil, &g))
		add(7, of[drawing](t).Append(nil, &h))
		i, j, k, l := random[shape](s), random[loose](s), random[[]struct{}](s), random[[3]*[]byte](s)
		add(8, of[shape](t).Append(nil, &i))
		add(9, of[loose](t).Append(nil, &j))
		add(10, of[[]struct{}](t).Append(nil, &k))
		add(11, of[[3]*[]byte](t).Append(nil, &l))
		m := random[inner](s)
		add(12, of[inner](t).Append(nil, &m))
		add(13, of[selfish](t).Append(nil, &selfish{3}))
	}
}

func FuzzDecode(f *testing.F) {
	seeds(f, func(which byte, row []byte) { f.Add(which, row) })
	f.Fuzz(func(t *testing.T, which byte, src []byte) {
		hostiles[int(which)%len(hostiles)](t, src)
	})
}

func TestDamagedRowsAreRefusedOrStable(t *testing.T) {
	s := newSource(t)
	seeds(t, func(which byte, row []byte) {
		for range 300 {
			bad := bytes.Clone(row)
			for range 1 + s.IntN(3) {
				switch s.IntN(4) {
				case 0:
					bad[s.IntN(len(bad))] ^= 1 << s.IntN(8)
				case 1:
					bad[s.IntN(len(bad))] = byte(oddInts[s.IntN(len(oddInts))])
				case 2:
					bad = bad[:1+s.IntN(len(bad))]
				case 3:
					copy(bad[s.IntN(len(bad)):], bad[s.IntN(len(bad)):])
				}
			}
			hostiles[which](t, bad)
		}
	})
}

func TestDecodingNamesWhatIsWrong(t *testing.T) {
	typ := of[word](t)
	good := typ.Append(nil, &word{"river", 1})
	change := func(at int, b byte) []byte {
		bad := bytes.Clone(good)
		bad[at] = b
		return bad
	}
	for want, src := range map[string][]byte{
		"types: decoding types.word at byte 0: the row's length is cut off":                              {},
		"types: decoding types.word at byte 0: the row claims 25 bytes, 24 are there":                    good[:24],
		"types: decoding types.word at byte 0: the row claims 3 bytes, its fixed part needs 20":          change(0, 3),
		"types: decoding types.word.Text at byte 4: the offset is 21, the block before ends at 20":       change(4, 21),
		"types: decoding types.word.Text at byte 4: 6 times 1 bytes do not fit in the 5 left of the row": change(8, 6),
		"types: decoding types.word at byte 24: the row has 1 bytes more than its parts":                 change(8, 4),
	} {
		var row word
		if _, err := typ.Decode(src, &row); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	var rows [2]loose
	if _, err := of[loose](t).DecodeRows(make([]byte, 23), rows[:]); err == nil ||
		err.Error() != "types: decoding types.loose at byte 11: a row has 12 bytes, 11 are there" {
		t.Error(err)
	}
	var b bool
	if _, err := of[bool](t).Decode([]byte{2}, &b); err == nil || err.Error() != "types: decoding bool at byte 0: a bool is 2" {
		t.Error(err)
	}
}
