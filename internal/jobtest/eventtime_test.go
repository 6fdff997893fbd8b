package jobtest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// click is a record of the tests of event time.
type click struct {
	User   string
	Millis int64
	ID     int64
}

func clickUser(c *click) *string  { return &c.User }
func clickMillis(c *click) *int64 { return &c.Millis }

// clickDisorder is how far behind others clicks may come.
const clickDisorder = 50 * time.Millisecond

// randomClicks returns clicks that come at most clickDisorder late.
func randomClicks(r *rand.Rand, n int) []click {
	type arrival struct {
		click
		at int64
	}
	var all []arrival
	now := int64(1_700_000_000_000)
	for i := range n {
		now += r.Int64N(8)
		if r.IntN(500) == 0 {
			now += r.Int64N(20_000)
		}
		all = append(all, arrival{
			click{fmt.Sprint("user ", r.IntN(40)), now, int64(i)},
			now + r.Int64N(clickDisorder.Milliseconds()),
		})
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
	clicks := make([]click, n)
	for i, a := range all {
		clicks[i] = a.click
	}
	return clicks
}

func timedClicks(env *thalweg.Environment, out *jobtest.Out) *stream.DataStream[click] {
	clicks := stream.FromSlice(env, randomClicks(out.Random(), 5000))
	return stream.AssignTime(clicks, eventtime.Millis(clickMillis).Disorder(clickDisorder).OrderedSplits())
}

// bucket is a second of a user.
type bucket struct {
	User   string
	Second int64
}

type bucketCount struct {
	Bucket bucket
	Clicks int64
	At     int64 // when it was emitted, in event time
}

// countBuckets counts the clicks of each user in each second, and emits the count when
// the second is over.
var countBuckets = jobtest.Register(&jobtest.Program{
	Name: "timers of event time",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		late := stream.NewSide[click]("late")
		clicks := timedClicks(env, out)
		even := clicks.Filter(func(c click) bool { return c.ID%2 == 0 })
		odd := stream.FlatMap(clicks, func(c click, emit func(click)) {
			if c.ID%2 == 1 {
				emit(c)
			}
		})
		keyed := stream.KeyByFunc(stream.Union(even, odd), func(c click) bucket { return bucket{c.User, c.Millis / 1000} })
		counts := stream.Process(keyed, func(ctx *stream.KeyedContext[bucket, bucketCount]) (stream.Handler[click], error) {
			clicks := state.NewValue[int64](ctx, "clicks")
			tooLate := stream.ToSide(ctx, late)
			return stream.Handler[click]{
				Record: func(c click) {
					if end := (c.Millis/1000 + 1) * 1000; ctx.Watermark().UnixMilli() >= end {
						tooLate(c)
					} else {
						ctx.SetTimer(time.UnixMilli(end))
					}
					if ctx.Time().UnixMilli() != c.Millis {
						panic("the record's time has been lost")
					}
					clicks.Set(clicks.Get() + 1)
				},
				Timer: func(at time.Time) {
					ctx.Emit(bucketCount{ctx.Key(), clicks.Get(), ctx.Time().UnixMilli()})
					clicks.Clear()
				},
			}, nil
		}, late)
		jobtest.KeepStream(out, "counts", counts)
		jobtest.KeepStream(out, "late", late.Stream())
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		counts := map[bucket]int64{}
		for _, c := range randomClicks(jobtest.Random(seed), 5000) {
			counts[bucket{c.User, c.Millis / 1000}]++
		}
		var rows []bucketCount
		for b, n := range counts {
			rows = append(rows, bucketCount{b, n, (b.Second + 1) * 1000})
		}
		return map[string][]string{"counts": jobtest.Lines(rows), "late": nil}
	},
})

func TestTimersOfEventTime(t *testing.T) { jobtest.Check(t, countBuckets) }

func clickID(c *click) *int64 { return &c.ID }

