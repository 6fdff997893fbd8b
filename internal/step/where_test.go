package step

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
)

func TestWhereKeepsTheRecordsForWhichAllConditionsHold(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		words := make([]string, r.IntN(40))
		if r.IntN(20) == 0 {
			words = make([]string, 5000)
		}
		for i := range words {
			words[i] = []string{"a", "b", "ab", ""}[min(r.IntN(6), 3)]
		}
		given := slices.Clone(words)
		drop := []string{"a", "b", "ab", "nothing"}[r.IntN(4)]
		conditions := []func(*string) bool{
			func(s *string) bool { return *s != drop },
			func(s *string) bool { return drop != "b" || *s != "" },
		}[:r.IntN(3)]
		var got collected
		instance, err := Where(conditions)(operator.Wiring{Outputs: []any{operator.Collector[string](&got)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := instance.Inputs[0].(operator.Collector[string]).Collect(words); err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(given), func(s string) bool {
			return slices.ContainsFunc(conditions, func(holds func(*string) bool) bool { return !holds(&s) })
		})
		if !slices.Equal(got.rows, want) || !slices.Equal(words, given) {
			t.Fatalf("of %q without %q it keeps %q", given, drop, got.rows)
		}
	}
}

// BenchmarkWhere compares conditions with a function, of wide records of which one in
// two is kept.
func BenchmarkWhere(b *testing.B) {
	type record struct {
		Numbers [12]int64
		Texts   [6]string
	}
	rows := make([]record, operator.BatchSize[record]())
	for i := range rows {
		rows[i].Numbers[3] = int64(i)
	}
	for name, factory := range map[string]operator.Factory{
		"function":   Filter(Plain(func(r record) bool { return r.Numbers[3]%2 == 0 })),
		"conditions": Where([]func(*record) bool{func(r *record) bool { return r.Numbers[3]%2 == 0 }}),
	} {
		b.Run(name, func(b *testing.B) {
			instance, err := factory(operator.Wiring{Context: operator.NewContext(operator.Spec{}), Outputs: []any{discard[record]{}}})
			if err != nil {
				b.Fatal(err)
			}
			if o, ok := instance.Body.(operator.Opener); ok {
				if err := o.Open(); err != nil {
					b.Fatal(err)
				}
			}
			in := instance.Inputs[0].(operator.Collector[record])
			b.ReportAllocs()
			for b.Loop() {
				if err := in.Collect(rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
