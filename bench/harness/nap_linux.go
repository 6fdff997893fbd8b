package harness

import (
	"syscall"
	"time"
)

// Nap sleeps in the kernel, which wakes a thread within some fifty microseconds.
// Timers of an otherwise idle Go program are only looked at every millisecond.
func Nap(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // woken early is as good
}
