package step

import (
	"fmt"
	"testing"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// BenchmarkOverflow is the whole life of operators that need from three quarters of
// their memory to three times as much: the time per record should rise slowly and
// without a step.
func BenchmarkOverflow(b *testing.B) {
	type row = tally[int64]
	const share = 16 << 20
	key, typ := keyOf(b, tallyKey[int64]), typeOf[row](b)
	p, err := agg.Compile(agg.Sum(tallyCount[int64]))
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]operator.Factory{
		"aggregate": Aggregate(key, p),
		"distinct":  Distinct(key),
		"reduce":    Reduce(key, typ, Plain(func(a, b row) row { a.Count += b.Count; return a })),
	} {
		fits := roomFor(b, f, share)
		for percent := 75; percent <= 300; percent += 25 {
			b.Run(fmt.Sprintf("%s/%d%%", name, percent), func(b *testing.B) {
				b.ReportAllocs()
				groups := fits * percent / 100
				rows := tallies(randomInts(4*groups, groups))
				files := int64(0)
				for b.Loop() {
					c := confine[row, row](b, f, share, host.New())
					c.drop()
					if err := c.run(rows, 1024); err != nil {
						b.Fatal(err)
					}
					c.end(true)
					files = c.disk.files()
				}
				perRecord(b, len(rows))
				b.ReportMetric(float64(files), "files")
			})
		}
	}
}

// roomFor returns how many groups an operator has room for.
func roomFor(t testing.TB, f operator.Factory, limit int64) int {
	t.Helper()
	type row = tally[int64]
	c := confine[row, row](t, f, limit, newMemoryDisk())
	c.drop()
	var table *groups[int64]
	switch s := c.body.(type) {
	case *aggregateStep[row, int64, row]:
		table = s.table
	case *distinctStep[row, int64]:
		table = s.table
	case *reduceStep[row, int64]:
		table = s.table
	}
	for i := int64(0); !table.closed; i += 1000 {
		rows := make([]row, 1000)
		for j := range rows {
			rows[j].Key = (i + int64(j)) * 7919
		}
		if err := c.in.Collect(rows); err != nil {
			t.Fatal(err)
		}
	}
	n := len(table.keys)
	c.end(false)
	return n
}
