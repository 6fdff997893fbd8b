package outofcore

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
)

// row16 looks in memory as it does encoded.
type row16 struct {
	Key  int32
	Some [3]int32
}

// The rows of a file are the same whether a block is aligned, and so seen as it is, or
// not, and whatever the sizes of pages are.
func TestRowsAreSeenOrDecoded(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for _, c := range []struct{ memory, space int64 }{{1 << 20, 1 << 20}, {1 << 20, 1 << 30}, {1 << 30, 1 << 20}} {
		own, err := memory.NewBudget(c.memory).Share(c.memory)
		if err != nil {
			t.Fatal(err)
		}
		buffers, err := memory.NewBudget(c.space).Share(c.space)
		if err != nil {
			t.Fatal(err)
		}
		space := spill.NewSpace(host.New(), []string{t.TempDir()}, buffers)
		f := newRowFile(typeOf[row16](t), Room{own, space}, takePage(own))
		var want []row16
		for range 200_000 {
			row := row16{int32(r.Uint32()), [3]int32{int32(r.Uint32()), int32(r.Uint32()), int32(r.Uint32())}}
			times := 1
			if r.IntN(20_000) == 0 { // a block of these can be compressed
				row, times = row16{}, 10_000
			}
			for range times {
				want = append(want, row)
				if err := f.add(&row); err != nil {
					t.Fatal(err)
				}
			}
		}
		page, err := f.seal()
		if err != nil {
			t.Fatal(err)
		}
		own.Free(page)
		var got []row16
		if err := f.batches(true, func(rows []row16) error {
			if len(rows) > maxBatch {
				t.Errorf("a batch of %d rows", len(rows))
			}
			got = append(got, rows...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("seed %d: %d rows are %d others", seed, len(want), len(got))
		}
		f.close()
		if now, _ := own.Used(); now != 0 {
			t.Errorf("%d bytes are in use", now)
		}
		if err := space.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestABlockThatEndsEarlyOrLateIsRefused(t *testing.T) {
	buffer := make([]byte, blockHeader+3*16+8)
	for at := range 8 { // aligned or not
		for _, size := range []int{2 * 16, 3*16 - 1, 3*16 + 1, 0} {
			block := buffer[at : at+blockHeader+size]
			binary.LittleEndian.PutUint64(block, 3)
			r := newBlockReader(typeOf[row16](t))
			err := r.open(block)
			for rows := []row16{{}}; err == nil && len(rows) > 0; {
				rows, err = r.next()
			}
			if err == nil || !strings.HasPrefix(err.Error(), "outofcore: ") {
				t.Errorf("three rows in %d bytes: %v", size, err)
			}
		}
	}
}
