package jobtest_test

import (
	"fmt"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// sharedAssigners share panes of half a second.
var sharedAssigners = []window.Assigner{
	window.Tumbling(time.Second),
	window.Sliding(3*time.Second, 1500*time.Millisecond),
	window.Tumbling(2 * time.Second).Offset(500 * time.Millisecond),
}

// sharedWindows has windows of several kinds, computed together and apart.
var sharedWindows = jobtest.Register(&jobtest.Program{
	Name: "windows that share panes",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		all := sights(out.Random(), manySights)
		in := stream.AssignTime(stream.FromSlice(env, all), eventtime.Millis(sightMillis).Disorder(110*time.Millisecond).OrderedSplits())
		keyed := stream.KeyBy(in, sightKind)
		var kinds []*stream.Windowed[sight, string]
		for _, a := range sharedAssigners {
			kinds = append(kinds, keyed.Window(a))
		}
		for i, results := range stream.AggregateWindows(kinds, agg.Sum(sightN)) {
			jobtest.KeepStream(out, fmt.Sprint("kind ", i), stream.Map(results, func(r window.Result[sight]) string {
				return fmt.Sprint(r.Value.Kind, " ", r.Start.UnixMilli(), " ", r.Value.N)
			}))
		}
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		want := map[string][]string{}
		for i, a := range sharedAssigners {
			sums := map[string]int64{}
			for _, s := range sights(jobtest.Random(seed), manySights) {
				at := s.Millis * 1e6
				for end := a.FirstEnd(at); end <= a.LastEnd(at); end += int64(a.Slide()) {
					sums[fmt.Sprint(s.Kind, " ", (end-int64(a.Size()))/1e6)] += s.N
				}
			}
			var rows []string
			for row, n := range sums {
				rows = append(rows, fmt.Sprint(row, " ", n))
			}
			want[fmt.Sprint("kind ", i)] = jobtest.Lines(rows)
		}
		return want
	},
})

func TestWindowsThatSharePanes(t *testing.T) { jobtest.Check(t, sharedWindows) }
