package main

import (
	"syscall"
	"time"
)

// nap sleeps in the kernel, which wakes a thread within some fifty microseconds.
// Timers of an otherwise idle Go program are only looked at every millisecond.
func nap(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&t, nil) // woken early is as good
}