// windowedClicks sums the numbers of clicks in windows, and takes the largest sum of
// each second window of windows.
var windowedClicks = jobtest.Register(&jobtest.Program{
	Name: "windows of event time",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		clicks := timedClicks(env, out)
		late := stream.NewSide[click]("late")
		seconds := stream.KeyBy(clicks, clickUser).Window(window.Tumbling(time.Second)).LateTo(late).Aggregate(agg.Sum(clickID))
		jobtest.KeepStream(out, "sliding", stream.Map(
			stream.KeyBy(clicks, clickUser).Window(window.Sliding(3*time.Second, 2*time.Second)).Aggregate(agg.Sum(clickID)), sumOfWindow))
		sums := stream.Map(seconds, sumOfWindow)
		jobtest.KeepStream(out, "tumbling", sums)
		largest := stream.KeyBy(sums, windowSumUser).Window(window.Tumbling(10 * time.Second)).Aggregate(agg.Max(windowSumIDs))
		jobtest.KeepStream(out, "largest", stream.Map(largest, func(r window.Result[windowSum]) windowSum {
			return windowSum{r.Value.User, r.Start.UnixMilli(), r.Value.IDs}
		}))
		jobtest.KeepStream(out, "late", late.Stream())
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		type of struct {
			user  string
			start int64
		}
		tumbling, sliding, largest := map[of]int64{}, map[of]int64{}, map[of]int64{}
		for _, c := range randomClicks(jobtest.Random(seed), 5000) {
			tumbling[of{c.User, c.Millis / 1000 * 1000}] += c.ID
			for start := c.Millis / 2000 * 2000; start+3000 > c.Millis; start -= 2000 {
				sliding[of{c.User, start}] += c.ID
			}
		}
		for w, sum := range tumbling {
			ten := of{w.user, w.start / 10_000 * 10_000}
			largest[ten] = max(largest[ten], sum)
		}
		lines := func(sums map[of]int64) []string {
			var rows []windowSum
			for w, sum := range sums {
				rows = append(rows, windowSum{w.user, w.start, sum})
			}
			return jobtest.Lines(rows)
		}
		return map[string][]string{"tumbling": lines(tumbling), "sliding": lines(sliding), "largest": lines(largest), "late": nil}
	},
})

type windowSum struct {
	User  string
	Start int64
	IDs   int64
}

func windowSumUser(s *windowSum) *string { return &s.User }
func windowSumIDs(s *windowSum) *int64   { return &s.IDs }

func sumOfWindow(r window.Result[click]) windowSum {
	return windowSum{r.Value.User, r.Start.UnixMilli(), r.Value.ID}
}

func TestWindowsOfEventTime(t *testing.T) { jobtest.Check(t, windowedClicks) }

// pairedClicks pairs clicks of even numbers with those of odd numbers that come from the
// same user shortly before or after them.
var pairedClicks = jobtest.Register(&jobtest.Program{
	Name: "pairs within an interval",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		byParity := stream.Split(timedClicks(env, out), 2, func(c click) int { return int(c.ID % 2) })
		even, odd := stream.KeyBy(byParity[0], clickUser), stream.KeyBy(byParity[1], clickUser)
		late := stream.NewSide[click]("late")
		pairs := stream.Between(even, odd, -200*time.Millisecond, 300*time.Millisecond).ExclusiveUpper().LateTo(late, nil)
		jobtest.KeepStream(out, "pairs", stream.JoinInterval(pairs, func(a, b click) [2]int64 { return [2]int64{a.ID, b.ID} }))
		jobtest.KeepStream(out, "late", late.Stream())
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		clicks := randomClicks(jobtest.Random(seed), 5000)
		var pairs [][2]int64
		for _, a := range clicks {
			for _, b := range clicks {
				if d := b.Millis - a.Millis; a.ID%2 == 0 && b.ID%2 == 1 && a.User == b.User && d >= -200 && d < 300 {
					pairs = append(pairs, [2]int64{a.ID, b.ID})
				}
			}
		}
		return map[string][]string{"pairs": jobtest.Lines(pairs), "late": nil}
	},
})

func TestPairsWithinAnInterval(t *testing.T) { jobtest.Check(t, pairedClicks) }

// session is the clicks of a user with less than a gap between them.
type session struct {
	User         string
	Start, End   int64
	Clicks, Last int64
}

