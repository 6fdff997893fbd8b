package host_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

func TestAParkerKeepsOnePermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := host.New().NewParker()
		p.Unpark()
		p.Unpark()
		if !p.Park(time.Time{}) {
			t.Error("a permit was there")
		}
		start := time.Now()
		if p.Park(start.Add(time.Hour)) {
			t.Error("two permits were kept")
		}
		if waited := time.Since(start); waited != time.Hour {
			t.Errorf("waited %v for a deadline in an hour", waited)
		}
		if p.Park(start) {
			t.Error("a deadline in the past gave a permit")
		}
	})
}

func TestAPermitEndsAParkBeforeItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := host.New().NewParker()
		start := time.Now()
		go func() {
			time.Sleep(time.Minute) // virtual
			p.Unpark()
		}()
		if !p.Park(start.Add(time.Hour)) || time.Since(start) != time.Minute {
			t.Errorf("came back after %v", time.Since(start))
		}
		// The timer of the Park before must not end this one.
		if p.Park(start.Add(3*time.Hour)) || time.Since(start) != 3*time.Hour {
			t.Errorf("came back after %v", time.Since(start))
		}
	})
}

func TestAGroupWaitsForAllItsGoroutines(t *testing.T) {
	g := host.NewGroup(host.New())
	var ended atomic.Int32
	for range 100 {
		g.Go(func() {
			g.Go(func() { ended.Add(1) })
			ended.Add(1)
		})
	}
	g.Wait()
	if n := ended.Load(); n != 200 {
		t.Errorf("%d of 200 had ended", n)
	}
	g.Wait() // of an empty group
}
