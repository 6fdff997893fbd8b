package outofcore

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
)

func TestBlocksComeBackInOrderWhateverFitsIntoMemory(t *testing.T) {
	for i, pages := range []int64{0, 1, 3, 1000, 0, 1, 3, 1000} {
		kept := i > 3
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		budget := memory.NewBudget(1 << 30)
		share, err := budget.Share(pages * int64(budget.PageSize()))
		if err != nil {
			t.Fatal(err)
		}
		space := spill.NewSpace(host.New(), nil, memory.Unlimited())
		b := NewBlocks(Room{share, space}, kept)
		var want [][]byte
		for range 50 {
			n := r.IntN(budget.PageSize() / 3)
			if r.IntN(20) == 0 {
				n = budget.PageSize() + r.IntN(budget.PageSize())
			}
			piece := make([]byte, n)
			for i := range piece {
				piece[i] = byte(r.Uint32() >> 4)
			}
			want = append(want, piece)
			if err := b.Add(piece); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Seal(); err != nil {
			t.Fatal(err)
		}
		read := func(n int) {
			b.Rewind()
			for i, piece := range want[:n] {
				got, err := b.Next(nil)
				if err != nil || !bytes.Equal(got, piece) {
					t.Fatalf("seed %d, %d pages, kept %t: piece %d is another one (%v)", seed, pages, kept, i, err)
				}
			}
		}
		if kept {
			read(r.IntN(len(want)))
			read(len(want))
		}
		read(len(want))
		if _, err := b.Next(nil); !errors.Is(err, io.EOF) {
			t.Errorf("behind the last piece: %v", err)
		}
		b.Close()
		b.Close()
		if now, peak := share.Used(); now != 0 || peak > share.Limit() {
			t.Errorf("%d pages: %d bytes in use, at most %d", pages, now, peak)
		}
		if err := space.Close(); err != nil {
			t.Error(err)
		}
		if n := space.Stored(); n != 0 {
			t.Errorf("%d bytes are left on the disk", n)
		}
	}
}
