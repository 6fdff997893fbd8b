package step

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
)

// distributions give the number of the key of record i of n.
var distributions = map[string]func(r *rand.Rand, n, i int) int{
	"uniform":      func(r *rand.Rand, n, _ int) int { return r.IntN(1 + n/3) },
	"skewed":       func(r *rand.Rand, n, _ int) int { return r.IntN(2) * r.IntN(1+n/3) },
	"sorted":       func(_ *rand.Rand, _, i int) int { return i / 3 },
	"all distinct": func(_ *rand.Rand, _, i int) int { return i },
	"all equal":    func(*rand.Rand, int, int) int { return 7 },
}

// checkConfined compares all keyed operators with naive ones, in shares of all
// sizes. id names equal keys alike.
func checkConfined[K comparable](t *testing.T, key func(int) K, id func(K) string) {
	type row = sample[K]
	type partial = Group[K, agg.Partial[row]]
	const n = 4000
	r := seeded(t)
	field, typ, p := keyOf(t, keyField[K]), typeOf[row](t), everything[K](t)
	whole := keyOf(t, func(s *row) *row { return s })
	shipped := func(a, b row) row {
		a.Units += b.Units
		a.High = max(a.High, b.High)
		a.Seq = min(a.Seq, b.Seq)
		a.Low, a.Mean = 0, 0
		return a
	}
	fold := Plain(Folder[[2]int64, row]{
		Init: func() [2]int64 { return [2]int64{} },
		Step: func(v [2]int64, s row) [2]int64 { return [2]int64{v[0]*31 + s.Seq, s.Seq} },
	})
	show := func(rows []row) []string {
		out := make([]string, len(rows))
		for i, s := range rows {
			out[i] = id(s.Key) + fmt.Sprint(s.Seq, s.Units, s.Low, s.High, s.N, s.Mean)
		}
		return out
	}
	for name, of := range distributions {
		rows := samples(r, n, func(int) K { return key(0) })
		for i := range rows {
			rows[i].Key = key(of(r, n, i))
			rows[i].Low, rows[i].Mean = float64(rows[i].Units), 0
		}
		groups := grouped(rows, func(s row) string { return id(s.Key) })
		var sums, joins, firsts, threes []row
		var folds [][2]int64
		for _, g := range groups {
			sums, firsts, threes = append(sums, naive(g)), append(firsts, g[0]), append(threes, g[:min(len(g), 3)]...)
			value, v := g[0], [2]int64{g[0].Seq, g[0].Seq}
			for _, s := range g[1:] {
				value, v = shipped(value, s), [2]int64{v[0]*31 + s.Seq, s.Seq}
			}
			joins, folds = append(joins, value), append(folds, v)
		}
		for _, limit := range []int64{leastShare, 2 * leastShare, 5 * leastShare, 1 << 30} {
			t.Run(fmt.Sprintf("%s in %s", name, memory.Text(limit)), func(t *testing.T) {
				files := int64(0)
				check := func(what string, got []row, made int64, want []row) {
					t.Helper()
					files += made
					same(t, what, show(got), show(want), false)
				}
				got, made := runConfined[row, row](t, Aggregate(field, p), rows, limit)
				check("aggregate", got, made, sums)
				partials, made := runConfined[row, partial](t, CombineAggregate(field, p), rows, limit)
				if made != 0 {
					t.Error("a combiner went to disk")
				}
				got, made = runConfined[partial, row](t, FinalAggregate(field, p), partials, limit)
				check("final aggregate", got, made, sums)
				got, made = runConfined[row, row](t, Reduce(field, typ, Plain(shipped)), rows, limit)
				check("reduce", got, made, joins)
				ships, _ := runConfined[row, Group[K, row]](t, CombineReduce(field, typ, Plain(shipped)), rows, limit)
				got, made = runConfined[Group[K, row], row](t, FinalReduce(field, typ, Plain(shipped)), ships, limit)
				check("final reduce", got, made, joins)
				got, made = runConfined[row, row](t, Distinct(field), rows, limit)
				check("distinct", got, made, firsts)
				less, _ := runConfined[row, row](t, CombineDistinct(field), rows, limit)
				got, made = runConfined[row, row](t, Distinct(field), less, limit)
				check("distinct of combined", got, made, firsts)
				got, made = runConfined[row, row](t, FirstOf(field, 3), rows, limit)
				check("first of", got, made, threes)
				twice := append(rows[:n:n], rows...)
				got, made = runConfined[row, row](t, DistinctRecords(whole), twice, limit)
				check("distinct records", got, made, rows)
				values, made := runConfined[row, [2]int64](t, Fold(field, fold), rows, limit)
				files += made
				same(t, "fold", printed(values), printed(folds), false)
				small, ample := limit <= 2*leastShare && len(groups) > n/6, limit == 1<<30
				if small && files == 0 || ample && files > 0 {
					t.Errorf("%d groups made %d files", len(groups), files)
				}
			})
		}
	}
}

