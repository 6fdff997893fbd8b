package types

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// laws checks everything that must hold between the programs of one type on
// random values. Small values collide often, which is what the laws are about.
func laws[T any](t *testing.T, rounds int) {
	typ := of[T](t)
	s := newSource(t)
	rows := make([]T, 0, rounds)
	for range rounds {
		if len(rows) > 0 && s.IntN(4) == 0 { // an equal row in other memory
			var twin T
			if _, err := typ.Decode(typ.Append(nil, &rows[s.IntN(len(rows))]), &twin); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, twin)
			continue
		}
		rows = append(rows, random[T](s))
	}
	checkCodec(t, typ, rows)
	checkOrder(t, typ, s, rows)
	checkDetach(t, typ, rows)
}

func checkCodec[T any](t *testing.T, typ *Type[T], rows []T) {
	var each []byte
	for i := range rows {
		start := len(each)
		each = typ.Append(each, &rows[i])
		if n, err := typ.RowLen(each[start:]); err != nil || n != len(each)-start {
			t.Fatalf("RowLen of %+v is %d, %v; the row has %d bytes", rows[i], n, err, len(each)-start)
		}
		if f := typ.Fixed(); f != 0 && f != len(each)-start {
			t.Fatalf("Fixed is %d, a row has %d bytes", f, len(each)-start)
		}
	}
	prefix := []byte("before")
	all := typ.AppendRows(prefix, rows)
	if !bytes.Equal(all[len(prefix):], each) {
		t.Fatal("AppendRows and Append write different bytes")
	}
	got := make([]T, len(rows))
	if n, err := typ.DecodeRows(append(each, "behind"...), got); err != nil || n != len(each) {
		t.Fatalf("DecodeRows took %d of %d bytes: %v", n, len(each), err)
	}
	for i := range rows {
		if !typ.Equal(&rows[i], &got[i]) {
			t.Fatalf("decode(encode(x)) is not x\n x   %+v\n got %+v", rows[i], got[i])
		}
		if !bytes.Equal(typ.Append(nil, &rows[i]), typ.Append(nil, &got[i])) {
			t.Fatalf("a decoded row encodes differently: %+v", rows[i])
		}
	}
}

func sign(c int) int {
	switch {
	case c < 0:
		return -1
	case c > 0:
		return 1
	}
	return 0
}

func checkOrder[T any](t *testing.T, typ *Type[T], s source, rows []T) {
	hashes, prefixes := make([]uint64, len(rows)), make([]uint64, len(rows))
	typ.HashRows(rows, hashes)
	typ.KeyPrefixRows(rows, prefixes)
	keys := make([][]byte, len(rows))
	for i := range rows {
		keys[i] = typ.AppendKey(nil, &rows[i])
		if hashes[i] != typ.Hash(&rows[i]) || prefixes[i] != typ.KeyPrefix(&rows[i]) {
			t.Fatalf("batch and row disagree: %+v", rows[i])
		}
		var first [8]byte
		copy(first[:], keys[i])
		if prefixes[i] != binary.BigEndian.Uint64(first[:]) {
			t.Fatalf("KeyPrefix of %+v is %016x, its key % x", rows[i], prefixes[i], keys[i])
		}
	}
	for range 20 * len(rows) {
		i, j, k := s.IntN(len(rows)), s.IntN(len(rows)), s.IntN(len(rows))
		a, b, c := &rows[i], &rows[j], &rows[k]
		ab := sign(typ.Compare(a, b))
		if ab != -sign(typ.Compare(b, a)) {
			t.Fatalf("Compare is not antisymmetric: %+v, %+v", *a, *b)
		}
		if bc := sign(typ.Compare(b, c)); ab <= 0 && bc <= 0 && sign(typ.Compare(a, c)) > min(ab, bc)+1 || ab <= 0 && bc <= 0 && typ.Compare(a, c) > 0 {
			t.Fatalf("Compare is not transitive: %+v, %+v, %+v", *a, *b, *c)
		}
		if equal := typ.Equal(a, b); equal != (ab == 0) || equal != typ.Equal(b, a) {
			t.Fatalf("Equal is %v, Compare %d: %+v, %+v", equal, ab, *a, *b)
		}
		if ab == 0 && hashes[i] != hashes[j] {
			t.Fatalf("equal rows have different hashes: %+v, %+v", *a, *b)
		}
		if bytes.Compare(keys[i], keys[j]) != ab {
			t.Fatalf("Compare is %d, of keys %d: %+v, %+v", ab, bytes.Compare(keys[i], keys[j]), *a, *b)
		}
		if ab != 0 && (bytes.HasPrefix(keys[i], keys[j]) || bytes.HasPrefix(keys[j], keys[i])) {
			t.Fatalf("one key is the front of another: %+v, %+v", *a, *b)
		}
		if typ.PrefixDecides() && (prefixes[i] == prefixes[j]) != (ab == 0) {
			t.Fatalf("PrefixDecides, but does not: %+v, %+v", *a, *b)
		}
		if typ.Exact() && (any(*a) == any(*b)) != (ab == 0) {
			t.Fatalf("Exact, but == disagrees: %+v, %+v", *a, *b)
		}
	}
}

