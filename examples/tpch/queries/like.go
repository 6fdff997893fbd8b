package queries

import "strings"

// inTurn reports whether a text has one word and, somewhere behind it, another: SQL's
// like '%first%then%'.
func inTurn(text, first, then string) bool {
	at := strings.Index(text, first)
	return at >= 0 && strings.Contains(text[at+len(first):], then)
}
