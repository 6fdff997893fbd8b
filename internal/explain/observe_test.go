package explain_test

import (
	"context"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/explain"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/plan"
)

func TestFiguresOfARunAreNoted(t *testing.T) {
	p, err := plan.Compile(graphOf(t, "wordcount", wordcount), plan.Options{Parallelism: 2})
	if err != nil {
		t.Fatal(err)
	}
	r := explain.Describe(p)
	r.Observe(map[int]metrics.Figures{
		0: {RecordsOut: 100, MostRecords: 50, BytesIn: 4096, Busy: 1e9},
		1: {RecordsIn: 100, RecordsOut: 900, MostRecords: 75, Busy: 3e9, Idle: 5e8, BackPressured: 25e7, MemoryPeak: 7, Spilled: 9},
	}, 2*time.Second)
	source, flat := r.Operators[0].Actual, r.Operators[1].Actual
	if want := (explain.Actual{RowsOut: 100, BytesIn: 4096, Busy: 1, Skew: 1}); *source != want {
		t.Errorf("%+v, not %+v", *source, want)
	}
	want := explain.Actual{RowsIn: 100, RowsOut: 900, Busy: 3, Idle: 0.5, Blocked: 0.25, MemoryPeak: 7, Spilled: 9, Skew: 1.5, Bottleneck: true}
	if *flat != want {
		t.Errorf("%+v, not %+v", *flat, want)
	}
	if r.Operators[2].Actual != nil {
		t.Error("an operator without figures ran")
	}
	if text := r.Text(); !strings.Contains(text, "bottleneck: [1] flatMap, 75 % of processor time") {
		t.Error(text)
	}
	r.Observe(nil, time.Second)
	if r.Operators[0].Actual != nil || r.Seconds != 1 {
		t.Error("figures of a run before are still there")
	}
}

func TestRowsAreCountedOnceHoweverManyReadThem(t *testing.T) {
	p, err := plan.Compile(graphOf(t, "twosinks", twosinks), plan.Options{Parallelism: 2})
	if err != nil {
		t.Fatal(err)
	}
	r := explain.Describe(p)
	r.Observe(map[int]metrics.Figures{0: {RecordsOut: 10}, 1: {RecordsIn: 10, RecordsOut: 20}}, time.Second)
	if source, loud := r.Operators[0].Actual, r.Operators[1].Actual; source.RowsOut != 10 || loud.RowsOut != 10 {
		t.Errorf("%d and %d rows, not 10 and 10", source.RowsOut, loud.RowsOut)
	}
}

// One key has half of all records, so that one of four subtasks has more than half of
// them; and what is sorted does not fit into memory.
func TestARunTellsSkewAndSpill(t *testing.T) {
	result, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		rows := batch.Map(batch.Sequence(env, 0, 200_000), func(n int64) word {
			if n%2 == 0 {
				n = 0
			}
			return word{Text: strings.Repeat("x", 100) + string(rune('a'+n%26)), Count: n}
		})
		skewed := batch.Map(batch.PartitionByHash(rows, count), same)
		batch.Discard(batch.Sort(skewed, batch.Asc(text)))
		return nil
	}, thalweg.WithParallelism(4), thalweg.WithMemory(8<<20), thalweg.WithSpill(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	var spilled int64
	skewed := false
	for _, o := range result.Operators {
		spilled += o.Spilled
		skewed = skewed || o.MostRecords > 100_000 && o.MostRecords < 150_000
		t.Logf("%d %s: %+v", o.ID, o.Name, o.Figures)
	}
	if spilled == 0 || !skewed {
		t.Errorf("%d bytes were spilled, skew %v", spilled, skewed)
	}
}
