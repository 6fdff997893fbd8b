package main

import (
	"fmt"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/optimizer"
)

// testCase is a program with an operator that can be run in several ways.
type testCase struct {
	name       string
	kind       string   // of the operator
	strategies []string // of it
	tables     map[string]optimizer.Statistic
	build      func(env *thalweg.Environment)
}

// narrow and wide are records of 16 and of 96 bytes.
type (
	narrow struct{ Key, Value int64 }
	wide   struct {
		Key, Value int64
		Pad        [10]int64
	}
)

func narrowKey(r *narrow) *int64   { return &r.Key }
func narrowValue(r *narrow) *int64 { return &r.Value }
func wideKey(r *wide) *int64       { return &r.Key }
func wideValue(r *wide) *int64     { return &r.Value }

// scatter spreads numbers over all values below n, each about as often.
func scatter(i, n int64) int64 { return int64(uint64(i) * 0x9E3779B97F4A7C15 >> 20 % uint64(n)) }

func narrows(env *thalweg.Environment, name string, rows, keys int64) *batch.DataSet[narrow] {
	return batch.Map(batch.Sequence(env, 0, rows), func(i int64) narrow { return narrow{scatter(i, keys), i} }).Named(name)
}

func wides(env *thalweg.Environment, name string, rows, keys int64) *batch.DataSet[wide] {
	return batch.Map(batch.Sequence(env, 0, rows), func(i int64) wide { return wide{Key: scatter(i, keys), Value: i} }).Named(name)
}

func tables(path string, sizes map[string][2]int64) map[string]optimizer.Statistic {
	all := map[string]optimizer.Statistic{}
	for name, s := range sizes {
		all[name] = optimizer.Statistic{
			Rows:     optimizer.Quantity{Value: float64(s[0]), Origin: optimizer.Measured},
			Distinct: map[string]optimizer.Quantity{path: {Value: float64(s[1]), Origin: optimizer.Measured}},
		}
	}
	return all
}

func cases() []testCase {
	var all []testCase
	joins := []string{"hash first", "hash second", "merge", "broadcast first", "broadcast second"}
	for _, size := range [][2]int64{{1000, 4e6}, {100e3, 4e6}, {1e6, 4e6}, {3e6, 3e6}} {
		small, large := size[0], size[1]
		all = append(all, testCase{
			name: fmt.Sprintf("join of narrow %d and %d", small, large), kind: "join", strategies: joins,
			tables: tables("Key", map[string][2]int64{"small": {small, small}, "large": {large, small}}),
			build: func(env *thalweg.Environment) {
				s, l := narrows(env, "small", small, small), narrows(env, "large", large, small)
				batch.Discard(batch.Join(s, l, batch.On(narrowKey, narrowKey), func(a, b narrow) narrow { return narrow{a.Key, b.Value} }))
			},
		})
	}
	for _, size := range [][2]int64{{1000, 1e6}, {250e3, 1e6}} {
		small, large := size[0], size[1]
		all = append(all, testCase{
			name: fmt.Sprintf("join of wide %d and %d", small, large), kind: "join", strategies: joins,
			tables: tables("Key", map[string][2]int64{"small": {small, small}, "large": {large, small}}),
			build: func(env *thalweg.Environment) {
				s, l := wides(env, "small", small, small), wides(env, "large", large, small)
				batch.Discard(batch.Join(s, l, batch.On(wideKey, wideKey), func(a, b wide) narrow { return narrow{a.Key, b.Value} }))
			},
		})
	}
	var groupings []string
	for _, combine := range []string{"hash", "sort", "none"} {
		for _, final := range []string{"hash", "sort"} {
			groupings = append(groupings, "combine="+combine+"+aggregate="+final)
		}
	}
	for _, keys := range []int64{100, 100e3, 2e6} {
		const rows = 4e6
		all = append(all, testCase{
			name: fmt.Sprintf("group narrow by %d", keys), strategies: groupings,
			tables: tables("Key", map[string][2]int64{"rows": {rows, keys}}),
			build: func(env *thalweg.Environment) {
				batch.Discard(batch.GroupBy(narrows(env, "rows", rows, keys), narrowKey).Aggregate(agg.Sum(narrowValue)))
			},
		})
	}
	for _, keys := range []int64{100, 500e3} {
		const rows = 1e6
		all = append(all, testCase{
			name: fmt.Sprintf("group wide by %d", keys), strategies: groupings,
			tables: tables("Key", map[string][2]int64{"rows": {rows, keys}}),
			build: func(env *thalweg.Environment) {
				batch.Discard(batch.GroupBy(wides(env, "rows", rows, keys), wideKey).Aggregate(agg.Sum(wideValue)))
			},
		})
	}
	return all
}
