package outofcore

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
)

func TestAComparisonThatIsNoOrderIsReported(t *testing.T) {
	rows := make([]pair, 10_000)
	r := random(t)
	for i := range rows {
		rows[i] = pair{r.Int64N(1000), r.Int64N(1000)}
	}
	for name, compare := range map[string]func(a, b pair) int{
		"by chance": func(a, b pair) int {
			x := uint64(a.A*1000+a.B)*0x9e3779b97f4a7c15 ^ uint64(b.A*1000+b.B)*0xbf58476d1ce4e5b9
			return int(x>>40&2) - 1
		},
		"always larger": func(_, _ pair) int { return 1 },
		"one way only": func(a, b pair) int {
			if a.A < b.A {
				return 0
			}
			return 1
		},
	} {
		for _, pages := range []int{MinPages, 500} {
			s := NewSorter(typeOf[pair](t), ByFunc(compare), testRoom(t, host.New(), pages))
			err := s.Add(rows)
			if err == nil {
				err = s.Sort()
			}
			for err == nil {
				_, err = s.Next()
			}
			if !strings.Contains(err.Error(), "the comparison is no order: ") {
				t.Errorf("%s, %d pages: %v", name, pages, err)
			}
			if _, again := s.Next(); again != err {
				t.Errorf("then: %v", again)
			}
			s.Close()
		}
	}
}

// Closing early, at any place, gives everything back: testRoom looks.
func TestASorterThatIsClosedEarlyLeavesNothing(t *testing.T) {
	r := random(t)
	rows := make([]string, 30_000)
	for i := range rows {
		rows[i] = randomText(r, "abc", 60)
	}
	for _, pages := range []int{MinPages, 40, 500} {
		for stop := range 5 {
			s := NewSorter(typeOf[string](t), itself[string](t), testRoom(t, host.New(), pages))
			if stop > 0 {
				if err := s.Add(rows[:len(rows)/5*stop]); err != nil {
					t.Fatal(err)
				}
			}
			if stop > 2 {
				if err := s.Sort(); err != nil {
					t.Fatal(err)
				}
				for range stop - 3 {
					if _, err := s.Next(); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.Close()
			s.Close()
		}
	}
}

func TestASorterReportsWhatTheDiskDoes(t *testing.T) {
	r := random(t)
	rows := make([]pair, 60_000)
	for i := range rows {
		rows[i] = pair{r.Int64(), r.Int64()}
	}
	for _, op := range []faulty.Operation{faulty.Scratch, faulty.Write, faulty.Read} {
		for _, after := range []int{0, 1, 5, 10} {
			disk := faulty.New(host.New())
			disk.FailAfter(op, "*", after, syscall.EIO)
			s := NewSorter(typeOf[pair](t), itself[pair](t), testRoom(t, disk, MinPages))
			err := s.Add(rows)
			if err == nil {
				err = s.Sort()
			}
			for err == nil {
				_, err = s.Next()
			}
			if disk.Failed(op) > 0 && !errors.Is(err, syscall.EIO) || disk.Failed(op) == 0 && after == 0 {
				t.Errorf("%s after %d: %v", op, after, err)
			}
			s.Close()
		}
	}
	disk := faulty.New(host.New())
	disk.FillUp(300_000)
	s := NewSorter(typeOf[pair](t), itself[pair](t), testRoom(t, disk, MinPages))
	err := s.Add(rows)
	if err == nil {
		err = s.Sort()
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk: %v", err)
	}
	s.Close()
}

// A panic of a user's function leaves the sorter so that it can be closed.
func TestASorterCanBeClosedAfterAPanic(t *testing.T) {
	rows := make([]pair, 20_000)
	for _, pages := range []int{MinPages, 200} {
		for _, after := range []int{1, 100, 10_000, 50_000} {
			calls := 0
			s := NewSorter(typeOf[pair](t), ByFunc(func(_, _ pair) int {
				if calls++; calls > after {
					panic("enough")
				}
				return 0
			}), testRoom(t, host.New(), pages))
			func() {
				defer func() { _ = recover() }()
				err := s.Add(rows)
				if err == nil {
					err = s.Sort()
				}
				for err == nil {
					_, err = s.Next()
				}
			}()
			s.Close()
		}
	}
}
