// Package words is what the word counts of batch and of streams share: the
// record, its field references, and how a line is split.
package words

import "fmt"

// Word is how often a word was seen.
type Word struct {
	Text  string
	Count int64
}

// Text and Count are field references: keys and aggregates name fields by them.
func Text(w *Word) *string { return &w.Text }
func Count(w *Word) *int64 { return &w.Count }

// String is the word and its count, as it is printed.
func (w Word) String() string { return fmt.Sprintf("%s %d", w.Text, w.Count) }

// Split emits each word of a line once. Words stand between white space as C's
// isspace knows it; letters keep their case.
func Split(line string, emit func(Word)) {
	start := -1 // of the word we are in
	for i := range len(line) {
		if c := line[i]; c == ' ' || c-'\t' < 5 {
			if start >= 0 {
				emit(Word{line[start:i], 1})
				start = -1
			}
		} else if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		emit(Word{line[start:], 1})
	}
}
