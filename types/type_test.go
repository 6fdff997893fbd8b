package types

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

func TestOfGivesOneTypePerTypeFromManyGoroutines(t *testing.T) {
	type fresh struct {
		A string
		B map[string][]list
	}
	var wait sync.WaitGroup
	got := make([]*Type[fresh], 8)
	for i := range got {
		wait.Go(func() {
			got[i] = of[fresh](t)
			row := fresh{"a", map[string][]list{"x": {{1, nil}}}}
			var back fresh
			if _, err := got[i].Decode(got[i].Append(nil, &row), &back); err != nil || !got[i].Equal(&row, &back) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, typ := range got {
		if typ != got[0] {
			t.Error("two descriptions of one type")
		}
	}
}

// deepest has every part a scope can have, to stand at the depth limit.
type deepest struct {
	Next  *deepest
	Bytes []byte
	P     *int64
	Coded selfish
	Kids  []deepest
	By    map[string]deepest
	Sum   shape
	Text  string
}

func TestEveryProgramAcceptsWhatCanBeEncoded(t *testing.T) {
	one := int64(1)
	var chain *deepest
	for range MaxDepth + 1 {
		chain = &deepest{Next: chain, Bytes: []byte("b"), P: &one, Text: "t"}
	}
	typ := of[deepest](t)
	var got deepest
	if _, err := typ.Decode(typ.Append(nil, chain), &got); err != nil {
		t.Fatal(err)
	}
	typ.Detach(&got, new(Arena))
	if !typ.Equal(chain, &got) || typ.Compare(chain, &got) != 0 || typ.Hash(chain) != typ.Hash(&got) ||
		!bytes.Equal(typ.AppendKey(nil, chain), typ.AppendKey(nil, &got)) {
		t.Error("the deepest chain is not what it was")
	}
}

func TestRowsThatNestTooDeepAreRefused(t *testing.T) {
	// A list's scope: null bits, Value int32, the slot of Next.
	const scope = 1 + 4 + 8
	chain := func(levels int) []byte {
		total := 4 + levels*scope
		row := binary.LittleEndian.AppendUint32(nil, uint32(total))
		for i := range levels {
			next := len(row) + scope
			if i == levels-1 {
				return append(row, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
			}
			row = append(row, 0, 0, 0, 0, 0)
			row = binary.LittleEndian.AppendUint32(row, uint32(next))
			row = binary.LittleEndian.AppendUint32(row, uint32(total-next))
		}
		return row
	}
	typ := of[list](t)
	var row list
	if _, err := typ.Decode(chain(MaxDepth+1), &row); err != nil {
		t.Error(err)
	}
	if _, err := typ.Decode(chain(MaxDepth+2), &row); err == nil || !strings.Contains(err.Error(), "types.list.Next at byte 13009: nests deeper than 1000 levels") {
		t.Error(err)
	}
}

func TestNilAndEmptyAreKeptApartInRowsAndEqualInValue(t *testing.T) {
	type parts struct {
		B []byte
		S []int32
		M map[string]int32
	}
	typ := of[parts](t)
	none, empty := parts{}, parts{[]byte{}, []int32{}, map[string]int32{}}
	for _, row := range []parts{none, empty} {
		var got parts
		if _, err := typ.Decode(typ.Append(nil, &row), &got); err != nil || !reflect.DeepEqual(row, got) {
			t.Errorf("%#v became %#v, %v", row, got, err)
		}
	}
	if !typ.Equal(&none, &empty) || typ.Hash(&none) != typ.Hash(&empty) || typ.Compare(&none, &empty) != 0 {
		t.Error("nil and empty differ")
	}
}

func TestDecodingReplacesWhatWasInTheRow(t *testing.T) {
	typ := of[everything](t)
	s := newSource(t)
	for range 100 {
		old, row := random[everything](s), random[everything](s)
		if _, err := typ.Decode(typ.Append(nil, &row), &old); err != nil || !typ.Equal(&old, &row) {
			t.Fatalf("%v: got %+v, want %+v", err, old, row)
		}
	}
}

func TestTimesKeepTheInstantAndTheClockFace(t *testing.T) {
	typ := of[time.Time](t)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		paris = time.FixedZone("CET", 3600)
	}
	for _, at := range []time.Time{
		{}, time.Unix(0, 0), time.Now(), time.Now().UTC(), time.Date(2026, 7, 1, 12, 0, 0, 5, paris),
		time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1900, 1, 1, 0, 0, 0, 0, time.FixedZone("odd", 1234)),
		time.Unix(1<<62, 999_999_999),
	} {
		var got time.Time
		if _, err := typ.Decode(typ.Append(nil, &at), &got); err != nil || !got.Equal(at) || !typ.Equal(&at, &got) {
			t.Fatalf("%v became %v, %v", at, got, err)
		}
		if layout := time.RFC3339Nano; at.Year() > 0 && at.Year() < 9999 && got.Format(layout) != at.Format(layout) {
			t.Errorf("%v shows as %v", at, got)
		}
		elsewhere := at.In(time.FixedZone("", 7200))
		if !typ.Equal(&at, &elsewhere) || typ.Hash(&at) != typ.Hash(&elsewhere) {
			t.Errorf("%v differs in another zone", at)
		}
	}
	var zero time.Time
	if _, err := typ.Decode(typ.Append(nil, &time.Time{}), &zero); err != nil || zero != (time.Time{}) {
		t.Error("the zero time is not itself any more")
	}
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	noAllocs(t, word{"a word of more than sixteen letters", 3})
	noAllocs(t, numbers{1, 2, 3})
	noAllocs(t, event{1, 2, 3})
	one := int64(1)
	noAllocs(t, struct {
		T time.Time
		P *int64
		S []string
		B []byte
	}{time.Unix(1, 2), &one, []string{"a", "b"}, []byte("c")})
	noAllocs(t, shape(square{1, "s"}))

	keys, out := make([]string, 2), make([]uint64, 2)
	rows := []word{{"a", 1}, {"b", 2}}
	field, _ := KeyOf(func(w *word) *string { return &w.Text })
	computed, _ := KeyFunc(func(w word) string { return w.Text })
	for _, key := range []*Key[word, string]{field, computed} {
		if n := testing.AllocsPerRun(100, func() { key.Gather(rows, keys); key.Hash(rows, out); _ = key.Get(&rows[0]) }); n != 0 {
			t.Errorf("a key allocates %v times", n)
		}
	}
}

func noAllocs[T any](t *testing.T, row T) {
	t.Helper()
	typ := of[T](t)
	rows, out := []T{row, row}, make([]uint64, 2)
	buf := make([]byte, 0, 1024)
	for name, f := range map[string]func(){
		"Append":     func() { local := row; typ.Append(buf, &local) },
		"AppendRows": func() { typ.AppendRows(buf, rows) },
		"Hash":       func() { local := row; typ.Hash(&local) },
		"HashRows":   func() { typ.HashRows(rows, out) },
		"Equal":      func() { a, b := row, row; typ.Equal(&a, &b) },
		"Compare":    func() { a, b := row, row; typ.Compare(&a, &b) },
		"AppendKey":  func() { local := row; typ.AppendKey(buf, &local) },
		"KeyPrefix":  func() { local := row; typ.KeyPrefix(&local) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s of %s allocates %v times", name, typ.Schema(), n)
		}
	}
}

func TestViewSeesBytesAsValuesWithoutPointers(t *testing.T) {
	page := pageOf(t, 10)
	view, err := View[numbers](page)
	if err != nil || len(view) != 3 {
		t.Fatal(len(view), err)
	}
	view[1].A = 7
	if back, _ := View[uint64](page); back[3] != 7 || len(back) != 10 {
		t.Error("a view is not its page")
	}
	if _, err := View[word](page); err == nil {
		t.Error("a view with pointers")
	}
	if _, err := View[struct{}](page); err == nil {
		t.Error("a view without size")
	}
	if _, err := View[uint64](page[1:]); err == nil {
		t.Error("a view out of line")
	}
	if v, err := View[uint64](page[:7]); err != nil || v != nil {
		t.Error("a view of too little")
	}
	if StringOf([]byte("s")) != "s" || string(BytesOf("b")) != "b" || SizeOf[numbers]() != 24 {
		t.Error("conversions")
	}
}

// pageOf returns the bytes of n aligned words.
func pageOf(t *testing.T, n int) []byte {
	t.Helper()
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(make([]uint64, n)))), 8*n)
}

type tail struct {
	Next *tail
	By   map[string]int
	Text string
}

func TestRowsOnAStackThatMovesAreReadInPlace(t *testing.T) {
	typ := of[tail](t)
	var chain *tail
	for range MaxDepth - 1 {
		chain = &tail{chain, map[string]int{"a": 1}, "link"}
	}
	buf := typ.Append(nil, &tail{chain, map[string]int{"b": 2}, "row"})
	var wait sync.WaitGroup
	for range 50 { // each on a new, small stack
		wait.Go(func() {
			row := tail{chain, map[string]int{"b": 2}, "row"}
			if !bytes.Equal(typ.Append(nil, &row), buf) {
				t.Error("append")
			}
		})
		wait.Go(func() {
			var row tail
			_, err := typ.Decode(buf, &row)
			if err != nil || row.Text != "row" || row.By["b"] != 2 || row.Next.Text != "link" {
				t.Error("decode", err)
			}
		})
		wait.Go(func() {
			row := tail{chain, map[string]int{"b": 2}, "row"}
			typ.Detach(&row, nil)
			if row.Text != "row" || row.By["b"] != 2 || row.Next == chain {
				t.Error("detach")
			}
		})
	}
	wait.Wait()
}
