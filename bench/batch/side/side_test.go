package side

import (
	"fmt"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect"
)

func TestSumsOfFloatsMayDifferInTheLastDigitsAndChecksumsMayNot(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"18446744073709551615", "18446744073709551615", true},
		{"1844674407370955161", "1844674407370955162", false},
		{"5", "5.0", true},
		{"5e3", "5000", true},
		{"0.1", "0.10000000000000001", true},
		{"0.1", "0.1001", false},
		{"NaN", "NaN", true},
		{"nan", "1", false},
		{"x", "1", false},
	} {
		a, b := Answer{Rows: 1, Check: []string{c.a}}, Answer{Rows: 1, Check: []string{c.b}}
		if a.Same(b) != c.want || b.Same(a) != c.want {
			t.Errorf("%s and %s: got %v", c.a, c.b, !c.want)
		}
	}
	if (Answer{Rows: 1}).Same(Answer{Rows: 2}) || (Answer{}).Same(Answer{Check: []string{"1"}}) {
		t.Error("answers of different sizes are the same")
	}
}

type subtask struct {
	connect.WriterContext
	number int
}

func (s subtask) Subtask() int { return s.number }

func TestWhatIsOutOfOrderIsNoticedInAndBetweenBatchesAndSubtasks(t *testing.T) {
	for _, c := range []struct {
		parts [][][]int64 // by subtask, by batch
		want  bool
	}{
		{[][][]int64{{{1, 2}, {2, 3}}, {}, {{3}, {4, 9}}}, true},
		{[][][]int64{{{1, 3, 2}}}, false},
		{[][][]int64{{{1, 3}, {2}}}, false},
		{[][][]int64{{{1, 3}}, {}, {{2}}}, false},
	} {
		sink := &Checked[int64]{Fold: func(s *Sums, rows []int64) { s.Rows += int64(len(rows)) }, Compare: func(a, b *int64) int { return int(*a - *b) }}
		err := write(sink, c.parts)
		if err == nil {
			_, err = sink.Total()
		}
		if (err == nil) != c.want {
			t.Errorf("%v: got %v", c.parts, err)
		}
	}
}

// write hands the parts to writers that are closed in the opposite order.
func write(sink *Checked[int64], parts [][][]int64) error {
	for number := len(parts) - 1; number >= 0; number-- {
		w, err := sink.Open(subtask{number: number})
		if err != nil {
			return err
		}
		for _, rows := range parts[number] {
			if err := w.Write(rows); err != nil {
				return err
			}
		}
		if err := w.Close(true); err != nil {
			return err
		}
	}
	return nil
}

func TestAKeptAnswerHasEveryRecordOnce(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 5000, 3*pieceRows + 1} {
		sink := &Kept[int64]{}
		w, err := sink.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		rows := make([]int64, n)
		for i := range rows {
			rows[i] = int64(i)
		}
		for from := 0; from < n; from += 1000 {
			if err := w.Write(rows[from:min(n, from+1000)]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(true); err != nil {
			t.Fatal(err)
		}
		r := sink.Answer(1, func(sum []float64, r *int64) { sum[0] += float64(*r) })
		if r.Rows != int64(n) || r.Check()[0] != fmt.Sprint(n*max(0, n-1)/2) {
			t.Errorf("%d records: got %d and %v", n, r.Rows, r.Check())
		}
	}
}

func TestAProcessIsReadyWhenItsDataIsAndAnswersUntilItsInputEnds(t *testing.T) {
	loaders := map[string]Loader{"s": func(j Job) (map[string]Program, error) {
		return j.Only(func() (Result, error) { return Sums{Rows: int64(j.Rows), A: 2, B: 3}.Result(), nil })
	}}
	var out strings.Builder
	in := strings.NewReader("{\"question\": \"s\"}\n{\"question\": \"other\"}\n")
	if err := serve(loaders, []string{Job{Suite: "s", Rows: 7}.Encoded()}, in, &out); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`{"ready":true`, `"rows":7,"check":["2","3"]}`, `"error":"there is no such question"`} {
		if lines := strings.Split(out.String(), "\n"); !strings.Contains(lines[i], want) {
			t.Errorf("line %d is %s, want %s", i, lines[i], want)
		}
	}
	if err := serve(loaders, []string{Job{Suite: "x"}.Encoded()}, in, &out); err == nil {
		t.Error("a suite that nobody knows was served")
	}
}
