package window

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestResultsPrintTheirWindow(t *testing.T) {
	start := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		start time.Time
		size  time.Duration
		value any
		want  string
	}{
		{start, 5 * time.Second, "word 3", "2026-01-02T15:04:05Z 2026-01-02T15:04:10Z word 3"},
		{start, 500 * time.Millisecond, 7, "2026-01-02T15:04:05Z 2026-01-02T15:04:05.500Z 7"},
		{start.Add(40 * time.Millisecond), time.Second, struct{ A int }{1}, "2026-01-02T15:04:05.040Z 2026-01-02T15:04:06.040Z {1}"},
		{start, time.Microsecond, nil, "2026-01-02T15:04:05Z 2026-01-02T15:04:05.000001000Z <nil>"},
		{start.In(time.FixedZone("", 7200)), time.Hour, 1.5, "2026-01-02T15:04:05Z 2026-01-02T16:04:05Z 1.5"},
	} {
		r := Result[any]{Window{c.start, c.start.Add(c.size)}, c.value}
		if got := fmt.Sprint(r); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestAWindowHoldsItsStartAndNotItsEnd(t *testing.T) {
	w := Tumbling(time.Second).EndingAt(int64(3 * time.Second))
	for ms, want := range map[int64]bool{1999: false, 2000: true, 2999: true, 3000: false} {
		if got := w.Contains(time.UnixMilli(ms)); got != want {
			t.Errorf("%v contains %d: %v", w, ms, got)
		}
	}
}

func TestAssignersDescribeAndCheckThemselves(t *testing.T) {
	for _, c := range []struct {
		a         Assigner
		text, err string
	}{
		{Tumbling(time.Minute), "tumbling 1m0s", ""},
		{Tumbling(24 * time.Hour).Offset(-8 * time.Hour), "tumbling 24h0m0s offset -8h0m0s", ""},
		{Sliding(5*time.Second, time.Second), "sliding 5s every 1s", ""},
		{Sliding(5*time.Second, 3*time.Second).Offset(time.Second), "sliding 5s every 3s offset 1s", ""},
		{Sliding(time.Second, time.Second), "sliding 1s every 1s", ""},
		{Assigner{}, "sliding 0s every 0s", "window: the zero Assigner assigns no windows"},
		{Tumbling(0), "tumbling 0s", "window: tumbling 0s: the size must be positive"},
		{Tumbling(-time.Second), "tumbling -1s", "window: tumbling -1s: the size must be positive"},
		{Sliding(time.Second, 0), "sliding 1s every 0s", "window: sliding 1s every 0s: the slide must be positive"},
		{Sliding(time.Second, 5*time.Second), "sliding 1s every 5s", "window: sliding 1s every 5s: the slide is longer than the size, so records between two windows would be lost (the size comes first)"},
	} {
		if got := c.a.String(); got != c.text {
			t.Errorf("got %q, want %q", got, c.text)
		}
		got := ""
		if err := c.a.Validate(); err != nil {
			got = err.Error()
		}
		if got != c.err {
			t.Errorf("%v:\ngot  %q\nwant %q", c.a, got, c.err)
		}
	}
}

// TestPanesDivideWindows looks for windows and panes by trying all moments around.
func TestPanesDivideWindows(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		slide := 1 + r.IntN(12)
		size, offset, at := slide+r.IntN(20), r.IntN(100)-50, int64(r.IntN(400)-200)
		a := Sliding(time.Duration(size), time.Duration(slide)).Offset(time.Duration(offset))
		var ends []int64
		for end := at - 100; end < at+100; end++ {
			if mod(end-int64(size)-int64(offset), int64(slide)) == 0 && end-int64(size) <= at && at < end {
				ends = append(ends, end)
			}
		}
		if first, last := a.FirstEnd(at), a.LastEnd(at); first != ends[0] || last != ends[len(ends)-1] {
			t.Fatalf("%v: %d is in windows that end at %d to %d, want %v", a, at, first, last, ends)
		}
		start, pane := a.PaneStart(at), int64(a.Pane())
		if start > at || at >= start+pane {
			t.Fatalf("%v: %d is not in its pane from %d", a, at, start)
		}
		for in := start; in < start+pane; in++ {
			if a.FirstEnd(in) != ends[0] || a.LastEnd(in) != ends[len(ends)-1] {
				t.Fatalf("%v: %d and %d share a pane but not all windows", a, at, in)
			}
		}
		if a.FirstEnd(start-1) == ends[0] && a.LastEnd(start-1) == ends[len(ends)-1] && size%slide == 0 {
			t.Fatalf("%v: the pane from %d is not the longest", a, start)
		}
	}
}

func mod(a, b int64) int64 { return (a%b + b) % b }

func ExampleSliding() {
	a := Sliding(5*time.Second, time.Second)
	fmt.Println(a, "in panes of", a.Pane())
	fmt.Println(a.EndingAt(time.Date(2026, 1, 2, 15, 4, 10, 0, time.UTC).UnixNano()))
	// Output:
	// sliding 5s every 1s in panes of 1s
	// 2026-01-02T15:04:05Z 2026-01-02T15:04:10Z
}
