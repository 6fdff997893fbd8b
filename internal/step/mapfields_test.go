package step

import (
	"errors"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

type gathered[T any] struct{ rows []T }

func (g *gathered[T]) Collect(rows []T) error {
	g.rows = append(g.rows, rows...)
	return nil
}

// collectorOf is the input of an operator whose output is gathered.
func collectorOf[I, O any](t *testing.T, f operator.Factory, to *gathered[O]) operator.Collector[I] {
	t.Helper()
	instance, err := f(operator.Wiring{
		Context: operator.NewContext(operator.Spec{Name: "fields"}), Outputs: []any{operator.Collector[O](to)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return instance.Inputs[0].(operator.Collector[I])
}

func TestFunctionsOfSomeFieldsSeeThoseOfTheirRecords(t *testing.T) {
	fields, err := types.PickOf[wide, narrow]()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, pickedRows, pickedRows + 1, 5000} {
		var rows, even []wide
		var sums []int64
		for i := range int64(n) {
			w := wide{A: i, B: -1, C: -2, D: 3 * i}
			rows, sums = append(rows, w), append(sums, 4*i)
			if i%2 == 0 {
				even = append(even, w)
			}
		}
		var mapped gathered[int64]
		var kept gathered[wide]
		if err := collectorOf[wide](t, MapFields(fields, func(n narrow) int64 { return n.A + n.D }), &mapped).Collect(rows); err != nil {
			t.Fatal(err)
		}
		if err := collectorOf[wide](t, FilterFields(fields, func(n narrow) bool { return n.D%2 == 0 }), &kept).Collect(rows); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(mapped.rows, sums) || !slices.Equal(kept.rows, even) {
			t.Errorf("of %d records: %d sums, %d kept", n, len(mapped.rows), len(kept.rows))
		}
	}
}

func TestAPanicInAFunctionOfFieldsNamesTheRecord(t *testing.T) {
	fields, err := types.PickOf[wide, narrow]()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]wide, 300)
	rows[200].A = 7
	fail := func(n narrow) bool {
		if n.A == 7 {
			panic("seven")
		}
		return true
	}
	var kept gathered[wide]
	var mapped gathered[bool]
	for what, err := range map[string]error{
		"filter": collectorOf[wide](t, FilterFields(fields, fail), &kept).Collect(rows),
		"map":    collectorOf[wide](t, MapFields(fields, fail), &mapped).Collect(rows),
	} {
		var f *operator.Failure
		if !errors.As(err, &f) || f.Record != 200 {
			t.Errorf("%s: %v", what, err)
		}
	}
}