func TestKeyedOperatorsGiveTheSameResultsInAnyShare(t *testing.T) {
	t.Run("int64", func(t *testing.T) { checkConfined(t, intKey, func(k int64) string { return fmt.Sprint(k) }) })
	t.Run("string", func(t *testing.T) {
		checkConfined(t, func(i int) string { return fmt.Sprint("a word of some length ", i) }, func(k string) string { return k })
	})
	type pair struct {
		A string
		B int8
	}
	t.Run("struct", func(t *testing.T) {
		checkConfined(t, func(i int) pair { return pair{wordKey(i / 100), int8(i % 100)} }, func(k pair) string { return fmt.Sprint(k) })
	})
	t.Run("float64", func(t *testing.T) {
		checkConfined(t, func(i int) float64 {
			if i%50 == 7 {
				return math.NaN()
			}
			return float64(i)
		}, func(k float64) string { return fmt.Sprint(k) })
	})
}

func TestMemoryWithoutStringsStaysWithinTheShare(t *testing.T) {
	rows := tallies(randomInts(300_000, 200_000))
	key, typ := keyOf(t, tallyKey[int64]), typeOf[tally[int64]](t)
	p, err := agg.Compile(agg.Sum(tallyCount[int64]))
	if err != nil {
		t.Fatal(err)
	}
	type row = tally[int64]
	for limit := int64(leastShare); limit <= 32<<20; limit = limit*2 + 1 {
		for name, f := range map[string]operator.Factory{
			"aggregate": Aggregate(key, p),
			"reduce":    Reduce(key, typ, Plain(func(a, b row) row { a.Count += b.Count; return a })),
			"distinct":  Distinct(key),
			"first of":  FirstOf(key, 2),
		} {
			c := confine[row, row](t, f, limit, newMemoryDisk())
			if err := c.run(rows, 1000); err != nil {
				t.Fatal(err)
			}
			_, peak := c.share.Used()
			if peak > limit {
				t.Errorf("%s: %d bytes were in use, the share has %d", name, peak, limit)
			}
			if made := c.disk.files(); made > 0 && peak < limit*3/4 {
				t.Errorf("%s: %d of %d bytes were used, and yet %d files", name, peak, limit, made)
			}
			c.end(true)
		}
	}
}

func TestRowsLongerThanBlocksOverflow(t *testing.T) {
	r := seeded(t)
	rows := make([]sample[string], 300)
	for i := range rows {
		rows[i] = sample[string]{Key: wordKey(i), Seq: int64(i), High: strings.Repeat("x", r.IntN(1+r.IntN(60_000)))}
	}
	twice := append(rows[:len(rows):len(rows)], rows...)
	key := keyOf(t, keyField[string])
	c := confine[sample[string], sample[string]](t, Aggregate(key, everything[string](t)), leastShare, newMemoryDisk())
	if err := c.run(twice, 10); err != nil {
		t.Fatal(err)
	}
	c.end(true)
	if c.disk.files() == 0 {
		t.Error("nothing overflowed")
	}
	bySeq := func(rows []sample[string]) map[int64]int {
		out := map[int64]int{}
		for _, s := range rows {
			out[s.Seq] = len(s.High)*10 + int(s.N)
		}
		return out
	}
	for i := range rows {
		rows[i].N = 2
	}
	got, want := bySeq(c.out.rows), bySeq(rows)
	if len(c.out.rows) != len(rows) || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d results, want %d", len(c.out.rows), len(rows))
	}
}

