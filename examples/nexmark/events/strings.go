package events

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// writer makes strings. They are parts of chunks, so that few are allocated. It is not
// for concurrent use.
type writer struct {
	chunk strings.Builder // what was written stays as it is, and is what strings refer to
	line  []byte          // the string that is being made
}

const chunkBytes = 64 << 10

// done returns the string that was made.
func (w *writer) done() string {
	if w.chunk.Cap()-w.chunk.Len() < len(w.line) {
		w.chunk = strings.Builder{}
		w.chunk.Grow(max(chunkBytes, len(w.line)))
	}
	from := w.chunk.Len()
	w.chunk.Write(w.line)
	w.line = w.line[:0]
	return w.chunk.String()[from:]
}

const shortest = 3 // string of words

// words adds a string of 3 to longest-1 characters, letters with separators among
// them. Blanks at its ends are left out.
func (w *writer) words(r *random, longest int32, separator byte) {
	from := len(w.line)
	n := int(shortest + r.below(longest-shortest))
	w.line = slices.Grow(w.line, n)
	line := w.line[from : from+n]
	state := *r
	for i := range line {
		before := state
		u := uint32(state.next(31))
		c, after := uint32(separator), state
		v := uint32(state.next(31))
		letter := 'a' + v%26
		if u%13 != 0 { // moves, not a branch, which would be mispredicted at every separator
			c, after = letter, state
		}
		if max(u, v) >= completeRuns {
			c, after = slowly(before, separator)
		}
		line[i], state = byte(c), after
	}
	*r = state
	if separator == ' ' {
		line = line[:copy(line, bytes.Trim(line, " "))]
	}
	w.line = w.line[:from+len(line)]
}

// completeRuns is the least end of the runs of 13 and of 26 numbers among those that are
// drawn: what is above may have to be drawn again.
const completeRuns = math.MaxInt32 / 26 * 26

// slowly draws one character of words.
func slowly(r random, separator byte) (uint32, random) {
	c := uint32(separator)
	if r.below(13) != 0 {
		c = 'a' + uint32(r.below(26))
	}
	return c, r
}

// extra makes the string that fills what has size bytes to average bytes, give or take
// a fifth of the string.
func (w *writer) extra(r *random, size, average int) string {
	if size > average {
		return ""
	}
	average -= size
	delta := int(math.Floor(float64(average)*0.2 + 0.5))
	n := average - delta
	if delta > 0 {
		n += int(r.below(int32(2 * delta)))
	}
	w.letters(r, n)
	return w.done()
}

// letters makes a string of n letters, six of each draw: its digits to base 26. Digits
// of negative draws are negative in Java, and their letters those before 'a'.
func (w *writer) letters(r *random, n int) {
	if cap(w.line) < n+8 {
		w.line = make([]byte, 0, 2*(n+8))
	}
	line := w.line[:n+8]
	state := *r
	for at := 0; at < n; at += 6 {
		drawn := int64(state.next(32))
		sign := drawn >> 63 // 0 or -1; a branch would be mispredicted every other time
		table := &letters[sign&1]
		u := uint32((drawn ^ sign) - sign)
		to := line[at : at+8 : at+8]
		binary.LittleEndian.PutUint64(to, uint64(table[u%triples])|uint64(table[u/triples%triples])<<24)
	}
	*r = state
	w.line = line[:n]
}

const triples = 26 * 26 * 26

// letters are the three letters of the last three digits to base 26, the last digit
// first, of positive and of negative numbers.
var letters = func() (l [2][triples]uint32) {
	for i := range uint32(triples) {
		l[0][i] = 'a' + i%26 | ('a'+i/26%26)<<8 | ('a'+i/26/26)<<16
		l[1][i] = 'a' - i%26 | ('a'-i/26%26)<<8 | ('a'-i/26/26)<<16
	}
	return l
}()
