package jobtest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// togetherClicks puts clicks of even and of odd numbers into the same windows: it joins
// them by seconds, and counts those of each kind in sessions of both.
var togetherClicks = jobtest.Register(&jobtest.Program{
	Name: "windows of two streams",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		byParity := stream.Split(timedClicks(env, out), 2, func(c click) int { return int(c.ID % 2) })
		even, odd := stream.KeyBy(byParity[0], clickUser), stream.KeyBy(byParity[1], clickUser)
		late1, late2 := stream.NewSide[click]("late even"), stream.NewSide[click]("late odd")
		seconds := stream.WindowBoth(even, odd, window.Tumbling(time.Second)).LateTo(late1, late2)
		jobtest.KeepStream(out, "pairs", stream.JoinWindow(seconds, func(a, b click) [2]int64 { return [2]int64{a.ID, b.ID} }))
		jobtest.KeepStream(out, "late", stream.Union(late1.Stream(), late2.Stream()))
		sessions := stream.WindowBoth(even, odd, window.Session(250*time.Millisecond))
		jobtest.KeepStream(out, "sessions", stream.CoGroupWindow(sessions, func(f stream.CoFiring[click, click, string], emit func(string)) {
			emit(fmt.Sprint(f.Key, " ", f.Start.UnixMilli(), " ", f.End.UnixMilli(), " ", len(f.First), " ", len(f.Second)))
		}))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		clicks := randomClicks(jobtest.Random(seed), 5000)
		var pairs [][2]int64
		for _, a := range clicks {
			for _, b := range clicks {
				if a.ID%2 == 0 && b.ID%2 == 1 && a.User == b.User && a.Millis/1000 == b.Millis/1000 {
					pairs = append(pairs, [2]int64{a.ID, b.ID})
				}
			}
		}
		slices.SortStableFunc(clicks, func(a, b click) int { return int(a.Millis - b.Millis) })
		var sessions []string
		for i, c := range clicks {
			first := !slices.ContainsFunc(clicks[:i], func(b click) bool { return b.User == c.User && c.Millis-b.Millis < 250 })
			if !first {
				continue
			}
			last, count := c.Millis, [2]int{}
			for _, b := range clicks[i:] {
				if b.User == c.User && b.Millis-last < 250 {
					last = b.Millis
					count[b.ID%2]++
				}
			}
			sessions = append(sessions, fmt.Sprint(c.User, " ", c.Millis, " ", last+250, " ", count[0], " ", count[1]))
		}
		return map[string][]string{"pairs": jobtest.Lines(pairs), "late": nil, "sessions": jobtest.Lines(sessions)}
	},
})

func TestWindowsOfTwoStreams(t *testing.T) { jobtest.Check(t, togetherClicks) }
