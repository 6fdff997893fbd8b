package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/sim"
)

var never time.Time

// run runs f on a new machine and fails the test if the run fails.
func run(t *testing.T, seed uint64, f func(h *sim.Host)) *sim.Host {
	t.Helper()
	h := sim.New(seed)
	if err := h.Run(func() { f(h) }); err != nil {
		t.Fatal(err)
	}
	return h
}

// queue is the simplest thing that waits: a list and its reader's parker.
type queue struct {
	parker host.Parker
	mu     sync.Mutex
	items  []int
}

func (q *queue) put(x int) {
	q.mu.Lock()
	q.items = append(q.items, x)
	q.mu.Unlock()
	q.parker.Unpark()
}

func (q *queue) take() int {
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			x := q.items[0]
			q.items = q.items[1:]
			q.mu.Unlock()
			return x
		}
		q.mu.Unlock()
		q.parker.Park(never)
	}
}

func TestPermitIsNeverLost(t *testing.T) {
	for seed := range uint64(500) {
		run(t, seed, func(h *sim.Host) {
			q := &queue{parker: h.NewParker()}
			group := host.NewGroup(h)
			for producer := range 4 {
				group.Go(func() {
					for i := range 25 {
						q.put(producer*25 + i)
					}
				})
			}
			var got []int
			for range 100 {
				got = append(got, q.take())
			}
			group.Wait()
			slices.Sort(got)
			for i, x := range got {
				if i != x {
					t.Fatalf("seed %d: item %d is %d", seed, i, x)
				}
			}
		})
	}
}

func TestManyPermitsBeforeAParkAreOne(t *testing.T) {
	for seed := range uint64(50) {
		run(t, seed, func(h *sim.Host) {
			p := h.NewParker()
			p.Unpark()
			p.Unpark()
			if !p.Park(never) {
				t.Errorf("seed %d: the permit was not taken", seed)
			}
			if p.Park(h.Now().Add(time.Second)) {
				t.Errorf("seed %d: there was a second permit", seed)
			}
		})
	}
}

func TestParkReturnsAtTheDeadline(t *testing.T) {
	for seed := range uint64(50) {
		run(t, seed, func(h *sim.Host) {
			p := h.NewParker()
			deadline := h.Now().Add(time.Hour)
			if p.Park(deadline) {
				t.Errorf("seed %d: a permit from nowhere", seed)
			}
			if late := h.Now().Sub(deadline); late < 0 || late > time.Second {
				t.Errorf("seed %d: back %v after the deadline", seed, late)
			}
			if p.Park(deadline) {
				t.Errorf("seed %d: a permit from nowhere after the deadline", seed)
			}
		})
	}
}

func TestAPermitThatMeetsTheDeadlineIsTakenNowOrLater(t *testing.T) {
	for seed := range uint64(200) {
		run(t, seed, func(h *sim.Host) {
			p := h.NewParker()
			deadline := h.Now().Add(time.Millisecond)
			group := host.NewGroup(h)
			group.Go(func() {
				h.NewParker().Park(deadline)
				p.Unpark()
			})
			taken := p.Park(deadline)
			group.Wait()
			if !taken && !p.Park(h.Now().Add(time.Second)) {
				t.Errorf("seed %d: the permit is lost", seed)
			}
		})
	}
}

func TestSleepersWakeInTheOrderOfTheirDeadlines(t *testing.T) {
	for seed := range uint64(50) {
		h := sim.New(seed, sim.Calm())
		var order []int
		err := h.Run(func() {
			for _, n := range []int{5, 1, 4, 2, 3} {
				h.Go(func() {
					h.Sleep(time.Duration(n) * time.Minute)
					order = append(order, n)
				})
			}
		})
		if err != nil || !slices.IsSorted(order) {
			t.Fatalf("seed %d: %v %v", seed, order, err)
		}
	}
}

func TestOneSeedIsOneRun(t *testing.T) {
	scenario := func(h *sim.Host) (order []int) {
		group := host.NewGroup(h)
		q := &queue{parker: h.NewParker()}
		for n := range 5 {
			group.Go(func() {
				for range 10 {
					q.put(n)
					h.Sleep(time.Duration(h.Random() % 1000))
				}
			})
		}
		for range 50 {
			order = append(order, q.take())
		}
		group.Wait()
		return order
	}
	traces := map[string]bool{}
	for seed := range uint64(10) {
		var first string
		for range 100 {
			var order []int
			h := run(t, seed, func(h *sim.Host) { order = scenario(h) })
			got := fmt.Sprint(h.Trace(), order)
			if first == "" {
				first = got
				traces[h.Trace()] = true
			}
			if got != first {
				t.Fatalf("seed %d ran differently:\n%s\n%s", seed, first, got)
			}
		}
	}
	if len(traces) != 10 {
		t.Errorf("10 seeds gave %d different runs", len(traces))
	}
}

func TestSeedsTryAllOrders(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(300) {
		var order []int
		run(t, seed, func(h *sim.Host) {
			for n := range 4 {
				h.Go(func() { order = append(order, n) })
			}
		})
		orders[fmt.Sprint(order)] = true
	}
	if len(orders) != 24 {
		t.Errorf("%d of 24 orders were tried", len(orders))
	}
}

func TestDeadlockIsReportedWithItsStacksAndSeed(t *testing.T) {
	h := sim.New(42)
	err := h.Run(func() { waitForNobody(h.NewParker()) })
	if err == nil {
		t.Fatal("a deadlock went unnoticed")
	}
	for _, want := range []string{"seed 42", "deadlock", "1 goroutines are parked", "sim_test.waitForNobody", "sim_test.go:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func waitForNobody(p host.Parker) { p.Park(never) }

func TestWaitingWithoutEndForDeadlinesIsReported(t *testing.T) {
	h := sim.New(1, sim.Patience(time.Minute))
	err := h.Run(func() {
		for p := h.NewParker(); !p.Park(h.Now().Add(time.Second)); {
		}
	})
	if err == nil || !strings.Contains(err.Error(), "nothing but deadlines has happened for 1m0s") {
		t.Error(err)
	}
}

func TestGoroutinesLeftBehindAreReported(t *testing.T) {
	h := sim.New(1)
	err := h.Run(func() { h.Go(func() { waitForNobody(h.NewParker()) }) })
	if err == nil || !strings.Contains(err.Error(), "waitForNobody") {
		t.Error(err)
	}
}

func TestAPanicFailsTheRun(t *testing.T) {
	h := sim.New(7)
	err := h.Run(func() { h.Go(func() { panic("over the edge") }) })
	if err == nil || !strings.Contains(err.Error(), "over the edge") || !strings.Contains(err.Error(), "seed 7") {
		t.Error(err)
	}
}

func TestAGoroutineFromOutsideMayGiveAPermit(t *testing.T) {
	for seed := range uint64(50) {
		run(t, seed, func(h *sim.Host) {
			q := &queue{parker: h.NewParker()}
			given := make(chan struct{})
			go func() {
				q.put(1)
				close(given)
			}()
			<-given
			q.take()
		})
	}
}