func TestOverflowReleasesEverythingHoweverItEnds(t *testing.T) {
	rows := tallies(randomInts(100_000, 80_000))
	key := keyOf(t, tallyKey[int64])
	type row = tally[int64]
	t.Run("closed in the middle of the input", func(t *testing.T) {
		c := confine[row, row](t, Distinct(key), leastShare, newMemoryDisk())
		if err := feed(c.in, rows, 1000); err != nil {
			t.Fatal(err)
		}
		if c.disk.open.Load() == 0 {
			t.Fatal("nothing overflowed")
		}
		c.end(false)
		c.end(false)
	})
	t.Run("the chain behind fails in Finish", func(t *testing.T) {
		c := confine[row, row](t, Distinct(key), leastShare, newMemoryDisk())
		if err := feed(c.in, rows, 1000); err != nil {
			t.Fatal(err)
		}
		left := 5
		c.body.(*distinctStep[row, int64]).out = failing[row](func() error {
			if left--; left < 0 {
				return operator.ErrDone
			}
			return nil
		})
		if err := c.body.(operator.Finisher).Finish(); err != operator.ErrDone {
			t.Errorf("got %v", err)
		}
		c.end(false)
	})
	t.Run("user code panics in Finish", func(t *testing.T) {
		calls := 0
		fold := Plain(Folder[int64, row]{
			Init: func() int64 { return 0 },
			Step: func(n int64, r row) int64 {
				if calls++; calls == len(rows) {
					panic("enough")
				}
				return n
			},
		})
		c := confine[row, int64](t, Fold(key, fold), leastShare, newMemoryDisk())
		err := c.run(rows, 1000)
		c.end(false)
		if err == nil || !strings.HasPrefix(err.Error(), `operator "under test", subtask 0 of 1 {Key:`) || !strings.Contains(err.Error(), "panic: enough (--quarantine DIR") {
			t.Errorf("got %v", err)
		}
	})
}

// failing is an output that does as its function says.
type failing[T any] func() error

func (f failing[T]) Collect([]T) error { return f() }

