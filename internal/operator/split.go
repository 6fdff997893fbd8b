package operator

import "github.com/thalweg/thalweg/connect"

// Splits hands out a source's splits one by one to the subtask that asks. The
// answer may take a while; the task is woken when it has come.
type Splits interface {
	// Next returns the next split. Neither ok nor done: the answer is under way,
	// ask again after the wake-up. done: there are no more.
	Next() (split connect.Split, ok, done bool)

	// Last reports whether it is known that there are no more splits. If not, the
	// task is woken when it becomes known. It takes no split away from others.
	Last() bool
}

// SplitReader is implemented by [Splits] that want to know which splits have been read, of
// those with later ones.
type SplitReader interface{ Read(connect.Split) }
