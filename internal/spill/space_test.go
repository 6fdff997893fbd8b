package spill

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

const page = 16 << 10 // of a small budget

// share returns a share of a number of pages.
func share(t testing.TB, pages int) *memory.Share {
	t.Helper()
	s, err := memory.NewBudget(16 << 20).Share(int64(pages) * page)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newRandom returns a generator and says its seed if the test fails.
func newRandom(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// randomBlock returns up to most bytes, which can be compressed more or less.
func randomBlock(r *rand.Rand, most int) []byte {
	b := make([]byte, r.IntN(most+1))
	letters := []int{1, 2, 30, 256}[r.IntN(4)]
	for i := range b {
		b[i] = byte(r.IntN(letters))
	}
	return b
}

// watched is a host that has an eye on the scratch files: how many are open, and
// how large the operations on them are.
type watched struct {
	host.Host
	mu            sync.Mutex
	open          int
	dirs          []string
	reads, writes []int
	flip          func(b []byte, offset int64) []byte // what a read brings
}

type watchedFile struct {
	host.ScratchFile
	w *watched
}

func (w *watched) Scratch(dir string) (host.ScratchFile, error) {
	f, err := w.Host.Scratch(dir)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open++
	w.dirs = append(w.dirs, dir)
	return &watchedFile{f, w}, nil
}

func (f *watchedFile) Close() error {
	f.w.mu.Lock()
	f.w.open--
	f.w.mu.Unlock()
	return f.ScratchFile.Close()
}

func (f *watchedFile) WriteAt(b []byte, offset int64) (int, error) {
	f.w.mu.Lock()
	f.w.writes = append(f.w.writes, len(b))
	f.w.mu.Unlock()
	return f.ScratchFile.WriteAt(b, offset)
}

func (f *watchedFile) ReadAt(b []byte, offset int64) (int, error) {
	f.w.mu.Lock()
	f.w.reads = append(f.w.reads, len(b))
	flip := f.w.flip
	f.w.mu.Unlock()
	n, err := f.ScratchFile.ReadAt(b, offset)
	if flip != nil {
		kept := copy(b, flip(b[:n], offset))
		if kept < n {
			return kept, io.EOF
		}
	}
	return n, err
}

// newSpace returns a space on the machine, with a share of pages. When the test
// ends it is closed, and must leave nothing.
func newSpace(t testing.TB, pages int) (*Space, *watched) {
	t.Helper()
	w := &watched{Host: host.New()}
	sh := share(t, pages)
	s := NewSpace(w, []string{t.TempDir()}, sh)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if now, peak := sh.Used(); now != 0 || w.open != 0 || s.Stored() != 0 || peak > max(sh.Limit(), MinShare(page)) {
			t.Errorf("at the end %d bytes in use, at most %d, %d files open, %d bytes stored", now, peak, w.open, s.Stored())
		}
		if s.buffers.held != 0 {
			t.Errorf("at the end %d buffers are held", s.buffers.held)
		}
	})
	return s, w
}

