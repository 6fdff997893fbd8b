//go:build !linux

package host

// Memory returns the bytes of memory this process may use, and whether that is a
// limit set for it. Zero means that it is not known, as always here.
func Memory() (bytes int64, limited bool) { return 0, false }
