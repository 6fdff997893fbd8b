//go:build !linux

package harness

import "os"

// Other systems do not say what another process has used since a moment.

func resetPeak(int) {}

func peakOf(int) int64 { return 0 }

// Resident is not known here.
func Resident(*os.ProcessState) int64 { return 0 }
