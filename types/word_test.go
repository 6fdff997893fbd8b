package types_test

import (
	"fmt"
	"testing"

	"github.com/thalweg/thalweg/types"
)

// TestWordsDecideEquality checks that words tell short strings apart and agree
// with hashes, also for strings at the very end of their memory.
func TestWordsDecideEquality(t *testing.T) {
	typ, err := types.Of[string]()
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for n := range 20 {
		for c := range 3 {
			b := make([]byte, n) // of its own, so that nothing of ours lies behind it
			for i := range b {
				b[i] = byte(c * 127)
			}
			rows = append(rows, string(b))
		}
	}
	page := string(make([]byte, 1<<16))
	for at := len(page) - 9; at < len(page); at++ {
		rows = append(rows, page[at:])
	}
	words, hashes := make([]uint64, len(rows)), make([]uint64, len(rows))
	typ.Words(rows, words, hashes)
	for i := range rows {
		if want := typ.Hash(&rows[i]); hashes[i] != want {
			t.Errorf("%q: hash %x, want %x", rows[i], hashes[i], want)
		}
		for j := range rows {
			equal := rows[i] == rows[j]
			if equal && words[i] != words[j] {
				t.Errorf("%q has the words %x and %x", rows[i], words[i], words[j])
			}
			if !equal && words[i] == words[j] && words[i] < typ.Decided() {
				t.Errorf("%q and %q have the word %x", rows[i], rows[j], words[i])
			}
		}
	}
}

func wordsAgree[T comparable](t *testing.T, rows ...T) {
	t.Helper()
	typ, err := types.Of[T]()
	if err != nil {
		t.Fatal(err)
	}
	words, hashes := make([]uint64, len(rows)), make([]uint64, len(rows))
	typ.Words(rows, words, hashes)
	for i := range rows {
		if hashes[i] != typ.Hash(&rows[i]) {
			t.Errorf("%T %v: the hash beside its word differs", rows[i], rows[i])
		}
		for j := range rows {
			if equal := typ.Equal(&rows[i], &rows[j]); equal != (words[i] == words[j]) {
				t.Errorf("%T %v and %v: words %x and %x", rows[i], rows[i], rows[j], words[i], words[j])
			}
		}
	}
}

func TestWordsOfNumbersAreTheirValues(t *testing.T) {
	wordsAgree[int8](t, 0, 1, -1, 127)
	wordsAgree[uint16](t, 0, 1, 65535)
	wordsAgree[int32](t, 0, 1, -1)
	wordsAgree[int64](t, 0, 1, -1, 1<<62)
	wordsAgree[uint](t, 0, 1, 1<<63)
	wordsAgree(t, true, false)
	zero := 0.0
	wordsAgree(t, zero, -zero, 1.5, zero/zero, -(zero / zero))
	wordsAgree(t, struct{ A, B int }{1, 2}, struct{ A, B int }{2, 1})
}

func ExampleType_Words() {
	typ, _ := types.Of[string]()
	words, hashes := make([]uint64, 2), make([]uint64, 2)
	typ.Words([]string{"ab", "a longer string"}, words, hashes)
	fmt.Printf("%x %t\n", words[0], words[0] < typ.Decided())
	fmt.Println(words[1] < typ.Decided())
	// Output:
	// 200000000006261 true
	// false
}