// clickSessions puts clicks into sessions, counts every seventh click of a user, and
// gives windows away early, on time and late.
var clickSessions = jobtest.Register(&jobtest.Program{
	Name: "windows with triggers",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		clicks := timedClicks(env, out)
		keyed := stream.KeyBy(clicks, clickUser)
		describe := func(f stream.Firing[click, string], emit func(session)) {
			s := session{User: f.Key, Start: f.Start.UnixMilli(), End: f.End.UnixMilli(), Clicks: int64(len(f.Rows))}
			for _, c := range f.Rows {
				s.Last = max(s.Last, c.Millis)
			}
			emit(s)
		}
		jobtest.KeepStream(out, "sessions", stream.ProcessWindow(keyed.Window(window.Session(700*time.Millisecond)), describe))
		even := func(c click) time.Duration { return time.Duration(300+100*(c.ID%2)) * time.Millisecond }
		jobtest.KeepStream(out, "dynamic", stream.ProcessWindow(stream.SessionWindow(keyed, even), describe))
		jobtest.KeepStream(out, "sums", stream.Map(keyed.Window(window.Session(700*time.Millisecond)).Aggregate(agg.Sum(clickID)), sumOfWindow))
		jobtest.KeepStream(out, "reduced", stream.Map(keyed.Window(window.Session(700*time.Millisecond)).Reduce(func(a, b click) click {
			return click{a.User, max(a.Millis, b.Millis), a.ID + b.ID}
		}), sumOfWindow))
		sevens := stream.ProcessWindow(keyed.Window(window.Count(7)), func(f stream.Firing[click, string], emit func([2]string)) {
			emit([2]string{f.Key, fmt.Sprint(len(f.Rows))})
		})
		jobtest.KeepStream(out, "sevens", sevens)
		early := keyed.Window(window.Tumbling(time.Second)).Trigger(window.AfterEnd().Early(window.AfterCount(2))).Discarding()
		jobtest.KeepStream(out, "early", stream.ProcessWindow(early, func(f stream.Firing[click, string], emit func([2]string)) {
			emit([2]string{f.Key, fmt.Sprint(f.Start.UnixMilli(), " ", f.Index, " ", f.Timing, " ", f.Last, " ", len(f.Rows))})
		}))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		users := map[string][]click{}
		for _, c := range randomClicks(jobtest.Random(seed), 5000) {
			users[c.User] = append(users[c.User], c)
		}
		sessions := func(clicks []click, gap func(click) int64) (all []session) {
			sorted := slices.Clone(clicks)
			slices.SortStableFunc(sorted, func(a, b click) int { return int(a.Millis - b.Millis) })
			for _, c := range sorted {
				n := len(all) - 1
				if n < 0 || c.Millis >= all[n].End {
					all = append(all, session{User: c.User, Start: c.Millis})
					n++
				}
				s := &all[n]
				s.End, s.Clicks, s.Last = max(s.End, c.Millis+gap(c)), s.Clicks+1, c.Millis
			}
			return all
		}
		var fixed, dynamic []session
		var sums []windowSum
		var sevens, early [][2]string
		for user, clicks := range users {
			mine := sessions(clicks, func(click) int64 { return 700 })
			fixed = append(fixed, mine...)
			dynamic = append(dynamic, sessions(clicks, func(c click) int64 { return 300 + 100*(c.ID%2) })...)
			for _, s := range mine {
				sum := windowSum{User: user, Start: s.Start}
				for _, c := range clicks {
					if c.Millis >= s.Start && c.Millis < s.End {
						sum.IDs += c.ID
					}
				}
				sums = append(sums, sum)
			}
			for left := len(clicks); left > 0; left -= 7 {
				sevens = append(sevens, [2]string{user, fmt.Sprint(min(left, 7))})
			}
			seconds := map[int64]int{}
			for _, c := range clicks {
				seconds[c.Millis/1000*1000]++
			}
			for start, n := range seconds {
				for i := range n / 2 {
					early = append(early, [2]string{user, fmt.Sprint(start, " ", i, " early false 2")})
				}
				early = append(early, [2]string{user, fmt.Sprint(start, " ", n/2, " on time true ", n%2)})
			}
		}
		return map[string][]string{
			"sessions": jobtest.Lines(fixed), "dynamic": jobtest.Lines(dynamic), "sums": jobtest.Lines(sums), "reduced": jobtest.Lines(sums),
			"sevens": jobtest.Lines(sevens), "early": jobtest.Lines(early),
		}
	},
})

func TestWindowsWithTriggers(t *testing.T) { jobtest.Check(t, clickSessions) }
