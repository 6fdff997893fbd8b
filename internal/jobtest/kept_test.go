package jobtest_test

import (
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// known is a source whose size and keys are hinted, so that what is chosen for the
// operators behind it depends on what they cost.
func known(env *thalweg.Environment, rows []visit) *batch.DataSet[visit] {
	d := batch.FromSlice(env, rows).Hint(batch.Rows(int64(len(rows))), batch.Width(72))
	if len(rows) >= 45 {
		batch.HintDistinct(d, visitAt, 45)
		batch.HintDistinct(d, visitLand, 9)
	}
	return d.Rebalance()
}

// counted adds up the counts of each spot, and keeps what does not depend on the order
// of records.
func counted(d *batch.DataSet[meeting]) *batch.DataSet[meeting] {
	return batch.Fields(batch.GroupBy(d, meetingHere).Aggregate(agg.Sum(meetingCount)),
		batch.Copy(meetingHere, meetingHere), batch.Copy(meetingCount, meetingCount))
}

// perLand counts the records of each land.
func perLand(d *batch.DataSet[stay]) *batch.DataSet[stay] {
	return batch.Fields(batch.GroupBy(d, stayLand).Aggregate(agg.Count(stayCount)),
		batch.Copy(stayLand, stayLand), batch.Copy(stayCount, stayCount))
}

// perSpot counts the records of each spot.
func perSpot(d *batch.DataSet[visit]) *batch.DataSet[meeting] {
	return batch.AggregateInto(batch.GroupBy(d, visitAt),
		agg.FirstInto(visitAt, meetingHere), agg.CountInto[visit](meetingCount))
}

// copies makes n records of each, with a fact.
func copies(d *batch.DataSet[meeting], n int) *batch.DataSet[meeting] {
	return batch.Forward(batch.FlatMap(d, func(m meeting, emit func(meeting)) {
		for range n {
			emit(m)
		}
	}), meetingHere, meetingHere)
}

// alsoVisited joins meetings with visits of their spots, with the fact that the spot
// stays.
func alsoVisited(m *batch.DataSet[meeting], v *batch.DataSet[visit], hints ...batch.JoinHint) *batch.DataSet[meeting] {
	return batch.ForwardFirst(batch.Join(m, v, batch.On(meetingHere, visitAt), func(m meeting, v visit) meeting {
		m.Second = v.Who
		return m
	}, hints...), meetingHere, meetingHere)
}

// keptInPlace has operators that need their records distributed as they already are,
// by facts that are declared or derived, and some that seem to.
var keptInPlace = jobtest.Register(&jobtest.Program{
	Name: "kept in place",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		in, few := known(env, visits(out.Seed, 400)), known(env, visits(out.Seed+1, 60))
		on := batch.On(visitAt, visitAt)

		sums := perSpot(in)
		jobtest.Keep(out, "again", counted(copies(sums, 3)))
		jobtest.Keep(out, "wider", counted(copies(sums, 3)).WithParallelism(5))
		jobtest.Keep(out, "narrower", counted(copies(sums, 3).WithParallelism(1)))

		// Join, group by its key, and join again.
		joined := batch.Join(in, few, on, meet, batch.HashSecond)
		batch.ForwardFirst(joined, visitAt, meetingHere)
		groups := counted(joined)
		jobtest.Keep(out, "joined and grouped", groups)
		jobtest.Keep(out, "joined twice", alsoVisited(groups, few, batch.HashFirst))
		jobtest.Keep(out, "joined, merged and grouped", counted(alsoVisited(groups, few, batch.SortMerge)))

		// The sides of an outer join that are always there, and the ones that are not.
		right := batch.RightJoin(few.Filter(fromLand3), in, on, func(_ batch.Optional[visit], b visit) meeting { return meeting{Here: b.At, Count: 1} })
		jobtest.Keep(out, "right", counted(batch.ForwardSecond(right, visitAt, meetingHere)))
		left := batch.LeftJoin(in, few.Filter(fromLand3), on, func(_ visit, b batch.Optional[visit]) meeting { return meeting{Here: b.Value.At, Count: 1} })
		jobtest.Keep(out, "missing", counted(left))

		// Records that lie by a part of the key are together, those that lie by the
		// whole key are not by a part.
		byLand := batch.GroupBy(in, visitLand).First(1 << 20)
		jobtest.Keep(out, "part first", perSpot(byLand))
		met := batch.Forward(batch.Map(batch.Pairs(byLand, few, on, batch.HashFirst), func(p batch.Pair[visit, visit]) meeting {
			return meeting{Here: p.First.At, Count: 1}
		}), func(p *batch.Pair[visit, visit]) *spot { return &p.First.At }, meetingHere)
		jobtest.Keep(out, "part joined with whole", counted(met))
		unlike := batch.Pairs(batch.GroupBy(in, visitAt).First(1<<20).WithParallelism(3), few, on, batch.SortMerge).WithParallelism(2)
		jobtest.Keep(out, "unlike subtasks", batch.Map(unlike, meetPair))
		bySpot := batch.GroupBy(in, visitAt).First(1 << 20)
		jobtest.Keep(out, "whole first", batch.AggregateInto(batch.GroupBy(bySpot, visitLand),
			agg.FirstInto(visitLand, stayLand), agg.CountInto[visit](stayCount)))

		// Two ways from one operator meet again.
		low := copies(sums, 1).Filter(func(m meeting) bool { return m.Here.Town < "town 3" })
		diamond := batch.Pairs(copies(sums, 2), low, batch.On(meetingHere, meetingHere))
		jobtest.Keep(out, "diamond", batch.AggregateInto(batch.GroupBy(diamond, func(p *batch.Pair[meeting, meeting]) *spot { return &p.Second.Here }),
			agg.FirstInto(func(p *batch.Pair[meeting, meeting]) *spot { return &p.First.Here }, meetingHere),
			agg.CountInto[batch.Pair[meeting, meeting]](meetingCount)))

		// A union lies as all of it does.
		jobtest.Keep(out, "union", counted(batch.Union(copies(sums, 1), copies(perSpot(few), 1))))
		scattered := batch.Map(few, func(v visit) meeting { return meeting{Here: v.At, Count: 1} })
		jobtest.Keep(out, "union with scattered ones", counted(batch.Union(copies(sums, 1), scattered)))

		// A projection takes the key apart, which moves nothing.
		parts := batch.Fields(byLand, batch.Copy(visitLand, stayLand), batch.Copy(visitWho, stayGuest))
		jobtest.Keep(out, "projected", perLand(parts))
		swapped := batch.Fields(byLand, batch.Copy(visitTown, stayLand), batch.Copy(visitLand, stayTown))
		jobtest.Keep(out, "swapped", perLand(swapped))
		return nil
	},
	Want: wantKeptInPlace,
})

