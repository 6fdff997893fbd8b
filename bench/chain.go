package main

import (
	"context"
	"fmt"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
)

// What the chain does to a record. They are variables, so that neither side can
// inline them: a user's functions are known only when the program runs.
var (
	scale = func(r Record) Record { r.Value += r.Key >> 3; return r }
	keep  = func(r Record) bool { return r.Key&3 != 0 }
	mark  = func(r Record) Record { r.Key ^= r.Value; return r }
)

const chainRecords = 50_000_000

// benchChain runs map, filter and map in one chain, against one loop that calls
// the same three functions for one record after the other.
func benchChain(c *config) ([]line, error) {
	n := c.records(chainRecords)
	sink := tally{c.dir}
	ours := side[totals]{"chain", func() (totals, error) {
		_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			scaled := batch.Map(batch.Read(env, generator(n)), scale)
			batch.Write(batch.Map(scaled.Filter(keep), mark), sink)
			return nil
		}, thalweg.WithParallelism(1))
		if err != nil {
			return totals{}, err
		}
		f, err := sink.read(1)
		return f.Totals, err
	}}
	peer := side[totals]{"loop", func() (totals, error) { return chainLoop(n, scale, keep, mark), nil }}
	k, _, err := compare(c, peer, ours)
	if err != nil {
		return nil, err
	}
	w := k.ratio(1, wall)
	allocations := k.median(1, func(s sample) float64 { return float64(s.mallocs) })
	perRecord := allocations / float64(n)
	return []line{{
		name: "chain", wall: w, cpu: k.ratio(1, cpu), bar: "≤ 1.5× and 0 allocations", met: w.Median <= 1.5 && perRecord < 0.0005,
		got: fmt.Sprintf("%.1f ns/record, loop %.1f; %.4f allocations/record (%.0f in all)",
			k.median(1, wall)*1e9/float64(n), k.median(0, wall)*1e9/float64(n), perRecord, allocations),
	}}, nil
}

// chainLoop is the chain by hand.
//
//go:noinline
func chainLoop(n int64, scale func(Record) Record, keep func(Record) bool, mark func(Record) Record) (t totals) {
	for i := range n {
		r := scale(record(i, 1))
		if !keep(r) {
			continue
		}
		r = mark(r)
		t.Rows++
		t.Sum += r.Value ^ r.Key
	}
	return t
}
