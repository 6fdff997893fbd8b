package memory_test

import (
	"sync"
	"testing"

	"github.com/thalweg/thalweg/internal/memory"
)

func TestAShareEndsAtItsLimit(t *testing.T) {
	b := memory.NewBudget(1 << 20)
	s, err := b.Share(4 * int64(b.PageSize()))
	if err != nil {
		t.Fatal(err)
	}
	var pages [][]byte
	for p := s.Page(); p != nil; p = s.Page() {
		pages = append(pages, p)
	}
	if len(pages) != 4 || s.Left() != 0 || s.Reserve(1) {
		t.Errorf("%d pages, %d bytes left", len(pages), s.Left())
	}
	s.Free(pages[0])
	s.Retire(pages[1])
	if now, peak := s.Used(); now != 2*int64(b.PageSize()) || peak != 4*int64(b.PageSize()) {
		t.Errorf("in use %d, at most %d", now, peak)
	}
	if again := s.Page(); &again[0] != &pages[0][0] {
		t.Error("a freed page was not used again")
	}
	s.Force(1 << 30)
	if s.Reserve(1) {
		t.Error("a share beyond its limit gave more")
	}
	s.Close()
	if now, peak := b.Used(); now != 0 || peak < 1<<30 || b.Ungranted() != b.Limit() {
		t.Errorf("after the end %d in use, at most %d, %d not granted", now, peak, b.Ungranted())
	}
}

func TestABudgetGrantsNoMoreThanItHas(t *testing.T) {
	b := memory.NewBudget(1 << 20)
	if _, err := b.Share(1<<20 + 1); err == nil {
		t.Error("a share larger than the budget")
	}
	if _, err := b.Share(1 << 19); err != nil {
		t.Error(err)
	}
	_, err := b.Share(1<<19 + 1)
	if want := "memory: a share of 512 KiB is wanted, the budget of 1 MiB has 512 KiB left"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestSharesOfManyOwnersAddUp(t *testing.T) {
	b := memory.NewBudget(64 << 20)
	var all sync.WaitGroup
	for range 8 {
		s, err := b.Share(8 << 20)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for range 100 {
				var pages [][]byte
				for p := s.Page(); p != nil; p = s.Page() {
					pages = append(pages, p)
				}
				for _, p := range pages {
					s.Free(p)
				}
			}
			s.Close()
		})
	}
	all.Wait()
	if now, peak := b.Used(); now != 0 || peak > b.Limit() || peak < 8<<20 {
		t.Errorf("%d in use, at most %d", now, peak)
	}
}

func TestPagesGrowWithTheBudget(t *testing.T) {
	for _, c := range []struct {
		budget int64
		page   int
	}{{1 << 20, 16 << 10}, {16 << 20, 16 << 10}, {64 << 20, 64 << 10}, {256 << 20, 256 << 10}, {1 << 40, 1 << 20}} {
		if got := memory.NewBudget(c.budget).PageSize(); got != c.page {
			t.Errorf("%s: pages of %d, want %d", memory.Text(c.budget), got, c.page)
		}
	}
	if got := memory.NewBudgetFor(16<<20, 4000).PageSize(); got != 4<<10 {
		t.Errorf("for many owners there are pages of %d", got)
	}
}

func TestPartsAreAccountedForByTheWhole(t *testing.T) {
	b := memory.NewBudget(1 << 20)
	s, err := b.Share(4 * int64(b.PageSize()))
	if err != nil {
		t.Fatal(err)
	}
	one, two := s.Part(int64(b.PageSize())), s.Part(3*int64(b.PageSize()))
	page := one.Page()
	if page == nil || one.Page() != nil || two.Page() == nil {
		t.Error("parts do not keep their own limits")
	}
	if now, _ := s.Used(); now != 2*int64(b.PageSize()) {
		t.Errorf("the whole has %d in use", now)
	}
	one.Free(page)
	if now, _ := b.Used(); now != int64(b.PageSize()) {
		t.Errorf("the budget has %d in use", now)
	}
}
