package jobtest_test

import (
	"fmt"
	"iter"
	"slices"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// item is a record with every sort of field that has to cross a process border.
type item struct {
	ID     int64
	Group  int32
	Weight float64
	Name   string
	Tags   []string
	Extra  map[string]int
	Next   *int64
}

func randomItems(seed uint64, n int) []item {
	r := jobtest.Random(seed)
	items := make([]item, n)
	for i := range items {
		it := item{ID: int64(i), Group: r.Int32N(37) - 18, Weight: float64(r.IntN(1000)) / 8, Name: fmt.Sprintf("n%d", r.IntN(50))}
		for range r.IntN(3) {
			it.Tags = append(it.Tags, fmt.Sprint(r.IntN(9)))
		}
		if r.IntN(4) == 0 {
			it.Extra = map[string]int{"x": r.IntN(5), "y": r.IntN(5)}
		}
		if r.IntN(4) == 0 {
			next := r.Int64()
			it.Next = &next
		}
		items[i] = it
	}
	return items
}

// text shows what a pointer refers to, not where it points.
func (i item) String() string {
	next := "none"
	if i.Next != nil {
		next = fmt.Sprint(*i.Next)
	}
	return fmt.Sprintf("%d %d %g %q %q %v %s", i.ID, i.Group, i.Weight, i.Name, i.Tags, i.Extra, next)
}

func halve(i item) item { i.Weight /= 2; return i }
func light(i item) bool { return i.Weight < 20 }
func choose(i item) int { return int(i.ID % 3) }
func eachTag(i item, e func(string)) {
	for _, tag := range i.Tags {
		e(tag + i.Name)
	}
}

// pairUp joins neighbours; what that gives depends on the subtasks, but the sum
// and the number of records do not.
func pairUp(rows iter.Seq[int64], emit func([2]int64)) {
	var held []int64
	for n := range rows {
		if held = append(held, n); len(held) == 2 {
			emit([2]int64(held))
			held = nil
		}
	}
	for _, n := range held {
		emit([2]int64{n, 0})
	}
}

var elementWise = jobtest.Register(&jobtest.Program{
	Name: "element-wise",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		items := batch.FromSlice(env, randomItems(out.Seed, 3000))
		jobtest.Keep(out, "items", items)
		jobtest.Keep(out, "mapped", batch.Map(items, halve))
		jobtest.Keep(out, "filtered", batch.Map(items, halve).Filter(light))
		jobtest.Keep(out, "tags", batch.FlatMap(items, eachTag))
		jobtest.Keep(out, "projected", batch.Project(items, func(i item) int32 { return i.Group }))
		parts := batch.Split(items, 3, choose)
		for i, p := range parts {
			jobtest.Keep(out, fmt.Sprint("part ", i), batch.Map(p, func(i item) int64 { return i.ID }))
		}
		jobtest.Keep(out, "united", batch.Union(parts[2], parts[0], items.Filter(light)))
		pairs := batch.MapPartition(batch.Sequence(env, 1, 5001), pairUp)
		jobtest.Keep(out, "sums", batch.Map(pairs, func(p [2]int64) int64 { return p[0] + p[1] }).
			Reduce(func(a, b int64) int64 { return a + b }))
		jobtest.Keep(out, "none", items.Filter(func(item) bool { return false }))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		items := randomItems(seed, 3000)
		var halved, few, tags, projected, united []string
		parts := make([][]string, 3)
		for _, i := range items {
			halved = append(halved, halve(i).String())
			if light(halve(i)) {
				few = append(few, halve(i).String())
			}
			for _, tag := range i.Tags {
				tags = append(tags, tag+i.Name)
			}
			projected = append(projected, fmt.Sprint(i.Group))
			parts[i.ID%3] = append(parts[i.ID%3], fmt.Sprint(i.ID))
			if i.ID%3 != 1 {
				united = append(united, i.String())
			}
			if light(i) {
				united = append(united, i.String())
			}
		}
		return map[string][]string{
			"items": jobtest.Lines(items), "mapped": halved, "filtered": few, "tags": tags, "projected": projected,
			"part 0": parts[0], "part 1": parts[1], "part 2": parts[2], "united": united,
			"sums": {fmt.Sprint(5000 * 5001 / 2)}, "none": nil,
		}
	},
})

func TestElementWiseOperators(t *testing.T) { jobtest.Check(t, elementWise) }

// sumsOfClosures builds a hundred maps in a loop: which function is which is
// known by the order of the program alone.
var sumsOfClosures = jobtest.Register(&jobtest.Program{
	Name: "hundred closures",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		factor := int64(env.ArgInt("factor", 3))
		numbers := batch.Sequence(env, 0, 200)
		for i := range int64(100) {
			shift := i * i
			mapped := batch.Map(numbers, func(n int64) [2]int64 { return [2]int64{i, n*factor + shift} })
			jobtest.Keep(out, fmt.Sprintf("%03d", i), mapped.Reduce(func(a, b [2]int64) [2]int64 {
				return [2]int64{max(a[0], b[0]), a[1] + b[1]}
			}))
		}
		return nil
	},
})

func TestAHundredClosuresGiveTheSumsOfTheirOwnCaptures(t *testing.T) {
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		got, _, err := sumsOfClosures.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("factor", "7"))
		if err != nil {
			t.Fatal(c, err)
		}
		for i := range 100 {
			name := fmt.Sprintf("%03d", i)
			want := []string{fmt.Sprint([2]int{i, 7*199*200/2 + 200*i*i})}
			if !slices.Equal(got[name], want) {
				t.Errorf("%s: closure %d made %v, want %v", c, i, got[name], want)
			}
		}
	}
}
