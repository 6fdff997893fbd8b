//go:build !linux

package main

import "time"

// nap sleeps as precisely as the runtime's timers do.
func nap(d time.Duration) { time.Sleep(d) }
