package spill

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

// noise returns bytes that cannot be compressed.
func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestAPageIsSwappedUnlessItsBlockGetsSmaller(t *testing.T) {
	s, _ := newSpace(t, 20)
	r := newRandom(t)
	for _, c := range []struct {
		block   []byte
		swapped bool
	}{
		{noise(r, s.Piece()), true},
		{noise(r, s.Piece()/2), true},
		{noise(r, 100), false},
		{nil, false},
		{make([]byte, s.Piece()), false},
		{noise(r, s.Piece()+1), false},
	} {
		w, err := s.Create()
		if err != nil {
			t.Fatal(err)
		}
		const some = 50 // more than there are buffers
		page := make([]byte, page)
		for range some {
			end := Margin + copy(page[Margin:], c.block)
			next, err := w.Swap(page, end)
			if err != nil {
				t.Fatal(err)
			}
			if len(next) != len(page) || (&next[0] != &page[0]) != c.swapped {
				t.Errorf("a block of %d bytes: the next page has %d of %d bytes, and is another one: %v", len(c.block), len(next), len(page), !c.swapped)
			}
			page = next
			clear(page)
		}
		f, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := check(f.Reader(f.Start(), f.End()), slices.Repeat([][]byte{c.block}, some)); err != nil {
			t.Errorf("a block of %d bytes: %v", len(c.block), err)
		}
	}
	w, err := s.Create()
	if err != nil {
		t.Fatal(err)
	}
	other := noise(r, 2*page)
	if next, err := w.Swap(other, Margin+page); err != nil || &next[0] != &other[0] {
		t.Errorf("a page of another size was swapped, %v", err)
	}
	w.Discard()
	if next, err := w.Swap(other[:page], page-100); !errors.Is(err, errRemoved) || len(next) != page {
		t.Errorf("in a file that is removed: a page of %d bytes, %v", len(next), err)
	}
}

// What was lent stays as it is until the next call, whatever is read meanwhile.
func TestWhatIsLentStaysUntilTheNextCall(t *testing.T) {
	s, _ := newSpace(t, 100)
	r := newRandom(t)
	var blocks [][]byte
	for range 200 {
		blocks = append(blocks, noise(r, 1+r.IntN(s.Piece()/4)))
	}
	f, _ := write(t, s, blocks)
	reader, other := f.Reader(f.Start(), f.End()), f.Reader(f.Start(), f.End())
	defer reader.Close()
	defer other.Close()
	lent := 0
	for i, want := range blocks {
		got, is, err := reader.Lend(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Next(nil); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("block %d of %d bytes is %d others", i, len(want), len(got))
		}
		if is {
			lent++
		}
	}
	if _, is, err := reader.Lend(nil); is || err != io.EOF {
		t.Errorf("at the end: %v, lent %v", err, is)
	}
	if lent < len(blocks)/2 {
		t.Errorf("%d of %d blocks were lent", lent, len(blocks))
	}
}

// Pages that were swapped are written and read one at a time, from multiples of their
// size on, so that none of their blocks lies in two buffers.
func TestASwappedPageIsWrittenAndReadAsAWhole(t *testing.T) {
	s, host := newSpace(t, 200)
	r := newRandom(t)
	w, err := s.Create()
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]byte
	for range 100 {
		page := make([]byte, page)
		blocks = append(blocks, noise(r, s.Piece()-r.IntN(len(page)/fillUp-overhead)))
		if _, err := w.Swap(page, Margin+copy(page[Margin:], blocks[len(blocks)-1])); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	reader := f.Reader(f.Start(), f.End())
	defer reader.Close()
	for i, want := range blocks {
		if got, lent, err := reader.Lend(nil); err != nil || !lent || !bytes.Equal(got, want) {
			t.Fatalf("block %d of %d bytes is %d others, lent %v: %v", i, len(want), len(got), lent, err)
		}
	}
	host.mu.Lock()
	defer host.mu.Unlock()
	for _, sizes := range [][]int{host.writes, host.reads} {
		if len(sizes) != len(blocks) || slices.Min(sizes) != page || slices.Max(sizes) != page {
			t.Errorf("%d blocks in %d operations, of %v bytes", len(blocks), len(sizes), sizes)
		}
	}
}

// What cannot be compressed is written in whole pages, whatever the blocks are.
func TestCopiedBlocksFillPagesUp(t *testing.T) {
	s, host := newSpace(t, 20)
	r := newRandom(t)
	var blocks [][]byte
	for range 300 {
		blocks = append(blocks, noise(r, []int{0, 1, 20, 1000, page - 40 + r.IntN(80), 3 * page}[r.IntN(6)]))
	}
	f, _ := write(t, s, blocks)
	if err := check(f.Reader(f.Start(), f.End()), blocks); err != nil {
		t.Error(err)
	}
	host.mu.Lock()
	defer host.mu.Unlock()
	short := 0 // the file's last one, which need not be the last to be done
	for i, n := range host.writes {
		if n != page {
			if short++; short > 1 {
				t.Errorf("write %d of %d is of %d bytes", i, len(host.writes), n)
			}
		}
	}
}

// Readers that come later get buffers, too: those before them give theirs up.
func TestEveryReaderGetsABuffer(t *testing.T) {
	s, _ := newSpace(t, 40)
	r := newRandom(t)
	blocks := slices.Repeat([][]byte{noise(r, s.Piece())}, 20)
	f, _ := write(t, s, blocks)
	readers := make([]*Reader, s.buffers.holds)
	for i := range readers {
		readers[i] = f.Reader(f.Start(), f.End())
	}
	for i := range blocks {
		if i == 5 {
			for k, reader := range readers {
				if !reader.held && reader.queue.count == 0 {
					t.Errorf("reader %d of %d has no buffer", k, len(readers))
				}
			}
		}
		for _, reader := range readers {
			if b, err := reader.Next(nil); err != nil || !bytes.Equal(b, blocks[i]) {
				t.Fatalf("block %d: %v", i, err)
			}
		}
	}
	for _, reader := range readers {
		reader.Close()
	}
}
