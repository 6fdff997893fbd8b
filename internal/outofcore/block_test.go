package outofcore

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/types"
)

// fixed has rows of one size, without pointers.
type fixed struct {
	A int64
	B uint16
}

// word has rows of many sizes, which alias their block.
type word struct {
	Text  string
	Count int32
	Parts []int16
}

func typeOf[T any](t testing.TB) *types.Type[T] {
	t.Helper()
	typ, err := types.Of[T]()
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// random returns a generator and says its seed if the test fails.
func random(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

func randomFixed(r *rand.Rand, n int) []fixed {
	rows := make([]fixed, n)
	for i := range rows {
		rows[i] = fixed{r.Int64(), uint16(r.Uint32())}
	}
	return rows
}

// randomWords has now and then a long one.
func randomWords(r *rand.Rand, n, long int) []word {
	rows := make([]word, n)
	for i := range rows {
		size := r.IntN(20)
		if r.IntN(50) == 0 {
			size = r.IntN(long)
		}
		rows[i] = word{strings.Repeat(string(rune('a'+r.IntN(26))), size), r.Int32(), make([]int16, r.IntN(3))}
	}
	return rows
}

// toBlocks appends rows, one at a time or many, in buffers of a size.
func toBlocks[T any](t testing.TB, r *rand.Rand, rows []T, size int) (blocks [][]byte) {
	t.Helper()
	typ := typeOf[T](t)
	a := newBlockAppender(typ)
	a.begin(make([]byte, size))
	var encoded []byte
	for len(rows) > 0 {
		n := 0
		switch r.IntN(3) {
		case 0:
			n = a.appendRows(rows[:r.IntN(len(rows))+1])
		case 1:
			if a.append(&rows[0]) {
				n = 1
			}
		case 2:
			if encoded = typ.Append(encoded[:0], &rows[0]); a.appendEncoded(encoded) {
				n = 1
			}
		}
		rows = rows[n:]
		if n == 0 {
			if a.size()+len(typ.Append(nil, &rows[0])) <= size {
				t.Fatalf("a row was refused with %d of %d bytes used", a.size(), size)
			}
			if a.len() > 0 {
				blocks = append(blocks, a.end())
			}
			a.begin(make([]byte, max(size, a.needs())))
			if !a.append(&rows[0]) {
				t.Fatalf("a row does not fit where it said it would")
			}
			rows = rows[1:]
		}
	}
	if !a.open() {
		t.Error("the last block is not open")
	}
	return append(blocks, a.end())
}

func fromBlocks[T any](t testing.TB, r *rand.Rand, blocks [][]byte) (rows []T) {
	t.Helper()
	reader := blockReader[T]{t: typeOf[T](t)}
	for _, b := range blocks {
		if err := reader.open(b); err != nil {
			t.Fatal(err)
		}
		for {
			some := make([]T, 1+r.IntN(100))
			n, err := reader.read(some)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			rows = append(rows, some[:n]...)
		}
	}
	return rows
}

// same fails the test if two slices do not hold equal rows.
func same[T any](t testing.TB, got, want []T) {
	t.Helper()
	typ := typeOf[T](t)
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if !typ.Equal(&got[i], &want[i]) {
			t.Fatalf("row %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestRowsOfBlocksComeBackInOrder(t *testing.T) {
	r := random(t)
	for range 200 {
		size := 64 + r.IntN(4000)
		numbers := randomFixed(r, 1+r.IntN(1000))
		same(t, fromBlocks[fixed](t, r, toBlocks(t, r, numbers, size)), numbers)
		words := randomWords(r, 1+r.IntN(1000), 2*size)
		same(t, fromBlocks[word](t, r, toBlocks(t, r, words, size)), words)
	}
}

func TestABlockStaysInItsBuffer(t *testing.T) {
	r := random(t)
	words := randomWords(r, 1000, 100)
	a := newBlockAppender(typeOf[word](t))
	buffer := make([]byte, 3000)
	a.begin(buffer[:0])
	if n := a.appendRows(words); n == 0 || n == len(words) {
		t.Fatalf("%d of %d rows fitted", n, len(words))
	}
	if block := a.end(); &block[0] != &buffer[0] || a.open() {
		t.Error("the block has left its buffer")
	}
}

func TestABlockThatIsNoneIsRefused(t *testing.T) {
	good := toBlocks(t, random(t), []fixed{{1, 2}, {3, 4}}, 100)[0]
	for _, bad := range [][]byte{nil, good[:3], good[:len(good)-1], append(bytes.Clone(good), 0)} {
		reader := blockReader[fixed]{t: typeOf[fixed](t)}
		err := reader.open(bad)
		if err == nil {
			_, err = reader.read(make([]fixed, 10))
		}
		if err == nil {
			t.Errorf("% x was read", bad)
		}
	}
}

func BenchmarkAppendToBlocks(b *testing.B) {
	words := randomWords(rand.New(rand.NewPCG(1, 1)), 1024, 40)
	a := newBlockAppender(typeOf[word](b))
	page := make([]byte, 64<<10)
	a.begin(page)
	b.ReportAllocs()
	for b.Loop() {
		for rest := words; len(rest) > 0; {
			if rest = rest[a.appendRows(rest):]; len(rest) > 0 {
				a.end()
				a.begin(page)
			}
		}
	}
}