func meetPair(p batch.Pair[visit, visit]) meeting { return meet(p.First, p.Second) }

func fromLand3(v visit) bool { return v.At.Land < "land 3" }

func wantKeptInPlace(seed uint64) map[string][]string {
	in, few := visits(seed, 400), visits(seed+1, 60)
	spots, fewSpots, lands, towns, joined := map[spot]int64{}, map[spot]int64{}, map[string]int64{}, map[string]int64{}, map[spot]int64{}
	for _, v := range in {
		spots[v.At]++
		lands[v.At.Land]++
		towns[v.At.Town]++
	}
	for _, v := range few {
		fewSpots[v.At]++
		if n := spots[v.At]; n > 0 {
			joined[v.At] += n
		}
	}
	lines := func(of map[spot]int64, count func(spot, int64) int64) []string {
		var all []meeting
		for at, n := range of {
			if c := count(at, n); c > 0 {
				all = append(all, meeting{Here: at, Count: c})
			}
		}
		return jobtest.Lines(all)
	}
	stays := func(of map[string]int64) []string {
		var all []stay
		for land, n := range of {
			all = append(all, stay{Land: land, Count: n})
		}
		return jobtest.Lines(all)
	}
	same := func(_ spot, n int64) int64 { return n }
	thrice := lines(spots, func(_ spot, n int64) int64 { return 3 * n })
	var twice []meeting
	for _, v := range few {
		if n := joined[v.At]; n > 0 {
			twice = append(twice, meeting{Here: v.At, Second: v.Who, Count: n})
		}
	}
	var pairs []meeting
	for _, v := range in {
		for _, w := range few {
			if v.At == w.At {
				pairs = append(pairs, meet(v, w))
			}
		}
	}
	missing, both, either := map[spot]int64{}, map[spot]int64{}, map[spot]int64{}
	outer := func(at spot) int64 { // records that an outer join makes of one of a spot
		if fromLand3(visit{At: at}) {
			return max(fewSpots[at], 1)
		}
		return 1
	}
	for at, n := range spots {
		if fromLand3(visit{At: at}) && fewSpots[at] > 0 {
			missing[at] += n * fewSpots[at]
		} else {
			missing[spot{}] += n
		}
		if at.Town < "town 3" {
			both[at] = 2
		}
		either[at] += n
	}
	for at, n := range fewSpots {
		either[at] += n
	}
	return map[string][]string{
		"again": thrice, "wider": thrice, "narrower": thrice,
		"joined and grouped": lines(joined, same), "joined twice": jobtest.Lines(twice),
		"joined, merged and grouped": lines(joined, func(at spot, n int64) int64 { return n * fewSpots[at] }),
		"right":                      lines(spots, func(at spot, n int64) int64 { return n * outer(at) }),
		"missing":                    lines(missing, same),
		"part joined with whole":     lines(joined, same),
		"unlike subtasks":            jobtest.Lines(pairs),
		"part first":                 lines(spots, same),
		"whole first":                stays(lands),
		"diamond":                    lines(both, same),
		"union":                      lines(either, same),
		"union with scattered ones":  lines(either, same),
		"projected":                  stays(lands),
		"swapped":                    stays(towns),
	}
}

func TestRecordsThatStayWhereTheyAreMakeTheSameResults(t *testing.T) {
	jobtest.Check(t, keptInPlace)
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		keptInPlace.Try(t, c, thalweg.WithFactChecks())
		keptInPlace.Try(t, c, thalweg.WithoutOptimizer())
		c.Exchange = thalweg.Batch
		keptInPlace.Try(t, c)
	}
}
