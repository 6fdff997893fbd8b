package outofcore

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/sim"
	"github.com/thalweg/thalweg/internal/spill"
)

// testRoom returns a room with a number of the smallest pages, on a host whose
// scratch files are in a directory of the test. When the test ends the share must
// be empty.
func testRoom(t testing.TB, h host.Host, pages int) Room {
	t.Helper()
	budget := memory.NewBudget(16 << 20)
	share, err := budget.Share(int64(pages) * memory.UsualPage)
	if err != nil {
		t.Fatal(err)
	}
	space := spill.NewSpace(h, []string{t.TempDir()}, memory.Unlimited())
	t.Cleanup(func() {
		if now, _ := share.Used(); now != 0 {
			t.Errorf("%d bytes of the share are still in use", now)
		}
		if err := space.Close(); err != nil {
			t.Error(err)
		}
	})
	return Room{share, space}
}

// fill adds rows to a new spool, in batches of any size.
func fill[T any](t testing.TB, r *rand.Rand, room Room, rows []T) *Spool[T] {
	t.Helper()
	s := NewSpool(typeOf[T](t), room)
	for rest := rows; len(rest) > 0; {
		n := min(len(rest), r.IntN(2000))
		if err := s.Add(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		if s.Len() != int64(len(rows)-len(rest)) {
			t.Fatalf("%d rows, want %d", s.Len(), len(rows)-len(rest))
		}
	}
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	if size := len(typeOf[T](t).AppendRows(nil, rows)); s.Size() != int64(size) || s.Len() != int64(len(rows)) {
		t.Fatalf("%d rows of %d bytes, want %d of %d", s.Len(), s.Size(), len(rows), size)
	}
	return s
}

// all reads to the end. Strings stay as they were lent.
func all[T any](t testing.TB, r *SpoolReader[T]) (rows []T) {
	t.Helper()
	for {
		some, err := r.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			t.Fatal("a batch without rows")
		}
		rows = append(rows, some...)
	}
}

// spoolAndRead checks everything a spool returns against the rows it was given.
func spoolAndRead[T any](t *testing.T, r *rand.Rand, pages int, rows []T) {
	t.Helper()
	room := testRoom(t, host.New(), pages)
	s := fill(t, r, room, rows)
	defer s.Close()
	first := all(t, s.Read())
	same(t, first, rows)

	// Two readers at a time, of which one stops early.
	one, two := s.Read(), s.Read()
	for range 1 + r.IntN(20) {
		if _, err := one.Next(); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if _, err := two.Next(); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	one.Close()
	if r.IntN(2) == 0 {
		two.Close()
	}
	drained := all(t, s.Drain())
	if now, _ := room.Memory.Used(); now != 0 {
		t.Errorf("%d bytes are in use after the last pass", now)
	}
	// What is done with the pages now is no matter for the rows that were lent.
	for _, page := range freePages(room) {
		for i := range page {
			page[i] = 0xAA
		}
	}
	same(t, drained, rows)
	same(t, first, rows)
}

// freePages takes all pages of a share and accounts for none.
func freePages(room Room) (pages [][]byte) {
	for page := room.Memory.Page(); page != nil; page = room.Memory.Page() {
		pages = append(pages, page)
	}
	for _, page := range pages {
		room.Memory.Retire(page)
	}
	return pages
}

func TestASpoolReturnsWhatItWasGivenInOrder(t *testing.T) {
	r := random(t)
	for range 10 {
		for _, pages := range []int{0, 1, 2, MinPages, 200} {
			spoolAndRead(t, r, pages, randomFixed(r, r.IntN(20000)))
			spoolAndRead(t, r, pages, randomWords(r, r.IntN(5000), 200))
			spoolAndRead(t, r, pages, randomWords(r, r.IntN(300), 100000)) // larger than pages
		}
	}
	spoolAndRead(t, r, 2, []fixed{})
	spoolAndRead(t, r, 0, []word{})
}

func TestASpoolKeepsWhatFitsInMemory(t *testing.T) {
	room := testRoom(t, host.New(), 10)
	s := fill(t, random(t), room, make([]fixed, 5*memory.UsualPage/10))
	defer s.Close()
	if s.file != nil || len(s.blocks) < 5 {
		t.Errorf("%d blocks in memory, file %v", len(s.blocks), s.file)
	}
	more := fill(t, random(t), room, make([]fixed, 10*memory.UsualPage/10))
	defer more.Close()
	if more.file == nil || len(more.blocks) != 3 {
		t.Errorf("%d blocks in memory, file %v", len(more.blocks), more.file)
	}
	if now, peak := room.Memory.Used(); peak > room.Memory.Limit() || now != peak {
		t.Errorf("%d bytes are in use, at most %d", now, peak)
	}
}

func TestASpoolStaysWithinItsShare(t *testing.T) {
	r := random(t)
	room := testRoom(t, host.New(), 3)
	s := fill(t, r, room, randomFixed(r, 50000))
	defer s.Close()
	for range 3 {
		all(t, s.Read())
	}
	all(t, s.Drain())
	if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
		t.Errorf("a share of %d was used up to %d", room.Memory.Limit(), peak)
	}
}

