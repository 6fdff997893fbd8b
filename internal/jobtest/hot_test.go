package jobtest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// sight is a record of which most are of few kinds.
type sight struct {
	Kind   string
	Millis int64
	N      int64
}

func sightKind(s *sight) *string  { return &s.Kind }
func sightMillis(s *sight) *int64 { return &s.Millis }
func sightN(s *sight) *int64      { return &s.N }

// sights has kinds by Zipf's law for a third of the time, and all alike for another, and by
// Zipf's law, of other kinds, for the last.
func sights(r *rand.Rand, n int) []sight {
	zipf := rand.NewZipf(r, 1.5, 1, 100_000)
	all := make([]sight, n)
	for i := range all {
		kind := fmt.Sprint("k", zipf.Uint64())
		switch {
		case i > 2*n/3:
			kind += "x"
		case i > n/3:
			kind = fmt.Sprint("k", r.IntN(100_000))
		}
		all[i] = sight{kind, 1_700_000_000_000 + int64(i/20) - r.Int64N(100), 1 + r.Int64N(3)}
	}
	return all
}

const manySights = 40_000

// hotKeys counts in windows, tumbling and sliding, records of which keys come and go.
var hotKeys = jobtest.Register(&jobtest.Program{
	Name: "hot keys",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		all := sights(out.Random(), manySights)
		in := stream.AssignTime(stream.FromSlice(env, all), eventtime.Millis(sightMillis).Disorder(110*time.Millisecond).OrderedSplits())
		keyed := stream.KeyBy(in, sightKind)
		text := func(r window.Result[sight]) string {
			return fmt.Sprint(r.Value.Kind, " ", r.Start.UnixMilli(), " ", r.Value.N)
		}
		jobtest.KeepStream(out, "tumbling", stream.Map(keyed.Window(window.Tumbling(time.Second)).Aggregate(agg.Sum(sightN)), text))
		jobtest.KeepStream(out, "sliding", stream.Map(keyed.Window(window.Sliding(3*time.Second, 2*time.Second)).Aggregate(agg.Max(sightN)), text))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		type pane struct {
			kind  string
			start int64
		}
		sums, most := map[pane]int64{}, map[pane]int64{}
		for _, s := range sights(jobtest.Random(seed), manySights) {
			sums[pane{s.Kind, s.Millis - s.Millis%1000}] += s.N
			for start := s.Millis - s.Millis%2000; start > s.Millis-3000; start -= 2000 {
				p := pane{s.Kind, start}
				most[p] = max(most[p], s.N)
			}
		}
		list := func(all map[pane]int64) (rows []string) {
			for p, n := range all {
				rows = append(rows, fmt.Sprint(p.kind, " ", p.start, " ", n))
			}
			return jobtest.Lines(rows)
		}
		return map[string][]string{"tumbling": list(sums), "sliding": list(most)}
	},
})

func TestHotKeys(t *testing.T) { jobtest.Check(t, hotKeys) }
