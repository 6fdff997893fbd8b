package survey_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/survey"
	"github.com/thalweg/thalweg/stream"
)

// surroundings are a host with a disk in memory and a clock that stands still unless a
// test moves it.
type surroundings struct {
	host.Host
	disk *filetest.Disk
	now  time.Time
}

func newSurroundings() *surroundings {
	return &surroundings{Host: host.New(), disk: filetest.NewDisk(), now: time.Unix(1, 0)}
}

func (s *surroundings) Files() host.FileSystem { return s.disk }
func (s *surroundings) Now() time.Time         { return s.now }

var errBuilt = errors.New("built")

func graphOf(t testing.TB, build func(*thalweg.Environment)) *plan.Graph {
	t.Helper()
	var g *plan.Graph
	_, _ = thalweg.Run(t.Context(), func(env *thalweg.Environment) error {
		g = env.Graph()
		build(env)
		return errBuilt
	})
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

// surveyOf surveys a program, twice, and returns what is known by the names of nodes.
func surveyOf(t *testing.T, s *surroundings, build func(*thalweg.Environment)) map[string]optimizer.Statistic {
	t.Helper()
	g := graphOf(t, build)
	got, err := survey.Run(t.Context(), s, g, 0, survey.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := survey.Run(t.Context(), s, g, 0, survey.Settings{}); err != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("another survey differs: %v, %v, %v", got, again, err)
	}
	named := map[string]optimizer.Statistic{}
	for id, s := range got {
		named[g.Nodes[id].Name] = s
	}
	return named
}

// within reports an estimate that is wrong by more than a factor.
func within(t *testing.T, what string, got optimizer.Quantity, want, factor float64, origin optimizer.Origin) {
	t.Helper()
	if got.Origin != origin || got.Value > want*factor || got.Value < want/factor {
		t.Errorf("%s: %v, %v; it is %v, and a factor of %v is allowed", what, got.Value, got.Origin, want, factor)
	}
}

func newRandom(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// sale has a field for every distribution of keys.
type sale struct {
	Unique, Uniform, Three, Half, Cluster, Sorted, Same int64
	Text                                                string
}

const (
	sales   = 60_000
	uniform = 1000 // values of Uniform
	cluster = 4    // rows with the same Cluster, one after the other
	ranges  = 50   // values of Sorted
)

func randomSales(r *rand.Rand) []sale {
	rows := make([]sale, sales)
	for i := range rows {
		rows[i] = sale{
			Unique: int64(i), Uniform: r.Int64N(uniform), Three: r.Int64N(3), Half: int64(i),
			Cluster: int64(i / cluster), Sorted: int64(i * ranges / sales), Text: strings.Repeat("x", r.IntN(41)),
		}
		if r.IntN(2) == 0 {
			rows[i].Half = -1
		}
	}
	return rows
}

// textOf returns rows as lines of CSV.
func textOf(rows []sale) string {
	var b strings.Builder
	for _, s := range rows {
		fmt.Fprintf(&b, "%d,%d,%d,%d,%d,%d,%d,%s\n", s.Unique, s.Uniform, s.Three, s.Half, s.Cluster, s.Sorted, s.Same, s.Text)
	}
	return b.String()
}

func zipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// keys groups sales by every field.
func keys(d *batch.DataSet[sale]) {
	for _, key := range []func(*sale) *int64{
		func(s *sale) *int64 { return &s.Unique }, func(s *sale) *int64 { return &s.Uniform },
		func(s *sale) *int64 { return &s.Three }, func(s *sale) *int64 { return &s.Half },
		func(s *sale) *int64 { return &s.Cluster }, func(s *sale) *int64 { return &s.Sorted },
		func(s *sale) *int64 { return &s.Same },
	} {
		batch.Discard(batch.GroupBy(d, key).Reduce(func(a, _ sale) sale { return a }))
	}
}

func TestSourcesAreKnownByTheirSamples(t *testing.T) {
	r := newRandom(t)
	rows := randomSales(r)
	s := newSurroundings()
	s.disk.Put("plain", textOf(rows))
	s.disk.Put("packed.gz", zipped(t, textOf(rows)))
	for _, c := range []struct {
		name   string
		read   func(env *thalweg.Environment) *batch.DataSet[sale]
		rows   optimizer.Origin
		places bool // the sample comes from all over the input
	}{
		{"plain", func(env *thalweg.Environment) *batch.DataSet[sale] { return batch.ReadCSV[sale](env, "plain") }, optimizer.Sampled, true},
		{"packed", func(env *thalweg.Environment) *batch.DataSet[sale] { return batch.ReadCSV[sale](env, "packed.gz") }, optimizer.Sampled, false},
		{"slice", func(env *thalweg.Environment) *batch.DataSet[sale] { return batch.FromSlice(env, rows) }, optimizer.Measured, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := surveyOf(t, s, func(env *thalweg.Environment) { keys(c.read(env).Named("read")) })["read"]
			within(t, "rows", got.Rows, sales, 1.3, c.rows)
			within(t, "width", got.Width, 7*8+16+20, 1.2, optimizer.Sampled)
			distinct := func(path string, want, factor float64) {
				t.Helper()
				within(t, "distinct "+path, got.Distinct[path], want, factor, optimizer.Sampled)
			}
			distinct("Unique", sales, 1.3)
			distinct("Uniform", uniform, 2)
			distinct("Three", 3, 1)
			distinct("Half", sales/2, 2.5)
			distinct("Same", 1, 1)
			if c.places {
				distinct("Cluster", sales/cluster, 5)
			}
			if len(got.Distinct) != 7 || len(got.Share) != 7 {
				t.Errorf("%d and %d keys", len(got.Distinct), len(got.Share))
			}
			within(t, "share of three", got.Share["Three"], 1.0/3, 1.5, optimizer.Sampled)
			within(t, "share of half", got.Share["Half"], 0.5, 1.3, optimizer.Sampled)
			within(t, "share of one", got.Share["Same"], 1, 1, optimizer.Sampled)
			if share := got.Share["Unique"].Value; share > 10.0/sales {
				t.Errorf("share of a unique key: %v", share)
			}
		})
	}
}

func TestOperatorsBehindASourceAreKnown(t *testing.T) {
	r := newRandom(t)
	s := newSurroundings()
	s.disk.Put("plain", textOf(randomSales(r)))
	type pair struct{ Key, Value int64 }
	got := surveyOf(t, s, func(env *thalweg.Environment) {
		read := batch.ReadCSV[sale](env, "plain").Named("read")
		third := read.Filter(func(s sale) bool { return s.Three == 0 }).Named("third").Rebalance()
		twice := batch.FlatMap(third, func(s sale, emit func(pair)) {
			emit(pair{s.Uniform, 1})
			emit(pair{s.Uniform, 2})
		}).Named("twice").WithParallelism(3)
		texts := batch.Project(twice, func(p pair) string { return strings.Repeat("y", 100) }).Named("texts")
		none := texts.Filter(func(s string) bool { return s == "" }).Named("none")
		counts := batch.GroupBy(twice, func(p *pair) *int64 { return &p.Key }).Aggregate(agg.Sum(func(p *pair) *int64 { return &p.Value }))
		batch.Discard(batch.Map(counts, func(p pair) pair { return p }).Named("behind"))
		batch.Discard(none)
		batch.Map(read, func(sale) int { panic("nobody reads this") })
	})
	within(t, "third", got["third"].Ratio, 1.0/3, 1.3, optimizer.Sampled)
	within(t, "twice", got["twice"].Ratio, 2, 1, optimizer.Sampled)
	within(t, "width of twice", got["twice"].Width, 16, 1, optimizer.Sampled)
	within(t, "keys of twice", got["twice"].Distinct["Key"], uniform, 2.5, optimizer.Sampled)
	within(t, "width of texts", got["texts"].Width, 116, 1, optimizer.Sampled)
	if q := got["none"].Ratio; q.Origin != optimizer.Sampled || q.Value <= 0 || q.Value > 0.01 {
		t.Errorf("a filter that nothing has passed: %v", q)
	}
	if _, ok := got["behind"]; ok || len(got) != 5 || got["third"].Rows.Known() {
		t.Errorf("%v", got)
	}
}

func TestLittleInputIsMeasured(t *testing.T) {
	s := newSurroundings()
	s.disk.Put("little", textOf(randomSales(newRandom(t))[:500]))
	s.disk.Put("empty", "")
	got := surveyOf(t, s, func(env *thalweg.Environment) {
		keys(batch.ReadCSV[sale](env, "little").Named("little"))
		keys(batch.ReadCSV[sale](env, "empty").Named("empty"))
	})
	within(t, "rows", got["little"].Rows, 500, 1, optimizer.Measured)
	within(t, "distinct", got["little"].Distinct["Unique"], 500, 1, optimizer.Measured)
	within(t, "share", got["little"].Share["Unique"], 1.0/500, 1, optimizer.Measured)
	within(t, "nothing", got["empty"].Rows, 0, 1, optimizer.Measured)
}

// closed has no size and no samples.
type closed struct{ connect.Source[int] }

func TestWhatFailsIsNotKnown(t *testing.T) {
	s := newSurroundings()
	s.disk.Put("plain", textOf(randomSales(newRandom(t))))
	s.disk.Put("bad.gz", zipped(t, strings.Repeat("x", 1000))[:30])
	failed := errors.New("failed")
	got := surveyOf(t, s, func(env *thalweg.Environment) {
		read := batch.ReadCSV[sale](env, "plain").Named("read")
		n := 0
		panics := batch.Map(read, func(s sale) sale {
			if n++; n%100 == 0 {
				panic("a user's mistake")
			}
			return s
		}).Named("panics")
		behind := panics.Filter(func(sale) bool { return true }).Named("behind")
		opens := batch.MapRich(read, func(*thalweg.Context) (func(sale) sale, error) { return nil, failed }).Named("opens")
		beside := read.Filter(func(s sale) bool { return s.Three == 0 }).Named("beside")
		for _, d := range []*batch.DataSet[sale]{behind, opens, beside} {
			keys(d)
		}
		set := batch.AsBroadcastSet(batch.FromSlice(env, []int{1, 2, 3}))
		batch.Discard(batch.MapRich(read, func(ctx *thalweg.Context) (func(sale) int, error) {
			panic("there is no set in a survey")
		}).WithBroadcastSet(set).Named("set"))
		batch.Discard(batch.ReadText(env, "missing").Named("missing"))
		batch.Discard(batch.ReadText(env, "bad.gz").Named("bad"))
		batch.Discard(batch.Read[int](env, closed{connect.Source[int](nothing{})}).Named("closed"))
	})
	within(t, "beside", got["beside"].Ratio, 1.0/3, 1.3, optimizer.Sampled)
	for _, name := range []string{"panics", "behind", "opens", "set", "missing", "bad", "closed"} {
		if g, ok := got[name]; ok {
			t.Errorf("%s: %v", name, g)
		}
	}
	if !got["read"].Rows.Known() || len(got) != 3 {
		t.Errorf("%v", got)
	}
}

type nothing struct{}

func (nothing) String() string { return "nothing" }
func (nothing) Bounded() bool  { return true }
func (nothing) Splits(connect.SplitContext) ([]connect.Split, error) {
	panic("not for a survey")
}
func (nothing) Open(connect.ReaderContext, connect.Split) (connect.Reader[int], error) {
	panic("not for a survey")
}

func TestRejectedInputIsNoRecord(t *testing.T) {
	s := newSurroundings()
	lines := strings.Repeat("1\nno number\n", 50_000)
	s.disk.Put("in", lines)
	got := surveyOf(t, s, func(env *thalweg.Environment) {
		type row struct{ N int }
		batch.Discard(batch.Read(env, csv.Read[row]("in"), batch.Budget(0)).Named("read"))
	})
	within(t, "rows", got["read"].Rows, 50_000, 1.1, optimizer.Sampled)
}

func TestASlowFunctionSeesFewRecords(t *testing.T) {
	s := newSurroundings()
	s.disk.Put("plain", textOf(randomSales(newRandom(t))))
	calls := 0
	g := graphOf(t, func(env *thalweg.Environment) {
		slow := batch.Map(batch.ReadCSV[sale](env, "plain"), func(x sale) sale {
			calls++
			s.now = s.now.Add(60 * time.Millisecond)
			return x
		})
		keys(slow)
	})
	got, err := survey.Run(t.Context(), s, g, 0, survey.Settings{Time: 100 * time.Millisecond})
	if err != nil || calls > 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if read := got[0]; !read.Rows.Known() {
		t.Errorf("%v", got)
	}
	if slow := got[1]; slow.Ratio != (optimizer.Quantity{Value: 1, Origin: optimizer.Sampled}) || len(slow.Distinct) > 0 {
		t.Errorf("%v", got)
	}
}

func TestADoneContextIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := graphOf(t, func(env *thalweg.Environment) { keys(batch.FromSlice(env, make([]sale, 10))) })
	if got, err := survey.Run(ctx, newSurroundings(), g, 0, survey.Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", got, err)
	}
}

// endless is a source that says it does not end, and must not be asked for a sample.
type endless struct{ connect.Source[int64] }

func (endless) Bounded() bool                    { return false }
func (endless) Sample(int) connect.Source[int64] { panic("there is no end of it") }
func (endless) Size(connect.SplitContext) (connect.Size, error) {
	return connect.Size{Records: 10}, nil
}

func TestOnlyWhatTheJobReadsAndEndsIsSurveyed(t *testing.T) {
	s := newSurroundings()
	got := surveyOf(t, s, func(env *thalweg.Environment) {
		stream.Discard(stream.Read(env, connect.Source[int64](endless{memory.Sequence(0, 10, 0)})).Named("endless"))
		batch.FromSlice(env, []int{1}).Named("nobody's")
		batch.Discard(batch.Sequence(env, 0, 1_000_000).Named("numbers"))
	})
	if len(got) != 1 {
		t.Errorf("%v", got)
	}
	within(t, "numbers", got["numbers"].Rows, 1_000_000, 1, optimizer.Measured)
}
