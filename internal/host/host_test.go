package host_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

func TestAppendGoesOnBehindWhatIsKept(t *testing.T) {
	files, path := host.New().Files(), filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(path, []byte("kept and cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := files.Append(path, 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("on")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); string(got) != "kept on" {
		t.Errorf("the file has %q (%v)", got, err)
	}
	if _, err := files.Append(path, 100); err == nil || !strings.Contains(err.Error(), "it has 7 bytes, 100 were written") {
		t.Errorf("a file that is too short is appended to: %v", err)
	}
	if _, err := files.Append(path+"b", 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there is appended to: %v", err)
	}
}
