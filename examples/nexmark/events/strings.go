package events

import (
	"encoding/binary"
	"math"
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
	for n := shortest + r.below(longest-shortest); n > 0; n-- {
		c := separator
		if r.below(13) != 0 {
			c = 'a' + byte(r.below(26))
		}
		if c != ' ' || len(w.line) > from {
			w.line = append(w.line, c)
		}
	}
	for len(w.line) > from && w.line[len(w.line)-1] == ' ' {
		w.line = w.line[:len(w.line)-1]
	}
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
	if cap(w.line) < n+6 {
		w.line = make([]byte, 0, 2*(n+6))
	}
	line := w.line[:n+6]
	state := *r
	for at := 0; at < n; at += 6 {
		drawn := int64(state.next(32))
		sign := drawn >> 63 // 0 or -1; a branch would be mispredicted every other time
		table := &letters[sign&1]
		u := uint32((drawn ^ sign) - sign)
		v := u / pairs
		to := line[at : at+6 : at+6]
		binary.LittleEndian.PutUint16(to, table[u%pairs])
		binary.LittleEndian.PutUint16(to[2:], table[v%pairs])
		binary.LittleEndian.PutUint16(to[4:], table[v/pairs%pairs])
	}
	*r = state
	w.line = line[:n]
}

const pairs = 26 * 26

// letters are the two letters of the last two digits to base 26, the last digit first,
// of positive and of negative numbers.
var letters = func() (l [2][pairs]uint16) {
	for i := range uint16(pairs) {
		l[0][i] = 'a' + i%26 | ('a'+i/26)<<8
		l[1][i] = 'a' - i%26 | ('a'-i/26)<<8
	}
	return l
}()
