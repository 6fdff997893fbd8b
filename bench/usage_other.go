//go:build !unix

package main

import "time"

var began = time.Now()

// cpuTime is the time that passes, where the system's own account is out of
// reach: CPU ratios are those of the wall then.
func cpuTime() time.Duration { return time.Since(began) }
