package spill

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/sim"
)

// writeOrSwap writes a block in one of two ways, and returns the page for the next one.
func writeOrSwap(r *rand.Rand, w *Writer, page, block []byte) ([]byte, error) {
	if len(block) > len(page)-Margin || r.IntN(2) == 0 {
		lent := bytes.Clone(block)
		defer clear(lent)
		return page, w.Write(lent)
	}
	return w.Swap(page, Margin+copy(page[Margin:], block))
}

// nextOrLend reads a block in one of two ways.
func nextOrLend(r *rand.Rand, from *Reader) ([]byte, error) {
	if r.IntN(2) == 0 {
		return from.Next(nil)
	}
	block, _, err := from.Lend(nil)
	return block, err
}

// job is one task of a simulated run: it writes files and reads them, several at a
// time, and gives some up in the middle. What is read must be what was written;
// an error is returned.
func job(s *Space, r *rand.Rand) error {
	var readers []*Reader
	var wanted [][][]byte
	var files []*File
	defer func() {
		for i, f := range files {
			if i%2 == 0 {
				readers[i].Close()
				f.Remove()
			} else { // in the other order than asked for
				f.Remove()
				readers[i].Close()
			}
		}
	}()
	for range 1 + r.IntN(3) {
		w, err := s.Create()
		if err != nil {
			return err
		}
		blocks := randomBlocks(r, r.IntN(12))
		page := make([]byte, s.buffers.size)
		for _, b := range blocks {
			if page, err = writeOrSwap(r, w, page, b); err != nil {
				w.Discard()
				return err
			}
		}
		if r.IntN(4) == 0 {
			w.Discard()
			continue
		}
		f, err := w.Close()
		if err != nil {
			w.Discard()
			return err
		}
		files = append(files, f)
		wanted = append(wanted, blocks)
		readers = append(readers, f.Reader(f.Start(), f.End()))
	}
	if len(files) == 0 {
		return nil
	}
	for range r.IntN(40) {
		i := r.IntN(len(files))
		b, err := nextOrLend(r, readers[i])
		if err == io.EOF && len(wanted[i]) == 0 {
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(b, wanted[i][0]) {
			panic("a block is not what was written")
		}
		wanted[i] = wanted[i][1:]
	}
	return nil
}

// simulate runs tasks with a space on h, which is h or something on top of it,
// and returns what they say.
func simulate(t *testing.T, seed uint64, pages int, dress func(h *sim.Host) host.Host) (errs []error) {
	t.Helper()
	h := sim.New(seed)
	w := &watched{Host: dress(h)}
	sh := share(t, pages)
	errs = make([]error, 5)
	err := h.Run(func() {
		s := NewSpace(w, []string{"/one", "/two"}, sh)
		tasks := host.NewGroup(h)
		for i := range errs {
			tasks.Go(func() { errs[i] = job(s, rand.New(rand.NewPCG(seed, uint64(i)))) })
		}
		tasks.Wait()
		errs = append(errs, s.Close())
		if s.Stored() != 0 || s.buffers.held != 0 {
			t.Errorf("seed %d: %d bytes are stored and %d buffers held at the end", seed, s.Stored(), s.buffers.held)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if now, peak := sh.Used(); now != 0 || peak > max(sh.Limit(), MinShare(page)) || w.open != 0 {
		t.Fatalf("seed %d: %d bytes in use, at most %d, %d files open", seed, now, peak, w.open)
	}
	return errs
}

func TestTasksShareASpaceInAnyOrderOfEvents(t *testing.T) {
	for seed := range uint64(60) {
		for _, pages := range []int{0, 5, 9, 100} {
			if err := errors.Join(simulate(t, seed, pages, func(h *sim.Host) host.Host { return h })...); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}

// Whatever the disk does, tasks end, get its error, and nothing is left.
func TestADiskThatFailsIsReported(t *testing.T) {
	faults := []func(h *faulty.Host, n int){
		func(h *faulty.Host, n int) { h.FailAfter(faulty.Write, "*", n, syscall.EIO) },
		func(h *faulty.Host, n int) { h.FailAfter(faulty.Read, "*", n, syscall.EIO) },
		func(h *faulty.Host, n int) { h.FailAfter(faulty.Scratch, "*", n%5, syscall.EIO) },
		func(h *faulty.Host, n int) { h.FailAfter(faulty.Close, "*", n%5, syscall.EIO) },
		func(h *faulty.Host, n int) { h.FillUp(int64(n) * page) },
	}
	found := make([]int, len(faults))
	for seed := range uint64(400) {
		kind := int(seed) % len(faults)
		var disk *faulty.Host
		errs := simulate(t, seed, int(seed/5)%12, func(h *sim.Host) host.Host {
			disk = faulty.New(h)
			faults[kind](disk, int(seed/20))
			return disk
		})
		want := error(syscall.EIO)
		if kind == 4 {
			want = syscall.ENOSPC
		}
		for _, err := range errs {
			if err != nil && !errors.Is(err, want) {
				t.Errorf("seed %d: %v", seed, err)
			}
			if err != nil {
				found[kind]++
			}
		}
	}
	for kind, n := range found {
		if n == 0 {
			t.Errorf("fault %d was never met", kind)
		}
	}
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	for seed := range uint64(20) {
		var traces []string
		for range 2 {
			var machine *sim.Host
			simulate(t, seed, 6, func(h *sim.Host) host.Host { machine = h; return h })
			traces = append(traces, machine.Trace())
		}
		if traces[0] != traces[1] {
			t.Errorf("seed %d: runs differ", seed)
		}
	}
}

func TestAFullDiskSaysWhatIsThere(t *testing.T) {
	h := sim.New(1, sim.Calm())
	disk := faulty.New(h)
	disk.FillUp(20*page + 100)
	noise := make([]byte, page)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	err := h.Run(func() {
		s := NewSpace(disk, []string{"/spill"}, share(t, 5))
		w, err := s.Create()
		if err != nil {
			t.Error(err)
			return
		}
		for range 500 {
			if err = w.Write(noise); err != nil {
				break
			}
		}
		if err == nil {
			_, err = w.Close()
		}
		want := "spill: cannot write 16 KiB at byte 327680 of a file in /spill, with 320.1 KiB spilled there and 320.1 KiB in all: write /spill: no space left on device"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if again := w.Write(noise); again == nil || again.Error() != err.Error() {
			t.Errorf("the next block: %v", again)
		}
		w.Discard()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadersAndWritersOfAClosedSpaceFail(t *testing.T) {
	for seed := range uint64(50) {
		h := sim.New(seed)
		err := h.Run(func() {
			s := NewSpace(h, nil, memory.Unlimited())
			f, _ := write(t, s, [][]byte{make([]byte, 100), make([]byte, 100)})
			r := f.Reader(f.Start(), f.End())
			w, err := s.Create()
			if err == nil {
				err = w.Write(make([]byte, 100))
			}
			if err != nil || s.Close() != nil || s.Close() != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			if err := w.Write(nil); !errors.Is(err, errRemoved) {
				t.Errorf("seed %d: write: %v", seed, err)
			}
			if _, err := w.Close(); !errors.Is(err, errRemoved) {
				t.Errorf("seed %d: close: %v", seed, err)
			}
			if another := f.Reader(f.Start(), f.End()); true {
				if _, err := another.Next(nil); !errors.Is(err, errRemoved) {
					t.Errorf("seed %d: read: %v", seed, err)
				}
			}
			r.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReaderReadsAhead(t *testing.T) {
	for _, c := range []struct {
		pages int
		reads []int // before each block
	}{
		{200, []int{4, 4, 5, 6, 7, 8, 8, 8}}, // three of four buffers may be used
		{0, []int{1, 2, 3, 4, 5, 6, 7, 8}},
	} {
		h := sim.New(1)
		w := &watched{Host: h}
		err := h.Run(func() {
			s := NewSpace(w, nil, share(t, c.pages))
			noise := make([]byte, s.Piece())
			for i := range noise {
				noise[i] = byte(h.Random())
			}
			out, err := s.Create()
			for range c.reads {
				if err == nil {
					page := make([]byte, page)
					_, err = out.Swap(page, Margin+copy(page[Margin:], noise))
				}
			}
			f, err2 := out.Close()
			if err = errors.Join(err, err2); err != nil {
				t.Error(err)
				return
			}
			r := f.Reader(f.Start(), f.End())
			for i, reads := range c.reads {
				h.Sleep(time.Second)
				if len(w.reads) != reads {
					t.Errorf("%d pages: before block %d there were %d reads", c.pages, i, len(w.reads))
				}
				if b, _, err := r.Lend(nil); err != nil || !bytes.Equal(b, noise) {
					t.Errorf("%d pages: block %d: %v", c.pages, i, err)
				}
			}
			r.Close()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	s, w := newSpace(t, 20)
	r := newRandom(t)
	blocks := [][]byte{[]byte(strings.Repeat("row ", 50)), []byte("short"), {}, randomBlock(r, 100)}
	f, at := write(t, s, blocks)
	for bit := range f.End().offset * 8 {
		w.flip = func(b []byte, offset int64) []byte {
			b = bytes.Clone(b)
			if i := bit/8 - offset; i >= 0 && i < int64(len(b)) {
				b[i] ^= 1 << (bit % 8)
			}
			return b
		}
		reader := f.Reader(f.Start(), f.End())
		for i, want := range blocks {
			got, err := reader.Next(nil)
			bad := i == len(blocks)-1 || bit/8 < at[i+1].offset
			if !bad {
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("bit %d: block %d: %v", bit, i, err)
				}
				continue
			}
			place := fmt.Sprintf("spill: the block at byte %d of a file in ", at[i].offset)
			if err == nil || !strings.HasPrefix(err.Error(), place) || !strings.Contains(err.Error(), " is corrupt: its ") {
				t.Fatalf("bit %d: block %d: %v", bit, i, err)
			}
			if _, again := reader.Next(nil); again != err {
				t.Fatalf("bit %d: the next call: %v", bit, again)
			}
			break
		}
		reader.Close()
	}
}

func TestAFileThatIsCutOffIsFound(t *testing.T) {
	s, w := newSpace(t, 20)
	blocks := [][]byte{[]byte(strings.Repeat("row ", 50)), []byte("short")}
	f, at := write(t, s, blocks)
	for length := range f.End().offset {
		w.flip = func(b []byte, offset int64) []byte { return b[:max(0, min(int64(len(b)), length-offset))] }
		err := check(f.Reader(f.Start(), f.End()), blocks)
		if want := fmt.Sprintf("ends at byte %d: more was written", length); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("cut off at %d: %v", length, err)
		}
	}
	w.flip = nil
	for end := at[0].offset + 1; end < f.End().offset; end++ {
		if end != at[1].offset {
			err := check(f.Reader(at[0], Position{end}), blocks)
			if err == nil || !strings.Contains(err.Error(), "is corrupt") {
				t.Errorf("to %d: %v", end, err)
			}
		}
	}
}