func TestASpoolThatIsClosedEarlyLeavesNothing(t *testing.T) {
	r := random(t)
	for range 20 {
		room := testRoom(t, host.New(), r.IntN(4))
		s := NewSpool(typeOf[word](t), room)
		if r.IntN(5) > 0 {
			if err := s.Add(randomWords(r, r.IntN(3000), 30000)); err != nil {
				t.Fatal(err)
			}
		}
		if r.IntN(2) == 0 {
			if err := s.Seal(); err != nil {
				t.Fatal(err)
			}
			reader := s.Read()
			for range r.IntN(10) {
				if _, err := reader.Next(); err != nil && err != io.EOF {
					t.Fatal(err)
				}
			}
		}
		s.Close()
		s.Close()
	}
}

func TestASpoolReportsWhatTheDiskDoes(t *testing.T) {
	for _, op := range []faulty.Operation{faulty.Scratch, faulty.Write, faulty.Read} {
		t.Run(string(op), func(t *testing.T) {
			h := faulty.New(host.New())
			h.Fail(op, "*", syscall.EIO)
			s := NewSpool(typeOf[word](t), testRoom(t, h, 2))
			defer s.Close()
			err := s.Add(randomWords(random(t), 30000, 200))
			if err == nil {
				err = s.Seal()
			}
			for r := (*SpoolReader[word])(nil); err == nil; {
				if r == nil {
					r = s.Read()
				}
				_, err = r.Next()
			}
			if !errors.Is(err, syscall.EIO) || h.Failed(op) == 0 || !strings.HasPrefix(err.Error(), "outofcore: ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSpoolsOfManyTasksShareASpace(t *testing.T) {
	for seed := range uint64(30) {
		h := sim.New(seed)
		err := h.Run(func() {
			space := spill.NewSpace(h, nil, memory.Unlimited())
			tasks := host.NewGroup(h)
			for task := range uint64(4) {
				tasks.Go(func() {
					r := rand.New(rand.NewPCG(seed, task))
					share, err := memory.NewBudget(16 << 20).Share(r.Int64N(5) * memory.UsualPage)
					if err != nil {
						panic(err)
					}
					rows := randomWords(r, r.IntN(5000), 200)
					s := NewSpool(typeOf[word](t), Room{share, space})
					if err := errors.Join(s.Add(rows), s.Seal()); err != nil {
						panic(err)
					}
					same(t, all(t, s.Read()), rows)
					same(t, all(t, s.Drain()), rows)
				})
			}
			tasks.Wait()
			if err := space.Close(); err != nil {
				t.Error(err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkSpool(b *testing.B) {
	rows := randomFixed(rand.New(rand.NewPCG(1, 1)), 1<<16)
	for name, pages := range map[string]int{"memory": 1000, "file": 0} {
		b.Run(name, func(b *testing.B) {
			room := testRoom(b, host.New(), pages)
			b.SetBytes(int64(len(rows)) * 10)
			b.ReportAllocs()
			for b.Loop() {
				s := NewSpool(typeOf[fixed](b), room)
				for at := 0; at < len(rows); at += 1024 {
					if err := s.Add(rows[at:min(at+1024, len(rows))]); err != nil {
						b.Fatal(err)
					}
				}
				if err := s.Seal(); err != nil {
					b.Fatal(err)
				}
				for r, err := s.Drain(), error(nil); err != io.EOF; {
					if _, err = r.Next(); err != nil && err != io.EOF {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
