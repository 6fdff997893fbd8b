package thalweg

import (
	"math"
	"runtime/debug"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
)

// unknownMemory is the budget where the machine does not say what it has.
const unknownMemory = 1 << 30

// defaultMemory returns the budget of one of n processes: half of what the
// control group allows or the machine has, divided among them. The other half is
// for the program's own data and for what waits for the collector.
func defaultMemory(n int) int64 {
	all, _ := host.Memory()
	if all == 0 {
		return unknownMemory
	}
	return max(all/2/int64(n), memory.MinPage)
}

// Room beyond the budget before the collector works harder.
const (
	collectorShare = 4 // a quarter of the budget
	collectorRoom  = 64 << 20
)

// limitCollector sets the collector's limit for this process, unless it has one
// already, by GOMEMLIMIT or by the program: nine tenths of what the control group
// allows or the machine has. Left alone the collector would let pages that are in
// use double the memory before it looks for garbage. A budget that was given
// makes it the budget and some room. It is divided among n processes.
func limitCollector(budget int64, n int, given bool) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	limit := int64(math.MaxInt64)
	if all, _ := host.Memory(); all > 0 {
		limit = all / 10 * 9 / int64(n)
	}
	if given {
		limit = min(limit, budget+budget/collectorShare+collectorRoom)
	}
	debug.SetMemoryLimit(limit)
}
