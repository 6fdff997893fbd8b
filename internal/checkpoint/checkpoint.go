// Package checkpoint is how a running job is stored so that it can go on from there: when
// a checkpoint begins and is complete, how barriers meet in a task, and the files. Floor 3.
//
// The algorithm is that of asynchronous barrier snapshots (Carbone, Fóra, Ewen, Haridi,
// Tzoumas: Lightweight Asynchronous Snapshots for Distributed Dataflows, 2015), with
// aligned barriers.
//
// Life of a checkpoint: the [Coordinator] begins it; tasks with sources send a barrier
// behind the records they have sent; a task that has barriers on all of its channels, as
// its [Alignment] says, snapshots its operators, sends the barrier on, and writes its file
// while it goes on; the coordinator gets an acknowledgement of each task, stores a
// [Manifest], and from then on the checkpoint counts and those before it go.
//
// Invariants:
//
//  1. Protocols are values: events in, actions out. They have no clock, disk or goroutine.
//  2. A checkpoint without a manifest is none. The manifest is written last, and becomes
//     visible as a whole.
//  3. Everything read is checked: a file that is cut, changed or foreign is an error that
//     names it, never a wrong state.
package checkpoint

import (
	"fmt"
	"io"
)

// Storage keeps files under names, whose elements are divided by slashes. Methods may be
// called by any goroutine.
type Storage interface {
	// Create begins a file. It is not there before Commit.
	Create(name string) (Writer, error)

	// Open reads a file.
	Open(name string) (io.ReadCloser, error)

	// List returns the names of all files that begin with a prefix, in order. There may be
	// others among them, of files that were begun and not committed; they can be removed.
	List(prefix string) ([]string, error)

	// Remove removes a file. One that is not there is no error.
	Remove(name string) error

	// String says where it is, for messages.
	fmt.Stringer
}

// Writer writes one file. It belongs to one goroutine.
type Writer interface {
	io.Writer

	// Commit makes the file last and be there under its name.
	Commit() error

	// Abort gives it up. After Commit it does nothing.
	Abort()
}
