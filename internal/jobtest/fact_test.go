package jobtest_test

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/internal/operator"
)

// spot is a key of two parts; visit a record with such a key, and a number that may
// be none.
type (
	spot  struct{ Land, Town string }
	visit struct {
		At    spot
		Who   int64
		Score float64
	}
	stay struct {
		Town  string
		Land  string
		Guest int64
		Mark  float64
		Count int64
	}
	meeting struct {
		Here   spot
		First  int64
		Second int64
		Count  int64
	}
)

func visitAt(v *visit) *spot         { return &v.At }
func visitLand(v *visit) *string     { return &v.At.Land }
func visitTown(v *visit) *string     { return &v.At.Town }
func visitWho(v *visit) *int64       { return &v.Who }
func visitScore(v *visit) *float64   { return &v.Score }
func stayLand(s *stay) *string       { return &s.Land }
func stayTown(s *stay) *string       { return &s.Town }
func stayGuest(s *stay) *int64       { return &s.Guest }
func stayMark(s *stay) *float64      { return &s.Mark }
func stayCount(s *stay) *int64       { return &s.Count }
func meetingHere(m *meeting) *spot   { return &m.Here }
func meetingFirst(m *meeting) *int64 { return &m.First }
func meetingLast(m *meeting) *int64  { return &m.Second }
func meetingCount(m *meeting) *int64 { return &m.Count }

func visits(seed uint64, n int) []visit {
	r := jobtest.Random(seed)
	rows := make([]visit, n)
	for i := range rows {
		rows[i] = visit{spot{fmt.Sprint("land ", r.IntN(9)), fmt.Sprint("town ", r.IntN(5))}, r.Int64N(40), float64(r.IntN(7))}
		if r.IntN(5) == 0 {
			rows[i].Score = math.NaN()
		}
	}
	return rows
}

func toStay(v visit) stay { return stay{v.At.Town, v.At.Land, v.Who, v.Score, 1} }

func meet(a, b visit) meeting { return meeting{b.At, a.Who, b.Who, 1} }

// keptPromises declares what is true of all kinds of operators that facts can be
// declared of.
var keptPromises = jobtest.Register(&jobtest.Program{
	Name: "kept promises",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		in := batch.FromSlice(env, visits(out.Seed, 300)).Rebalance()
		few := batch.FromSlice(env, visits(out.Seed+1, 30)).Rebalance()
		on := batch.On(visitAt, visitAt)

		stays := batch.Map(in, toStay)
		batch.Forward(stays, visitLand, stayLand)
		batch.Forward(stays, visitTown, stayTown)
		batch.Forward(stays, visitScore, stayMark)
		jobtest.Keep(out, "map", stays)

		behind := batch.Forward(batch.Map(in, toStay), visitScore, stayMark).Filter(func(s stay) bool { return s.Guest%2 == 0 })
		jobtest.Keep(out, "map and filter", behind)

		twice := batch.FlatMap(in, func(v visit, emit func(stay)) {
			for range v.Who % 3 {
				emit(toStay(v))
			}
		})
		jobtest.Keep(out, "flat map", batch.Forward(twice, visitWho, stayGuest))

		inner := batch.Join(in, few, on, meet)
		batch.ForwardFirst(inner, visitAt, meetingHere)
		batch.ForwardFirst(inner, visitWho, meetingFirst)
		batch.ForwardSecond(inner, visitWho, meetingLast)
		jobtest.Keep(out, "join", inner)

		left := batch.LeftJoin(in, few, on, func(a visit, b batch.Optional[visit]) meeting { return meeting{a.At, a.Who, b.Value.Who, 1} })
		jobtest.Keep(out, "left", batch.ForwardFirst(left, visitAt, meetingHere))

		right := batch.RightJoin(few, in, on, func(a batch.Optional[visit], b visit) meeting { return meeting{b.At, a.Value.Who, b.Who, 1} })
		jobtest.Keep(out, "right", batch.ForwardSecond(right, visitAt, meetingHere))

		cross := batch.Cross(few, few, meet)
		jobtest.Keep(out, "cross", batch.ForwardSecond(batch.ForwardFirst(cross, visitWho, meetingFirst), visitAt, meetingHere))

		jobtest.Keep(out, "pairs", batch.Pairs(in, few, on))
		jobtest.Keep(out, "fields", batch.Fields(in, batch.Copy(visitLand, stayLand), batch.Copy(visitTown, stayTown), batch.Copy(visitScore, stayMark)))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		in, few := visits(seed, 300), visits(seed+1, 30)
		var stays, even, many, fields []stay
		var inner, left, right, cross []meeting
		var pairs []batch.Pair[visit, visit]
		for _, v := range in {
			s := toStay(v)
			stays = append(stays, s)
			if s.Guest%2 == 0 {
				even = append(even, s)
			}
			for range v.Who % 3 {
				many = append(many, s)
			}
			fields = append(fields, stay{Town: s.Town, Land: s.Land, Mark: s.Mark})
			alone := true
			for _, w := range few {
				if v.At == w.At {
					alone = false
					inner = append(inner, meet(v, w))
					left = append(left, meeting{v.At, v.Who, w.Who, 1})
					right = append(right, meeting{v.At, w.Who, v.Who, 1})
					pairs = append(pairs, batch.MakePair(v, w))
				}
			}
			if alone {
				left = append(left, meeting{v.At, v.Who, 0, 1})
				right = append(right, meeting{v.At, 0, v.Who, 1})
			}
		}
		for _, a := range few {
			for _, b := range few {
				cross = append(cross, meet(a, b))
			}
		}
		return map[string][]string{
			"map": jobtest.Lines(stays), "map and filter": jobtest.Lines(even), "flat map": jobtest.Lines(many), "fields": jobtest.Lines(fields),
			"join": jobtest.Lines(inner), "left": jobtest.Lines(left), "right": jobtest.Lines(right), "cross": jobtest.Lines(cross), "pairs": jobtest.Lines(pairs),
		}
	},
})