// write makes a file of blocks and says where each begins.
func write(t testing.TB, s *Space, blocks [][]byte) (*File, []Position) {
	t.Helper()
	w, err := s.Create()
	if err != nil {
		t.Fatal(err)
	}
	var at []Position
	for _, b := range blocks {
		at = append(at, w.Position())
		lent := bytes.Clone(b)
		if err := w.Write(lent); err != nil {
			t.Fatal(err)
		}
		clear(lent)
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return f, at
}

// check reads blocks to the end of a reader, which it closes.
func check(r *Reader, blocks [][]byte) error {
	defer r.Close()
	got := make([]byte, 3)
	for i, want := range blocks {
		if i%3 == 0 { // not with Next alone
			lent, is, err := r.Lend(got[:0])
			if err != nil {
				return err
			}
			if !bytes.Equal(lent, want) {
				return fmt.Errorf("block %d of %d bytes is %d others", i, len(want), len(lent))
			}
			if !is {
				got = lent
			}
			continue
		}
		got = append(got[:0], "front"...)
		var err error
		if got, err = r.Next(got); err != nil {
			return err
		}
		if !bytes.Equal(got[len("front"):], want) || string(got[:len("front")]) != "front" {
			return fmt.Errorf("block %d of %d bytes is %d others", i, len(want), len(got))
		}
	}
	for range 2 {
		if b, err := r.Next(got[:3]); err != io.EOF || len(b) != 3 {
			return fmt.Errorf("at the end: %d bytes, %v", len(b), err)
		}
	}
	return nil
}

func randomBlocks(r *rand.Rand, n int) [][]byte {
	blocks := make([][]byte, n)
	for i := range blocks {
		blocks[i] = randomBlock(r, []int{0, 10, 1000, page, page, 5 * page}[r.IntN(6)])
	}
	return blocks
}

func TestBlocksComeBackAsTheyWereWritten(t *testing.T) {
	r := newRandom(t)
	for _, pages := range []int{0, 4, 5, 9, 1000} {
		s, _ := newSpace(t, pages)
		for range 10 {
			blocks := randomBlocks(r, r.IntN(100))
			f, at := write(t, s, blocks)
			if err := check(f.Reader(f.Start(), f.End()), blocks); err != nil {
				t.Fatal(err)
			}
			at = append(at, f.End())
			from := r.IntN(len(at))
			to := from + r.IntN(len(at)-from)
			if err := check(f.Reader(at[from], at[to]), blocks[from:to]); err != nil {
				t.Fatalf("from %d to %d: %v", from, to, err)
			}
			var size int64
			for _, b := range blocks {
				size += int64(len(b))
			}
			if f.Size() != size || f.Stored() > size+int64(headerSize*len(blocks)*6) || s.Stored() < f.Stored() {
				t.Errorf("%d bytes in %d, want %d; the disk has %d", f.Size(), f.Stored(), size, s.Stored())
			}
			f.Remove()
		}
		if raw, stored := s.Written(); raw == 0 || stored == 0 {
			t.Errorf("%d bytes written, %d stored", raw, stored)
		}
	}
}

func TestManyFilesAreWrittenAndReadAtATime(t *testing.T) {
	r := newRandom(t)
	for _, pages := range []int{4, 40, 1000} {
		s, _ := newSpace(t, pages)
		files := make([]struct {
			w      *Writer
			f      *File
			blocks [][]byte
			r      *Reader
		}, 50)
		for i := range files {
			w, err := s.Create()
			if err != nil {
				t.Fatal(err)
			}
			files[i].w = w
		}
		for range 1000 {
			f := &files[r.IntN(len(files))]
			b := randomBlock(r, page)
			f.blocks = append(f.blocks, b)
			if err := f.w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		for i := range files {
			f, err := files[i].w.Close()
			if err != nil {
				t.Fatal(err)
			}
			files[i].f, files[i].r = f, f.Reader(f.Start(), f.End())
		}
		for left := len(files); left > 0; {
			f := &files[r.IntN(len(files))]
			if f.r == nil {
				continue
			}
			b, err := f.r.Next(nil)
			if err == io.EOF && len(f.blocks) == 0 {
				f.r.Close()
				f.f.Remove()
				f.r = nil
				left--
			} else if err != nil || !bytes.Equal(b, f.blocks[0]) {
				t.Fatalf("a block of %d bytes is %d others, %v", len(f.blocks[0]), len(b), err)
			} else {
				f.blocks = f.blocks[1:]
			}
		}
	}
}

func TestDirectoriesAreUsedInTurn(t *testing.T) {
	w := &watched{Host: host.New()}
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	s := NewSpace(w, dirs, share(t, 10))
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			w, err := s.Create()
			if err != nil {
				t.Error(err)
				return
			}
			w.Discard()
		})
	}
	all.Wait()
	for _, dir := range dirs {
		n := 0
		for _, d := range w.dirs {
			if d == dir {
				n++
			}
		}
		if n != 10 {
			t.Errorf("%d of 30 files are in the same directory of 3", n)
		}
	}
	if err := s.Close(); err != nil || w.open != 0 {
		t.Errorf("%d files are open, %v", w.open, err)
	}
	if _, err := s.Create(); !errors.Is(err, errClosed) {
		t.Errorf("a file in a closed space: %v", err)
	}
	missing := NewSpace(host.New(), []string{dirs[0] + "/none"}, share(t, 10))
	if _, err := missing.Create(); err == nil || !strings.Contains(err.Error(), dirs[0]+"/none") {
		t.Errorf("a file in a directory that is not there: %v", err)
	}
}