func TestAPanicNamesTheRecordWhenOthersOverflow(t *testing.T) {
	type row = tally[int64]
	rows := tallies(randomInts(20_000, 20_000))
	rows = append(rows, row{rows[1].Key, -1}) // of a key the table has
	for i := range rows[:700] {
		rows = append(rows, row{int64(i) + 1<<40, 1})
	}
	add := Plain(func(a, b row) row {
		if b.Count < 0 {
			panic("negative")
		}
		return a
	})
	key, typ := keyOf(t, tallyKey[int64]), typeOf[row](t)
	for name, f := range map[string]operator.Factory{"reduce": Reduce(key, typ, add), "combine": combineReduce(key, typ, add, 1<<20)} {
		var c *confined[row, row]
		var err error
		if name == "reduce" {
			c = confine[row, row](t, f, leastShare, newMemoryDisk())
			err = feed(c.in, rows, 999)
			c.end(false)
		} else {
			c := confine[row, Group[int64, row]](t, f, leastShare, newMemoryDisk())
			err = feed(c.in, rows[:1], 1)
			s := c.body.(*combineReduceStep[row, int64])
			s.state.groups.shut()
			if err == nil {
				err = s.collect([]row{rows[2], {rows[0].Key, -1}})
			}
			c.end(false)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("record 2 {Key:%d Count:-1}", rows[0].Key)) {
				t.Errorf("%s: got %v", name, err)
			}
			continue
		}
		if want := fmt.Sprintf("record 20000 {Key:%d Count:-1}", rows[1].Key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestADiskThatFailsIsNamed(t *testing.T) {
	rows := tallies(randomInts(60_000, 50_000))
	key := keyOf(t, tallyKey[int64])
	type row = tally[int64]
	for _, op := range []faulty.Operation{faulty.Scratch, faulty.Write, faulty.Read} {
		for _, after := range []int{0, 3, 20} {
			disk := faulty.New(newMemoryDisk())
			disk.FailAfter(op, "*", after, syscall.EIO)
			c := confine[row, row](t, Distinct(key), leastShare, disk)
			err := c.run(rows, 1000)
			c.end(false)
			if disk.Failed(op) == 0 {
				continue
			}
			if err == nil || !strings.HasPrefix(err.Error(), `operator "under test", subtask 0 of 1: spill: `) || !strings.Contains(err.Error(), syscall.EIO.Error()) {
				t.Errorf("%s after %d: got %v", op, after, err)
			}
		}
	}
}

func TestAHeavyKeyThatIsMetEarlyNeverOverflows(t *testing.T) {
	type row = tally[int64]
	keys := randomInts(100_000, 50_000)
	for i := range keys {
		if i%2 == 0 {
			keys[i] = -1
		}
	}
	c := confine[row, row](t, FirstOf(keyOf(t, tallyKey[int64]), math.MaxInt64), leastShare, newMemoryDisk())
	if err := feed(c.in, tallies(keys), 1000); err != nil {
		t.Fatal(err)
	}
	heavy := 0
	for _, r := range c.out.rows {
		if r.Key == -1 {
			heavy++
		}
	}
	if heavy != len(keys)/2 {
		t.Errorf("%d records of the heavy key were let through at once, want all %d", heavy, len(keys)/2)
	}
	c.end(false)
}

func TestTopWithinItsShare(t *testing.T) {
	r := seeded(t)
	rows := make([]sample[string], 20_000)
	for i := range rows { // ever better ones, so that all are kept for a while
		rows[i] = sample[string]{Seq: int64(len(rows) - i), High: strings.Repeat("x", 50+r.IntN(50))}
	}
	typ := typeOf[sample[string]](t)
	bySeq := func(a, b sample[string]) int { return cmp.Compare(a.Seq, b.Seq) }
	c := confine[sample[string], sample[string]](t, Top(100, typ, bySeq), 4*leastShare, newMemoryDisk())
	if err := c.run(rows, 500); err != nil {
		t.Fatal(err)
	}
	if _, peak := c.share.Used(); peak > 4*leastShare {
		t.Errorf("%d bytes were in use", peak)
	}
	if len(c.out.rows) != 100 || c.out.rows[0].Seq != 1 || len(c.out.rows[99].High) < 50 || c.out.rows[99].Seq != 100 {
		t.Errorf("got %d rows", len(c.out.rows))
	}
	c.end(true)
	c = confine[sample[string], sample[string]](t, Top(10_000, typ, bySeq), 4*leastShare, newMemoryDisk())
	err := c.run(rows, 500)
	if want := `operator "under test", subtask 0 of 1: the first 10000 records do not fit into the operator's memory of 512 KiB: raise --memory`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	c.end(false)
}

// A few short records fit into a share of a few pages, whatever chunks their text
// is copied to.
func TestFewRecordsFitIntoASmallShare(t *testing.T) {
	rows := samples(seeded(t), 15, wordKey)
	bySeq := func(a, b sample[string]) int { return cmp.Compare(a.Seq, b.Seq) }
	got, _ := runConfined[sample[string], sample[string]](t, Top(15, typeOf[sample[string]](t), bySeq), rows, 32<<10)
	if len(got) != 15 {
		t.Errorf("%d records", len(got))
	}
}

// What a table of wide rows needs for its slots is little beside what the overflow
// needs for its buffers: a part must find room for all its keys all the same.
func TestWideRowsOverflowOnce(t *testing.T) {
	type row struct {
		Key  int64
		Wide [127]int64
	}
	const share = 8 << 20
	r := seeded(t)
	rows := make([]row, 8*share/1024)
	for i, key := range r.Perm(len(rows)) {
		rows[i].Key = int64(key)
	}
	key := keyOf(t, func(r *row) *int64 { return &r.Key })
	first := Plain(func(a, _ row) row { return a })
	got, files := runConfined[row, row](t, Reduce(key, typeOf[row](t), first), rows, share)
	if len(got) != len(rows) {
		t.Errorf("%d groups, want %d", len(got), len(rows))
	}
	if files == 0 || files > 1<<mostBits {
		t.Errorf("%d files were made: parts have parts", files)
	}
}
