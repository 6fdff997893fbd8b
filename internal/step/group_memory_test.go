package step

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// pinless feeds rows whose strings are pieces of a buffer that is wiped after each
// batch, and returns what the operator emits in the end.
func pinless[I, O any](t *testing.T, f operator.Factory, rows []I) []string {
	t.Helper()
	r := newRig[I, O](t, f)
	typ := typeOf[I](t)
	for len(rows) > 0 {
		n := min(len(rows), 10)
		source := typ.AppendRows(nil, rows[:n])
		part := make([]I, n)
		if _, err := typ.DecodeRows(source, part); err != nil {
			t.Fatal(err)
		}
		if err := r.in.Collect(part); err != nil {
			t.Fatal(err)
		}
		clear(source)
		rows = rows[n:]
	}
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	return printed(r.out.rows)
}

// checkPinless compares results of rows in a buffer that is wiped with those of
// rows that stay.
func checkPinless[I, O any](t *testing.T, name string, f operator.Factory, rows []I) {
	t.Helper()
	want := printed(runStep[I, O](t, f, rows, 10))
	if len(want) == 0 {
		t.Fatalf("%s emits nothing", name)
	}
	same(t, name, pinless[I, O](t, f, rows), want, false)
}

func TestStateSharesNoMemoryWithTheRowsItCameFrom(t *testing.T) {
	type row = sample[string]
	type partial = Group[string, agg.Partial[row]]
	rows := samples(seeded(t), 500, wordKey)
	key, typ, p := keyOf(t, keyField[string]), typeOf[row](t), everything[string](t)
	first := Plain(func(a, b row) row { a.Units += b.Units; return a })
	checkPinless[row, row](t, "aggregate", Aggregate(key, p), rows)
	checkPinless[row, partial](t, "combine", CombineAggregate(key, p), rows)
	checkPinless[partial, row](t, "final", FinalAggregate(key, p), runStep[row, partial](t, CombineAggregate(key, p), rows, 10))
	checkPinless[row, agg.Partial[row]](t, "aggregate all", CombineAggregateAll(p), rows)
	checkPinless[row, row](t, "reduce", Reduce(key, typ, first), rows)
	checkPinless[row, Group[string, row]](t, "combine reduce", CombineReduce(key, typ, first), rows)
	checkPinless[row, row](t, "reduce all", ReduceAll(typ, first), rows)
	checkPinless[row, row](t, "top", Top(50, typ, func(a, b row) int { return cmp.Compare(a.High, b.High) }), rows)
	checkPinless[row, window.Result[row]](t, "window", WindowAggregate(key, window.Tumbling(5), false, p), rows)
	checkPinless[row, window.Result[row]](t, "window reduce", WindowReduce(key, typ, window.Sliding(5, 2), false, first), rows)
}

// TestPanesOfTheFutureStayOut is about a time that runs ahead of the windows that
// have fired, as event time does.
func TestPanesOfTheFutureStayOut(t *testing.T) {
	find := newGroupFinder(keyOf(t, page), 16)
	p, program := &catch[window.Result[visit]]{}, sumOfVisits(t)
	state := func() paneState[visit, visit] {
		return &aggregatePane[visit, string, visit]{newAggregates(find.key.Type(), program, &types.Arena{}), find}
	}
	store, out := newPanes(window.Sliding(3, 1), state, state()), newEmitter[window.Result[visit]](p)
	for ns := int64(10); ns < 16; ns++ {
		store.at(ns).add(&guard{}, []visit{{Page: "a", Count: 1 << (ns - 10)}})
	}
	var got []int64
	for {
		end, ok := store.nextEnd()
		if !ok {
			break
		}
		if err := store.fire(end, out); err != nil {
			t.Fatal(err)
		}
		got = append(got, end, p.rows[len(p.rows)-1].Value.Count)
	}
	want := []int64{11, 1, 12, 3, 13, 7, 14, 14, 15, 28, 16, 56, 17, 48, 18, 32}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("ends and sums %v, want %v", got, want)
	}
}
