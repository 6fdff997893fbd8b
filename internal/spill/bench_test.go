package spill

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// The benchmarks move this many blocks of benchPage bytes in one go.
const (
	benchPage   = 64 << 10
	benchBlocks = 1024
)

func noiseBlock() []byte {
	r := rand.New(rand.NewPCG(1, 1))
	b := make([]byte, 0, benchPage)
	for len(b) < benchPage {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b
}

// rowsBlock is what encoded rows look like: a length, a word of a small
// vocabulary, and numbers of which few bytes are not zero.
func rowsBlock() []byte {
	r := rand.New(rand.NewPCG(1, 1))
	words := make([][]byte, 5000)
	for i := range words {
		words[i] = make([]byte, 3+r.IntN(9))
		for k := range words[i] {
			words[i][k] = byte('a' + r.IntN(26))
		}
	}
	b := make([]byte, 0, benchPage+100)
	for len(b) < benchPage {
		word := words[r.IntN(len(words))]
		b = binary.LittleEndian.AppendUint32(b, uint32(len(word)+24))
		b = binary.LittleEndian.AppendUint64(b, uint64(r.IntN(1e6)))
		b = binary.LittleEndian.AppendUint32(b, uint32(24))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(word)))
		b = append(b, word...)
	}
	return b[:benchPage]
}

func benchSpace(b *testing.B) *Space {
	b.Helper()
	share, err := memory.NewBudget(64 << 20).Share(64 * benchPage)
	if err != nil {
		b.Fatal(err)
	}
	s := NewSpace(host.New(), []string{b.TempDir()}, share)
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func writeBench(tb testing.TB, s *Space, block []byte, n int) *File {
	tb.Helper()
	w, err := s.Create()
	if err != nil {
		tb.Fatal(err)
	}
	for range n {
		if err := w.Write(block); err != nil {
			tb.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func readBench(tb testing.TB, f *File, into []byte) {
	tb.Helper()
	r := f.Reader(f.Start(), f.End())
	defer r.Close()
	for {
		if _, err := r.Next(into[:0]); err == io.EOF {
			return
		} else if err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkBlocks writes and reads a file, beside what the same bytes take as they
// are, with nothing but WriteAt and ReadAt.
func BenchmarkBlocks(b *testing.B) {
	for _, c := range []struct {
		name  string
		block []byte
	}{{"noise", noiseBlock()}, {"rows", rowsBlock()}} {
		into := make([]byte, benchPage)
		b.Run(c.name+"/write", func(b *testing.B) {
			s := benchSpace(b)
			b.SetBytes(benchPage * benchBlocks)
			b.ReportAllocs()
			for b.Loop() {
				f := writeBench(b, s, c.block, benchBlocks)
				b.ReportMetric(float64(f.Size())/float64(f.Stored()), "smaller")
				f.Remove()
			}
		})
		b.Run(c.name+"/read", func(b *testing.B) {
			f := writeBench(b, benchSpace(b), c.block, benchBlocks)
			b.SetBytes(benchPage * benchBlocks)
			b.ReportAllocs()
			for b.Loop() {
				readBench(b, f, into)
			}
		})
	}
	block, dir := noiseBlock(), b.TempDir()
	plain := func(b *testing.B) host.ScratchFile {
		f, err := host.New().Scratch(dir)
		if err != nil {
			b.Fatal(err)
		}
		for i := range benchBlocks {
			if _, err := f.WriteAt(block, int64(i)*benchPage); err != nil {
				b.Fatal(err)
			}
		}
		return f
	}
	b.Run("plain/write", func(b *testing.B) {
		b.SetBytes(benchPage * benchBlocks)
		for b.Loop() {
			if err := plain(b).Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("plain/read", func(b *testing.B) {
		f := plain(b)
		defer f.Close()
		b.SetBytes(benchPage * benchBlocks)
		for b.Loop() {
			for i := range benchBlocks {
				if _, err := f.ReadAt(block, int64(i)*benchPage); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// makeBuffers makes all a space will ever have.
func makeBuffers(s *Space) {
	var all [][]byte
	for range s.buffers.most {
		all = append(all, s.buffers.take(nil))
	}
	for _, b := range all {
		s.buffers.give(b)
	}
}

func TestBlocksAllocateNothing(t *testing.T) {
	share, err := memory.NewBudget(64 << 20).Share(64 * benchPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range [][]byte{noiseBlock(), rowsBlock()} {
		s := NewSpace(host.New(), []string{t.TempDir()}, share)
		w, err := s.Create()
		if err != nil {
			t.Fatal(err)
		}
		makeBuffers(s)
		const some = 100 // blocks
		wrote := testing.AllocsPerRun(10, func() {
			for range some {
				if err := w.Write(block); err != nil {
					t.Error(err)
				}
			}
		})
		f, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		r := f.Reader(f.Start(), f.End())
		into := make([]byte, benchPage)
		read := testing.AllocsPerRun(9, func() {
			for range some {
				if _, err := r.Next(into[:0]); err != nil {
					t.Error(err)
				}
			}
		})
		r.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if wrote > some/2 || read > some/2 {
			t.Errorf("%v allocations for %d blocks written, %v for as many read", wrote, some, read)
		}
	}
}
