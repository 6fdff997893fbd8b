//go:build !unix

package harness

import "time"

var began = time.Now()

// CPUTime is the time that passes, where the system's own account is out of
// reach: CPU ratios are those of the wall then.
func CPUTime() time.Duration { return time.Since(began) }
