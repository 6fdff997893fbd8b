package jobtest

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Watch notes what the process has now and returns a function that fails the
// test if there is more: goroutines, open files and sockets, child processes.
// Goroutines that are on their way out are waited for.
func Watch(t testing.TB) (check func()) {
	t.Helper()
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	return func() {
		t.Helper()
		if children := Children(t, os.Getpid()); len(children) > 0 {
			t.Errorf("child processes are left: %v", children)
		}
		ctx := Deadline(t)
		for runtime.NumGoroutine() > goroutines {
			if ctx.Err() != nil {
				t.Errorf("%d goroutines, there were %d before:\n%s", runtime.NumGoroutine(), goroutines, stacks())
				break
			}
			runtime.Gosched()
		}
		// A file is closed when its owner has ended, so this comes last.
		after := openFiles(t)
		for name, n := range after {
			if n > files[name] {
				t.Errorf("left open %d times: %s", n-files[name], name)
			}
		}
	}
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

// openFiles counts what the file descriptors of this process refer to. What the
// runtime keeps for itself after the first use of the network does not count.
func openFiles(t testing.TB) map[string]int {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("no list of open files here: %v", err)
	}
	count := map[string]int{}
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil || strings.HasPrefix(name, "anon_inode:[event") || strings.HasSuffix(name, "/fd") {
			continue // the list's own descriptor is gone by now
		}
		if kind, _, ok := strings.Cut(name, ":["); ok {
			name = kind // sockets and pipes have numbers
		}
		count[name]++
	}
	return count
}

// Children returns the processes whose parent is pid, zombies included.
func Children(t testing.TB, pid int) []string {
	t.Helper()
	lists, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children"))
	if err != nil || len(lists) == 0 {
		t.Skipf("no list of child processes here: %v", err)
	}
	var all []string
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		all = append(all, strings.Fields(string(data))...)
	}
	slices.Sort(all)
	return all
}

// Eventually runs f again and again until it returns true, and fails the test if
// that does not happen before a hanging job would be given up.
func Eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for ctx := Deadline(t); !f(); runtime.Gosched() {
		if ctx.Err() != nil {
			t.Fatalf("still waiting: %s", what)
		}
	}
}

// Names returns all names below a directory, hidden ones included; none if it
// does not exist.
func Names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Cancelled returns a context that is done already.
func Cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
