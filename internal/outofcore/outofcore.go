// Package outofcore holds sorters, hash joins and spools of typed rows that stay
// within a share of memory and go on on disk from there. Floor 2.
//
// Rows are kept as package types encodes them, in pages of the share; what does
// not fit goes to files of the spill space, gradually: what fits stays in memory.
// Everything here belongs to the goroutine of its task.
//
// Rows that come out may share memory with pages (strings, byte slices). Such pages
// are retired, not freed, and files are read into fresh buffers; rows without
// pointers are copied, and their pages used again.
package outofcore

import (
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/spill"
)

// Room is what an operator may use: pages, and space for the rest.
type Room struct {
	Memory *memory.Share
	Space  *spill.Space
}

// MinPages is the smallest share, in pages, that everything here works with.
const MinPages = 8