// A writer that holds a buffer writes more than a page at a time, however short the
// compressed blocks are, and a reader reads a buffer less what it has of a block.
func TestOperationsAreAsLargeAsPages(t *testing.T) {
	s, w := newSpace(t, 20)
	r := rand.New(rand.NewPCG(1, 1))
	var blocks [][]byte
	for range 400 {
		b := make([]byte, s.Piece())
		for i := range b {
			b[i] = byte(r.IntN(2))
		}
		blocks = append(blocks, b)
	}
	f, _ := write(t, s, blocks)
	if f.Stored() > f.Size()*2/5 {
		t.Fatalf("%d bytes take %d", f.Size(), f.Stored())
	}
	if err := check(f.Reader(f.Start(), f.End()), blocks); err != nil {
		t.Fatal(err)
	}
	short := 0
	for _, n := range w.writes {
		if n < page {
			short++
		}
	}
	for i, n := range w.reads {
		if n < 3*page/4 && i < len(w.reads)-1 {
			short++
		}
	}
	if short > 1 {
		t.Errorf("%d operations are short: writes of %v, reads of %v", short, w.writes, w.reads)
	}
}

func TestWhatCannotBeCompressedIsKeptAsItIs(t *testing.T) {
	s, _ := newSpace(t, 20)
	r := newRandom(t)
	noise := make([]byte, s.Piece())
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	blocks := [][]byte{noise}
	for range 3 * plainTimes {
		blocks = append(blocks, make([]byte, s.Piece()))
	}
	f, at := write(t, s, blocks)
	at = append(at, f.End())
	for i := range blocks {
		size := int(at[i+1].offset - at[i].offset)
		if plain := size >= s.Piece()+headerSize; plain != (i <= plainTimes) {
			t.Errorf("block %d takes %d bytes", i, size)
		}
	}
	if err := check(f.Reader(f.Start(), f.End()), blocks); err != nil {
		t.Fatal(err)
	}
	raw, stored := s.Read()
	if rawWritten, storedWritten := s.Written(); raw != rawWritten || stored != storedWritten || raw != f.Size() || stored != f.Stored() {
		t.Errorf("read %d and %d bytes, written %d and %d", raw, stored, rawWritten, storedWritten)
	}
}

func TestALargeBlockComesBackInOnePiece(t *testing.T) {
	s, _ := newSpace(t, 5)
	r := newRandom(t)
	blocks := [][]byte{{1}, make([]byte, 64<<20), {2}, {}}
	for i := 0; i < len(blocks[1]); i += 1 + r.IntN(64) {
		blocks[1][i] = byte(r.Uint32())
	}
	f, at := write(t, s, blocks)
	if err := check(f.Reader(f.Start(), f.End()), blocks); err != nil {
		t.Fatal(err)
	}
	reader := f.Reader(at[1], at[2])
	defer reader.Close()
	if b, err := reader.Next(nil); err != nil || cap(b) != len(blocks[1]) {
		t.Errorf("a block of %d bytes in a slice of %d, %v", len(blocks[1]), cap(b), err)
	}
}

// What is under way on a file keeps it open, not counted.
func TestARemovedFileIsNotStored(t *testing.T) {
	s, w := newSpace(t, 20)
	reading, goOn := make(chan bool), make(chan bool)
	f, _ := write(t, s, [][]byte{bytes.Repeat([]byte("spill"), 100)})
	w.mu.Lock()
	w.flip = func(b []byte, _ int64) []byte {
		close(reading)
		<-goOn
		return b
	}
	w.mu.Unlock()
	r := f.Reader(f.Start(), f.End())
	<-reading
	r.Close()
	f.Remove()
	if n := s.Stored(); n != 0 {
		t.Errorf("%d bytes are stored in files that were removed", n)
	}
	w.mu.Lock()
	open := w.open
	w.mu.Unlock()
	if open != 1 {
		t.Errorf("%d files are open while one is read", open)
	}
	close(goOn)
}

func TestWhoSpilledIsCounted(t *testing.T) {
	s := NewSpace(host.New(), []string{t.TempDir()}, share(t, 8))
	defer s.Close()
	var counts [2]atomic.Int64
	for i, blocks := range []int{3, 1} {
		w, err := s.For(&counts[i]).Create()
		if err != nil {
			t.Fatal(err)
		}
		for range blocks {
			if err := w.Write(make([]byte, 3*page)); err != nil {
				t.Fatal(err)
			}
		}
		f, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		f.Remove()
		if got, want := counts[i].Load(), int64(blocks*3*page); got != want {
			t.Errorf("user %d has written %d bytes, not %d", i, got, want)
		}
	}
	if raw, _ := s.Written(); raw != counts[0].Load()+counts[1].Load() {
		t.Errorf("%d bytes were written altogether, not the sum of %d and %d", raw, counts[0].Load(), counts[1].Load())
	}
}
