// Memory has the programs of bench/batch that sort, group, join and distinguish
// records which are in memory: ours, and those a Go program without an engine would
// have.
package main

import (
	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

var loaders = map[string]side.Loader{
	"sort-16": sort16.load, "sort-24": sort24.load, "sort-100": sort100.load,
	"group-few": groupFew.load, "group-many": groupMany.load, "group-text": groupText.load,
	"join-one": joinOne.load, "join-many": joinMany.load, "join-text": joinText.load,
	"distinct-half": distinctHalf.load, "distinct-text": distinctText.load,
}

func main() { side.Serve(loaders) }

// run executes a program that ends in the sink and returns its checksum.
func run[T any](j side.Job, sink *side.Checked[T], build func(*thalweg.Environment) *batch.DataSet[T]) (side.Result, error) {
	err := j.Execute(j.Memory, func(env *thalweg.Environment) error {
		batch.Write(build(env), sink)
		return nil
	})
	if err != nil {
		return side.Result{}, err
	}
	total, err := sink.Total()
	return total.Result(), err
}
