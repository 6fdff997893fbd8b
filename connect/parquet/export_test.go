package parquet

import "github.com/thalweg/thalweg/connect"

// CountsOf returns how many row groups a source has read and left out, and how
// many pages it has decoded.
func CountsOf[T any](s connect.Source[T]) (groups, skipped, pages int64) {
	c := &s.(*source[T]).counts
	return c.groups.Load(), c.skippedGroups.Load(), c.pages.Load()
}
