// Package host is everything the engine asks of its surroundings: goroutines,
// waiting, the clock, randomness, the network and the disk. Floor 0.
//
// The engine reaches none of these any other way, so whoever implements [Host]
// owns the run: [New] gives the machine itself, package sim gives one seeded
// scheduler on virtual time, tests give disks that fill up.
//
// Invariants:
//
//  1. Engine code waits only in [Parker.Park], in network and in file calls;
//     never on a bare channel, condition variable or timer.
//  2. No goroutine parks, gives a permit or calls network or files while it holds
//     a mutex.
//  3. Every goroutine belongs to a [Group], and the group's owner waits for it.
package host

import (
	"context"
	"io"
	"net"
	"time"
)

// Host is the engine's view of the machine it runs on. All methods may be
// called from any goroutine.
type Host interface {
	// Now reads the clock. Differences of two readings are monotonic.
	Now() time.Time

	// Random returns 64 uniformly distributed bits.
	Random() uint64

	// Go starts f on a goroutine of its own. Use a [Group] to wait for it.
	Go(f func())

	// NewParker returns a parker for the use of one goroutine at a time.
	NewParker() Parker

	// Dial and Listen reach the network; addresses are those of package net.
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	Listen(ctx context.Context, network, address string) (net.Listener, error)

	// Files is the file system that paths in programs refer to.
	Files() FileSystem

	// Scratch makes a file in dir that has no name: its space is free again when it
	// is closed or the process ends, however it ends. An empty dir is the system's
	// directory for temporary files.
	Scratch(dir string) (ScratchFile, error)
}

// ScratchFile is a file without a name. Reads and writes may come from any
// goroutine, at the same time if they do not overlap.
type ScratchFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// Parker blocks one goroutine until another has news for it. It carries one
// permit: any number of Unparks before a Park make that Park return at once.
// Returning from Park promises nothing; the caller looks at its condition again.
type Parker interface {
	// Park waits for a permit and takes it, or returns at the deadline; the zero
	// time means no deadline. It reports whether a permit was taken.
	Park(deadline time.Time) bool

	// Unpark leaves a permit. Any goroutine may call it; it never blocks.
	Unpark()
}
