package jobtest_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
)

// nanosOf is a time of a click that no other click has.
func nanosOf(c click) int64 { return c.Millis*1e6 + c.ID }

type userClicks struct {
	User   string
	Clicks int64
}

func userOf(u *userClicks) *string  { return &u.User }
func clicksOf(u *userClicks) *int64 { return &u.Clicks }

// userWindow is what a firing has of a user.
type userWindow struct {
	At     int64 // nanoseconds
	User   string
	Clicks int64
	IDs    string
}

// policyClicks cuts clicks into windows of policies: of all by time, with a result for each
// user; of each user by number and by time, in their order.
var policyClicks = jobtest.Register(&jobtest.Program{
	Name: "windows of policies",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		clicks := stream.AssignTime(stream.FromSlice(env, randomClicks(out.Random(), 2000)),
			eventtime.OfFunc(func(c click) time.Time { return time.Unix(0, nanosOf(c)) }).Disorder(clickDisorder).OrderedSplits())
		ones := stream.Map(clicks, func(c click) userClicks { return userClicks{c.User, 1} })
		recent := ones.Window(policy.Time(2 * time.Second)).Every(policy.Time(500 * time.Millisecond))
		jobtest.KeepStream(out, "recent", stream.GroupBy(recent, userOf).Aggregate(agg.Sum(clicksOf)).Flatten())

		list := func(f stream.WindowFiring[click], emit func(userWindow)) {
			u := userWindow{At: f.At.UnixNano(), User: f.Rows[0].User, Clicks: int64(len(f.Rows))}
			for _, c := range f.Rows {
				u.IDs += fmt.Sprint(" ", c.ID)
			}
			emit(u)
		}
		byUser := stream.KeyBy(clicks, clickUser)
		latest := byUser.WindowBy(policy.Count(7)).Every(policy.Count(3))
		jobtest.KeepStream(out, "latest", stream.MapWindows(latest, list).Flatten())
		seconds := byUser.WindowBy(policy.Time(time.Second))
		jobtest.KeepStream(out, "seconds", stream.MapWindows(seconds, list).Flatten())

		local := ones.Window(policy.Count(50)).Local()
		kept := stream.FoldWindows(local, func() int64 { return 0 }, func(n int64, u userClicks) int64 { return n + u.Clicks }).Flatten()
		jobtest.KeepStream(out, "local", stream.Map(stream.KeyByFunc(kept, func(int64) int { return 0 }).Reduce(func(a, b int64) int64 { return a + b }).
			Filter(func(n int64) bool { return n == 2000 }), func(n int64) string { return fmt.Sprint("all ", n) }))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		clicks := randomClicks(jobtest.Random(seed), 2000)
		slices.SortFunc(clicks, func(a, b click) int { return cmp.Compare(nanosOf(a), nanosOf(b)) })
		return map[string][]string{
			"recent": jobtest.Lines(recentClicks(clicks)), "latest": jobtest.Lines(latestClicks(clicks)),
			"seconds": jobtest.Lines(secondsOfClicks(clicks)), "local": {"all 2000"},
		}
	},
})

// recentClicks looks at every boundary for what is in its window.
func recentClicks(clicks []click) (rows []userClicks) {
	const size, slide = int64(2e9), int64(5e8)
	in := func(from, to int64) {
		counts := map[string]int64{}
		for _, c := range clicks {
			if nanosOf(c) >= from && nanosOf(c) < to {
				counts[c.User]++
			}
		}
		for user, n := range counts {
			rows = append(rows, userClicks{user, n})
		}
	}
	last := nanosOf(clicks[len(clicks)-1])
	b := (nanosOf(clicks[0])/slide + 1) * slide
	for ; b-slide <= last; b += slide {
		in(b-size, b)
	}
	return rows
}

// userWindowOf is the firing of some of a user's clicks.
func userWindowOf(at int64, clicks []click) userWindow {
	u := userWindow{At: at, User: clicks[0].User, Clicks: int64(len(clicks))}
	for _, c := range clicks {
		u.IDs += fmt.Sprint(" ", c.ID)
	}
	return u
}

// latestClicks fires the latest 7 clicks of a user with the 4th, the 7th, and so on.
func latestClicks(clicks []click) (rows []userWindow) {
	of := map[string][]click{}
	for _, c := range clicks {
		all := of[c.User]
		if n := len(all); n > 0 && n%3 == 0 {
			rows = append(rows, userWindowOf(nanosOf(c), all[max(0, n-7):]))
		}
		of[c.User] = append(all, c)
	}
	for _, all := range of {
		rows = append(rows, userWindowOf(nanosOf(all[len(all)-1]), all[max(0, len(all)-7):]))
	}
	return rows
}

// secondsOfClicks fires each second of a user once.
func secondsOfClicks(clicks []click) (rows []userWindow) {
	of := map[bucket][]click{}
	for _, c := range clicks {
		b := bucket{c.User, c.Millis / 1000}
		of[b] = append(of[b], c)
	}
	for b, all := range of {
		rows = append(rows, userWindowOf((b.Second+1)*1e9-1, all))
	}
	return rows
}

func TestWindowsOfPolicies(t *testing.T) { jobtest.Check(t, policyClicks) }