func TestPromisesThatAreKeptChangeNothing(t *testing.T) {
	jobtest.Check(t, keptPromises)
	jobtest.Check(t, keptPromises, thalweg.WithFactChecks())
	keptPromises.Try(t, jobtest.Alone, thalweg.WithFactChecks(), thalweg.WithStrategy("join", "merge"))
}

// brokenPromise declares what is false of the operator that an argument says.
var brokenPromise = jobtest.Register(&jobtest.Program{
	Name: "broken promise",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		in := batch.FromSlice(env, visits(7, 50))
		on := batch.On(visitWho, visitWho)
		var d *batch.DataSet[stay]
		switch env.Arg("of", "map") {
		case "map":
			d = batch.Forward(batch.Map(in, forgetful), visitWho, stayGuest)
		case "fused":
			d = batch.Forward(batch.Map(in, forgetful), visitWho, stayGuest).Filter(func(stay) bool { return true })
		case "flat":
			d = batch.Forward(batch.FlatMap(in, func(v visit, emit func(stay)) {
				emit(toStay(v))
				emit(forgetful(v))
			}), visitTown, stayTown)
		case "first":
			d = batch.ForwardFirst(batch.Join(in, in, on, func(v, _ visit) stay { return forgetful(v) }), visitWho, stayGuest)
		case "second":
			d = batch.ForwardSecond(batch.Join(in, in, on, func(_, v visit) stay { return forgetful(v) }), visitWho, stayGuest)
		case "cross":
			d = batch.ForwardSecond(batch.Cross(in, in, func(_, v visit) stay { return forgetful(v) }), visitTown, stayTown)
		}
		jobtest.Keep(out, "rows", d)
		return nil
	},
	Judge: func(testing.TB, uint64, map[string][]string, *thalweg.Result) {},
})

// forgetful loses what it should forward.
func forgetful(v visit) stay { return stay{Land: v.At.Land} }

func TestABrokenPromiseFailsTheJobWhereItIsChecked(t *testing.T) {
	for of, want := range map[string]string{
		"map":    `operator "map" \(jobtest/fact_test.go:\d+\), subtask \d of \d, record \d+ \{At:.*: Forward\(Who → Guest\) does not hold: [1-9]\d* became 0 \(declared at jobtest/fact_test.go:\d+\)`,
		"fused":  `operator "map" .*, record \d+ \{At:.*: Forward\(Who → Guest\) does not hold: [1-9]\d* became 0 \(`,
		"flat":   `operator "flatMap" .*, record 0 \{At:.*: Forward\(At.Town → Town\) does not hold: "town \d" became "" \(`,
		"first":  `operator "join" .* \{At:.* with \{At:.*: ForwardFirst\(Who → Guest\) does not hold: [1-9]\d* became 0 \(`,
		"second": `operator "join" .* \{At:.* with \{At:.*: ForwardSecond\(Who → Guest\) does not hold: [1-9]\d* became 0 \(`,
		"cross":  `operator "cross" .* \{At:.* with \{At:.*: ForwardSecond\(At.Town → Town\) does not hold: "town \d" became "" \(`,
	} {
		for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
			_, _, err := brokenPromise.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("of", of), thalweg.WithFactChecks())
			var f *operator.Failure
			if !errors.As(err, &f) || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("%s, %s: got %v, want …%s", of, c, err, want)
			} else if f.Stack != "" {
				t.Errorf("%s, %s: a broken promise has the stack of a panic:\n%s", of, c, f.Stack)
			}
		}
		brokenPromise.Try(t, jobtest.Alone, thalweg.WithArgument("of", of)) // nobody looks
	}
}
