package step

import (
	"fmt"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
)

// joined keeps what must not depend on how records are divided, and loses the key.
func joined(a, b sample[string]) sample[string] {
	a.Units += b.Units
	a.High = max(a.High, b.High)
	a.Seq = min(a.Seq, b.Seq)
	a.Low, a.Mean, a.Key = 0, 0, ""
	return a
}

func TestReduce(t *testing.T) {
	r := seeded(t)
	key, typ := keyOf(t, keyField[string]), typeOf[sample[string]](t)
	for _, n := range []int{0, 1, 2000} {
		rows := samples(r, n, wordKey)
		for i := range rows {
			rows[i].Low, rows[i].Mean = 0, 0
		}
		var want []sample[string]
		for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
			value := group[0]
			for _, row := range group[1:] {
				value = joined(value, row)
			}
			want = append(want, value)
		}
		for _, batch := range []int{1, 60, 3000} {
			same(t, "direct", printed(runStep[sample[string], sample[string]](t, Reduce(key, typ, Plain(joined)), rows, batch)), printed(want), true)
		}
		// Records that were alone in their group keep their key; the others lose it on
		// the way, wherever they meet.
		for _, bound := range []int{1, 7, combineBound} {
			got := combined[sample[string], Group[string, sample[string]], sample[string]](t, r,
				combineReduce(key, typ, Plain(joined), bound), FinalReduce(key, typ, Plain(joined)), rows)
			same(t, fmt.Sprint("bound ", bound), printed(got), printed(want), false)
		}
		all := combined[sample[string], sample[string], sample[string]](t, r, ReduceAll(typ, Plain(joined)), ReduceAll(typ, Plain(joined)), rows)
		var whole []string
		if n > 0 {
			value := rows[0]
			for _, row := range rows[1:] {
				value = joined(value, row)
			}
			whole = printed([]sample[string]{value})
		}
		same(t, "all", printed(all), whole, true)
	}
}

// sequence folds the records of a key into a text of their numbers.
var sequence = Folder[string, sample[string]]{
	Init: func() string { return ">" },
	Step: func(text string, s sample[string]) string { return text + fmt.Sprint(" ", s.Key, s.Seq) },
}

func TestFold(t *testing.T) {
	r := seeded(t)
	key := keyOf(t, keyField[string])
	rows := samples(r, 1000, wordKey)
	fold := func(rows []sample[string]) string {
		text := ">"
		for _, s := range rows {
			text += fmt.Sprint(" ", s.Key, s.Seq)
		}
		return text
	}
	var want []string
	for _, group := range grouped(rows, func(s sample[string]) string { return s.Key }) {
		want = append(want, fold(group))
	}
	for _, batch := range []int{1, 99, 2000} {
		same(t, "by key", runStep[sample[string], string](t, Fold(key, Plain(sequence)), rows, batch), want, true)
		same(t, "all", runStep[sample[string], string](t, FoldAll(Plain(sequence)), rows, batch), []string{fold(rows)}, true)
	}
	same(t, "nothing by key", runStep[sample[string], string](t, Fold(key, Plain(sequence)), nil, 1), nil, true)
	same(t, "nothing at all", runStep[sample[string], string](t, FoldAll(Plain(sequence)), nil, 1), nil, true)
}

func TestRolling(t *testing.T) {
	r := seeded(t)
	key, typ := keyOf(t, keyField[string]), typeOf[sample[string]](t)
	rows := samples(r, 1500, wordKey)
	so := map[string][]sample[string]{}
	var aggregates, totalled []string
	var reduced []sample[string]
	var folded []string
	for _, row := range rows {
		so[row.Key] = append(so[row.Key], row)
		group := so[row.Key]
		aggregates = append(aggregates, fmt.Sprint(naive(group)))
		totalled = append(totalled, fmt.Sprint(naiveTotal(group)))
		value, text := group[0], ">"
		for i, row := range group {
			if i > 0 {
				value = joined(value, row)
			}
			text += fmt.Sprint(" ", row.Key, row.Seq)
		}
		reduced, folded = append(reduced, value), append(folded, text)
	}
	for _, batch := range []int{1, 2, 500, 3000} {
		same(t, "aggregate", printed(runStep[sample[string], sample[string]](t, RollingAggregate(key, everything[string](t)), rows, batch)), aggregates, true)
		same(t, "into", printed(runStep[sample[string], total](t, RollingAggregate(key, totals(t)), rows, batch)), totalled, true)
		same(t, "reduce", printed(runStep[sample[string], sample[string]](t, RollingReduce(key, typ, Plain(joined)), rows, batch)), printed(reduced), true)
		same(t, "fold", runStep[sample[string], string](t, RollingFold(key, Plain(sequence)), rows, batch), folded, true)
	}
}

