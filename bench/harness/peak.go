package harness

import (
	"os"
	"runtime/debug"
)

// Peak returns the greatest resident memory of this process in bytes while f runs, what
// there was before included; 0 is unknown. Memory that nothing uses is given back before.
func Peak(f func()) int64 {
	debug.FreeOSMemory()
	resetPeak(os.Getpid())
	f()
	return peakOf(os.Getpid())
}
