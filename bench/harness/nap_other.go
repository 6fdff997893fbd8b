//go:build !linux

package harness

import "time"

// Nap sleeps as precisely as the runtime's timers do.
func Nap(d time.Duration) { time.Sleep(d) }