func TestPanicsNameTheRecord(t *testing.T) {
	key, typ := keyOf(t, keyField[int64]), typeOf[sample[int64]](t)
	fail := Plain(func(a, b sample[int64]) sample[int64] {
		if b.Seq == 130 {
			panic("enough")
		}
		return a
	})
	fold := Plain(Folder[int64, sample[int64]]{
		Init: func() int64 { return 0 },
		Step: func(n int64, s sample[int64]) int64 { return n / (s.Seq - 130) },
	})
	rows := make([]sample[int64], 200)
	for i := range rows {
		rows[i].Seq = int64(i)
	}
	type row = sample[int64]
	shown := "{Key:0 Seq:130 Units:0 Low:0 High: N:0 Mean:0}"
	const spares = " (--quarantine DIR puts such records aside, and the job goes on)"
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"reduce":         {newRig[row, row](t, Reduce(key, typ, fail)).feed(rows, 64), shown + ": panic: enough" + spares},
		"combine reduce": {newRig[row, Group[int64, row]](t, CombineReduce(key, typ, fail)).feed(rows, 64), shown + ": panic: enough" + spares},
		"reduce all":     {newRig[row, row](t, ReduceAll(typ, fail)).feed(rows, 64), shown + ": panic: enough" + spares},
		"rolling reduce": {newRig[row, row](t, RollingReduce(key, typ, fail)).feed(rows, 64), shown + ": panic: enough" + spares},
		"fold":           {newRig[row, int64](t, Fold(key, fold)).feed(rows, 64), shown + ": panic: runtime error: integer divide by zero" + spares},
		"rolling fold":   {newRig[row, int64](t, RollingFold(key, fold)).feed(rows, 64), shown + ": panic: runtime error: integer divide by zero" + spares},
		"top": {newRig[row, row](t, Top(3, typ, func(a, b row) int {
			if a.Seq == 130 {
				panic("enough")
			}
			return int(a.Seq - b.Seq)
		})).feed(rows, 64), shown + ": panic: enough"},
	} {
		want := `operator "under test", subtask 0 of 1, record 130 ` + c.want
		if c.err == nil || c.err.Error() != want {
			t.Errorf("%s: got  %v\nwant %s", name, c.err, want)
		}
	}
	final := newRig[Group[int64, row], row](t, FinalReduce(key, typ, fail))
	err := final.feed([]Group[int64, row]{{1, row{}}, {1, row{Seq: 130}}}, 1)
	if err == nil || !strings.Contains(err.Error(), "record 1 {Key:1 Value:{Key:0 Seq:130") {
		t.Errorf("final reduce: %v", err)
	}
}

func TestARichFunctionThatCannotOpen(t *testing.T) {
	key, typ := keyOf(t, keyField[int64]), typeOf[sample[int64]](t)
	f := Reduce(key, typ, func(*operator.Context) (func(a, b sample[int64]) sample[int64], error) {
		return nil, fmt.Errorf("no dictionary")
	})
	inst, err := f(operator.Wiring{Context: operator.NewContext(operator.Spec{Name: "x", Parallelism: 1}), Outputs: []any{&nothing[sample[int64]]{}}})
	if err != nil {
		t.Fatal(err)
	}
	err = inst.Body.(operator.Opener).Open()
	if want := `operator "x", subtask 0 of 1: no dictionary`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
