package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	thalweg "github.com/thalweg/thalweg"
)

// BenchmarkQueries answers each query over 500,000 events of one generator, which are
// fifty seconds, in two subtasks, and writes the answers to files. It measures the
// making of the events, too.
func BenchmarkQueries(b *testing.B) {
	const events = 500_000
	for query := range 23 {
		b.Run(fmt.Sprintf("query %d", query), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := thalweg.Run(b.Context(), build, thalweg.WithName("nexmark"), thalweg.WithParallelism(2),
					thalweg.WithArgument("query", strconv.Itoa(query)),
					thalweg.WithArgument("events", strconv.Itoa(events)),
					thalweg.WithArgument("generators", "1"),
					thalweg.WithArgument("output", filepath.Join(b.TempDir(), "output")))
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(events*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
		})
	}
}
