package jobtest_test

import (
	"fmt"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/jobtest"
)

const sampleSize = 30

// sampling draws all kinds of samples of records that are several times the
// smallest memory, and of parts of them where the sample has to fit.
var sampling = jobtest.Register(&jobtest.Program{
	Name: "sampling",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		d := batch.FromSlice(env, measures(out.Seed)).Rebalance()
		small := batch.Map(d, func(m measure) measure { m.Pad = m.Pad[:min(len(m.Pad), 100)]; return m })
		few := small.Filter(func(m measure) bool { return m.ID < 10 })
		none := small.Filter(func(measure) bool { return false })
		keep := func(name string, d *batch.DataSet[measure]) { jobtest.Keep(out, name, batch.Map(d, line)) }
		keep("all", batch.Sample(d, 1, out.Seed))
		keep("none", batch.Sample(d, 0, out.Seed))
		keep("half", batch.Sample(d, 0.5, out.Seed))
		keep("twice", batch.SampleWithReplacement(d, 2, out.Seed))
		keep("size", batch.SampleSize(small, sampleSize, out.Seed))
		keep("size of few", batch.SampleSize(few, sampleSize, out.Seed))
		keep("size of none", batch.SampleSize(none, sampleSize, out.Seed))
		keep("size 0", batch.SampleSize(small, 0, out.Seed))
		keep("again", batch.SampleSizeWithReplacement(small, sampleSize, out.Seed))
		keep("again of few", batch.SampleSizeWithReplacement(few, sampleSize, out.Seed))
		keep("again of none", batch.SampleSizeWithReplacement(none, sampleSize, out.Seed))
		return nil
	},
	Judge: func(t testing.TB, seed uint64, got map[string][]string, _ *thalweg.Result) {
		all, small := map[string]bool{}, map[string]bool{}
		for _, m := range measures(seed) {
			all[line(m)] = true
			m.Pad = m.Pad[:min(len(m.Pad), 100)]
			small[line(m)] = true
		}
		n := len(all)
		for name, c := range map[string]struct {
			least, most int // bounds of eight standard deviations and more
			once        bool
		}{
			"all": {n, n, true}, "none": {0, 0, true}, "half": {n * 4 / 10, n * 6 / 10, true}, "twice": {n * 8 / 5, n * 12 / 5, false},
			"size": {sampleSize, sampleSize, true}, "size of few": {10, 10, true}, "size of none": {0, 0, true}, "size 0": {0, 0, true},
			"again": {sampleSize, sampleSize, false}, "again of few": {sampleSize, sampleSize, false}, "again of none": {0, 0, false},
		} {
			if len(got[name]) < c.least || len(got[name]) > c.most {
				t.Errorf("%s: %d records of %d", name, len(got[name]), n)
			}
			met := map[string]bool{}
			for _, l := range got[name] {
				if !all[l] && !small[l] {
					t.Errorf("%s: a record that is not in the input: %s", name, l)
				}
				if c.once && met[l] {
					t.Errorf("%s: twice %s", name, l)
				}
				met[l] = true
			}
		}
	},
})

func TestSamplesAreOfTheInputAndAsLargeAsTheyShould(t *testing.T) {
	for _, c := range jobtest.Some(t, jobtest.WithMemories(jobtest.Configurations())) {
		sampling.Try(t, c)
	}
}

var repeatable = jobtest.Register(&jobtest.Program{
	Name: "repeatable samples",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		for _, seed := range []uint64{1, 2} {
			d := batch.Sequence(env, 0, 10_000).WithParallelism(1)
			jobtest.Keep(out, fmt.Sprint("fraction ", seed), batch.Sample(d, 0.1, seed).WithParallelism(1))
			jobtest.Keep(out, fmt.Sprint("size ", seed), batch.SampleSize(d.Global(), 100, seed))
			jobtest.Keep(out, fmt.Sprint("again ", seed), batch.SampleSizeWithReplacement(d.Global(), 100, seed))
		}
		return nil
	},
})

func TestTheSameSeedDrawsTheSameRecordsAndAnotherOneOthers(t *testing.T) {
	first, _, err := repeatable.RunOn(jobtest.Deadline(t), jobtest.Configuration{Processes: 1, Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := repeatable.RunOn(jobtest.Deadline(t), jobtest.Configuration{Processes: 3, Parallelism: 1, Unchained: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range first {
		if d := jobtest.Difference(second[name], rows); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for _, kind := range []string{"fraction", "size", "again"} {
		if jobtest.Difference(first[kind+" 1"], first[kind+" 2"]) == "" {
			t.Errorf("%s: two seeds draw the same", kind)
		}
	}
}
