package main

import (
	"errors"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/batch"
)

// program makes the build function of a point, whose sink adds up into a total.
type program func(p point, into *total) thalweg.Build

// programs are what is measured, by the names that the peer knows, too.
var programs = []struct {
	name string
	of   program
}{{"join", joining}, {"sort", sorting}, {"group", grouping}}

func programNamed(name string) (program, error) {
	for _, p := range programs {
		if p.name == name {
			return p.of, nil
		}
	}
	return nil, errors.New("there is no program " + name)
}

func joining(p point, into *total) thalweg.Build {
	return func(env *thalweg.Environment) error {
		l := batch.Read(env, input{kind: build, n: p.Records, keys: p.Records})
		r := batch.Read(env, input{kind: probe, n: p.Probe, keys: p.Records})
		pairs := batch.Join(l, r, batch.On(id, id), pairOf, batch.HashFirst)
		batch.Write(pairs, newSink("total of pairs", into, addPairs))
		return nil
	}
}

func sorting(p point, into *total) thalweg.Build {
	return func(env *thalweg.Environment) error {
		d := batch.Read(env, input{kind: sort, n: p.Records, keys: p.Records})
		batch.Write(batch.SortPartition(d, batch.Asc(id)), newSink("total in order", into, addOrdered))
		return nil
	}
}

func grouping(p point, into *total) thalweg.Build {
	return func(env *thalweg.Environment) error {
		d := batch.Read(env, input{kind: group, n: p.Records, keys: (p.Records + 1) / 2})
		sums := batch.GroupBy(d, id).Aggregate(agg.Sum(value))
		batch.Write(sums, newSink("total of groups", into, addRecords))
		return nil
	}
}
