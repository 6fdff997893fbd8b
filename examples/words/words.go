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
	for i := 0; i < len(line); i++ {
		if space(line[i]) {
			continue
		}
		start := i
		for i < len(line) && !space(line[i]) {
			i++
		}
		emit(Word{line[start:i], 1})
	}
}

func space(c byte) bool { return c == ' ' || c-'\t' < 5 }
