package step

import (
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/types"
)

type figures struct {
	Plain  float64
	Whole  int32
	Maybe  *int64
	Text   string
	Note   *[]byte
	Yes    bool
	Others []string
}

func columnsOf[T any](t testing.TB) []types.Column {
	t.Helper()
	c, err := types.Columns[T]()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exact computes mean and squares with 200 bits.
func exact(numbers []float64) (mean, squares float64) {
	wide := func(x float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(x) }
	sum := wide(0)
	for _, x := range numbers {
		sum.Add(sum, wide(x))
	}
	sum.Quo(sum, wide(float64(len(numbers))))
	all := wide(0)
	for _, x := range numbers {
		d := wide(x)
		d.Sub(d, sum)
		all.Add(all, d.Mul(d, d))
	}
	mean, _ = sum.Float64()
	squares, _ = all.Float64()
	return mean, squares
}

// alike allows for an error of a part of what is wanted.
func alike(got, want, of float64) bool { return math.Abs(got-want) <= of*math.Abs(want) }

func TestSummariesOfNumbersEqualExactOnesHoweverTheyAreDivided(t *testing.T) {
	r := seeded(t)
	for _, offset := range []float64{0, 1e3, 1e9, -1e12} {
		var rows []figures
		var finite []float64
		want := NumberSummary{Min: math.Inf(1), Max: math.Inf(-1)}
		for range 5000 {
			x := offset + r.NormFloat64()
			switch r.IntN(20) {
			case 0:
				x = math.NaN()
				want.NaN++
			case 1:
				x = math.Inf(r.IntN(2)*2 - 1)
				want.Infinite++
			default:
				finite = append(finite, x)
				want.Min, want.Max = min(want.Min, x), max(want.Max, x)
			}
			rows = append(rows, figures{Plain: x})
		}
		want.Mean, want.Squares = exact(finite)
		columns := columnsOf[figures](t)
		got := combined[figures, Summary, Summary](t, r, Summarize[figures](columns), MergeSummaries(columns), rows)
		n := got[0].Fields[0].Numbers
		if got[0].Records != 5000 || n.Finite != int64(len(finite)) || n.NaN != want.NaN || n.Infinite != want.Infinite || n.Min != want.Min || n.Max != want.Max {
			t.Errorf("from %v: %+v, want %+v", offset, n, want)
		}
		// Of numbers near 1e12 13 bits stand behind the point: that bounds what can be known.
		within := 1e-9 + 1e-15*math.Abs(offset)
		if math.Abs(n.Mean-want.Mean) > 1e-12*(1+math.Abs(offset)) || !alike(n.Squares, want.Squares, within) {
			t.Errorf("from %v: mean %v and squares %v, want %v and %v", offset, n.Mean, n.Squares, want.Mean, want.Squares)
		}
		if !alike(n.Sum, want.Mean*float64(len(finite)), 1e-9) && offset != 0 {
			t.Errorf("from %v: the sum %v", offset, n.Sum)
		}
		if v := want.Squares / float64(len(finite)-1); !alike(n.Variance(), v, within) || !alike(n.Deviation(), math.Sqrt(v), within) {
			t.Errorf("from %v: variance %v and deviation %v, want %v", offset, n.Variance(), n.Deviation(), v)
		}
	}
}

func TestASummaryCountsWhatIsInEveryField(t *testing.T) {
	seven, note, none := int64(7), []byte("note"), []byte{}
	rows := []figures{
		{Plain: 1, Whole: -2, Maybe: &seven, Text: "äh", Note: &note, Yes: true},
		{Plain: 3, Whole: 4, Note: &none},
		{Plain: 2, Whole: 4, Text: "x", Yes: true, Others: []string{"a"}},
	}
	columns := columnsOf[figures](t)
	want := Summary{Records: 3, Fields: []FieldSummary{
		{Name: "Plain", Kind: "float64", Count: 3, Numbers: NumberSummary{Finite: 3, Min: 1, Max: 3, Sum: 6, Mean: 2, Squares: 2}},
		{Name: "Whole", Kind: "int32", Count: 3, Numbers: NumberSummary{Finite: 3, Min: -2, Max: 4, Sum: 6, Mean: 2, Squares: 24}},
		{Name: "Maybe", Kind: "int64", Count: 1, Nulls: 2, Numbers: NumberSummary{Finite: 1, Min: 7, Max: 7, Sum: 7, Mean: 7}},
		{Name: "Text", Kind: "string", Count: 3, Empty: 1, Lengths: NumberSummary{Finite: 3, Max: 3, Sum: 4, Mean: 4. / 3, Squares: 42. / 9}},
		{Name: "Note", Kind: "bytes", Count: 2, Nulls: 1, Empty: 1, Lengths: NumberSummary{Finite: 2, Max: 4, Sum: 4, Mean: 2, Squares: 8}},
		{Name: "Yes", Kind: "bool", Count: 3, True: 2, False: 1},
		{Name: "Others", Kind: "slice", Count: 3},
	}}
	for _, batch := range []int{1, 2, 3} {
		got := runStep[figures, Summary](t, Summarize[figures](columns), rows, batch)[0]
		if s := &got.Fields[3].Lengths; math.Abs(s.Squares-42./9) < 1e-12 && math.Abs(s.Mean-4./3) < 1e-12 {
			s.Squares, s.Mean = 42./9, 4./3
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in batches of %d:\n%+v, want\n%+v", batch, got, want)
		}
	}
	empty := combined[figures, Summary, Summary](t, seeded(t), Summarize[figures](columns), MergeSummaries(columns), nil)
	if len(empty) != 1 || empty[0].Records != 0 || len(empty[0].Fields) != len(want.Fields) || empty[0].Fields[0].Numbers != (NumberSummary{}) {
		t.Errorf("of nothing: %+v", empty)
	}
}

func BenchmarkSummarize(b *testing.B) {
	rows := make([]figures, 1000)
	for i := range rows {
		rows[i] = figures{Plain: float64(i), Whole: int32(i), Text: strings.Repeat("x", i%20), Yes: i%3 == 0}
	}
	in := silent[figures, Summary](b, Summarize[figures](columnsOf[figures](b)))
	b.ReportAllocs()
	for b.Loop() {
		if err := in.Collect(rows); err != nil {
			b.Fatal(err)
		}
	}
}