func checkDetach[T any](t *testing.T, typ *Type[T], rows []T) {
	var arena Arena
	for i := range rows {
		buf := typ.Append(nil, &rows[i])
		var row T
		if _, err := typ.Decode(buf, &row); err != nil {
			t.Fatal(err)
		}
		typ.Detach(&row, &arena)
		for j := range buf {
			buf[j] = 0xAA
		}
		if !typ.Equal(&row, &rows[i]) {
			t.Fatalf("a detached row changed with its buffer:\n was %+v\n is  %+v", rows[i], row)
		}
	}
}

func TestProgramsOfOneTypeAgree(t *testing.T) {
	t.Run("int64", func(t *testing.T) { laws[int64](t, 300) })
	t.Run("int8", func(t *testing.T) { laws[int8](t, 300) })
	t.Run("uint16", func(t *testing.T) { laws[uint16](t, 300) })
	t.Run("int", func(t *testing.T) { laws[int](t, 300) })
	t.Run("bool", func(t *testing.T) { laws[bool](t, 50) })
	t.Run("float32", func(t *testing.T) { laws[float32](t, 200) })
	t.Run("float64", func(t *testing.T) { laws[float64](t, 200) })
	t.Run("complex", func(t *testing.T) { laws[complex64](t, 200) })
	t.Run("string", func(t *testing.T) { laws[string](t, 300) })
	t.Run("bytes", func(t *testing.T) { laws[[]byte](t, 300) })
	t.Run("strings", func(t *testing.T) { laws[[2]string](t, 300) })
	t.Run("array", func(t *testing.T) { laws[[3]uint8](t, 300) })
	t.Run("empty", func(t *testing.T) { laws[struct{}](t, 20) })
	t.Run("empties", func(t *testing.T) { laws[[]struct{}](t, 50) })
	t.Run("slices", func(t *testing.T) { laws[[][]string](t, 300) })
	t.Run("map", func(t *testing.T) { laws[map[string]int8](t, 300) })
	t.Run("map of NaN", func(t *testing.T) { laws[map[float64]*bool](t, 300) })
	t.Run("pointer", func(t *testing.T) { laws[*int16](t, 100) })
	t.Run("pointers", func(t *testing.T) { laws[[]*[]*string](t, 300) })
	t.Run("struct", func(t *testing.T) { laws[word](t, 300) })
	t.Run("event", func(t *testing.T) { laws[event](t, 300) })
	t.Run("numbers", func(t *testing.T) { laws[numbers](t, 300) })
	t.Run("padded", func(t *testing.T) { laws[loose](t, 300) })
	t.Run("list", func(t *testing.T) { laws[list](t, 300) })
	t.Run("tree", func(t *testing.T) { laws[tree](t, 300) })
	t.Run("sum", func(t *testing.T) { laws[shape](t, 300) })
	t.Run("drawing", func(t *testing.T) { laws[drawing](t, 300) })
	t.Run("everything", func(t *testing.T) { laws[everything](t, 200) })
}
