package main

import (
	"fmt"

	"github.com/thalweg/thalweg/bench/batch/side"
)

// suites are all comparisons in the order they run in.
func suites() []*suite {
	var all []*suite
	for _, name := range []string{
		"sort-16", "sort-24", "sort-100", "group-few", "group-many", "group-text",
		"join-one", "join-many", "join-text", "distinct-half", "distinct-text",
	} {
		all = append(all, &suite{
			name: name, questions: []string{name}, peers: []string{side.Hand, side.DuckDB}, program: "memory", fresh: true,
		})
	}
	return append(all,
		&suite{
			name: "h2o-groupby", questions: numbered("groupby", 10), peers: []string{side.DuckDB, side.Polars},
			program: "h2ogroup", prepare: side.WriteGroupTable,
		},
		&suite{
			name: "h2o-join", questions: numbered("join", 5), peers: []string{side.DuckDB, side.Polars},
			program: "h2ojoin", prepare: side.WriteJoinTables,
		},
		&suite{
			name: "file-sort", questions: []string{"file-sort"}, peers: []string{side.Floor},
			program: "file", prepare: writeLines, verify: verifyLines, fresh: true, bound: true,
		},
	)
}

// numbered are the questions of the db-benchmark, which have numbers there.
func numbered(task string, n int) (questions []string) {
	for i := range n {
		questions = append(questions, fmt.Sprintf("%s-%d", task, i+1))
	}
	return questions
}
