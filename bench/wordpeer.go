package main

import (
	"io"
	"os"
)

// The peers count words as careful Go programmers would without an engine: one
// goroutine, large reads, words cut in place out of what was read. They differ in
// their map.

// wordCounter adds up the words of pieces of a text. It returns how many bytes of
// a word that has not ended it has moved to the front of the buffer.
type wordCounter interface {
	piece(buf []byte, n int) (held int)
	each(add func(word string, count int64))
}

// plainCounter has a map[string]int64 and says counts[word]++. A map assignment
// keeps its key, so words must be strings: each piece becomes one.
type plainCounter map[string]int64

func (c plainCounter) piece(buf []byte, n int) (held int) {
	text := string(buf[:n])
	for i := 0; i < len(text); i++ {
		if b := text[i]; b == ' ' || b-'\t' < 5 {
			continue
		}
		start := i
		for i < len(text) && text[i] != ' ' && text[i]-'\t' >= 5 {
			i++
		}
		if i == len(text) {
			return copy(buf, text[start:])
		}
		c[text[start:i]]++
	}
	return 0
}

func (c plainCounter) each(add func(string, int64)) {
	for word, n := range c {
		add(word, n)
	}
}

// pointerCounter has a map of pointers to counts: a lookup by string(bytes) copies
// nothing, the count behind the pointer is changed in place, and only a new word
// is copied. It is the fastest we know with Go's map; an index into a slice of
// counts instead of the pointer takes the same time.
type pointerCounter map[string]*int64

func (c pointerCounter) each(add func(string, int64)) {
	for word, n := range c {
		add(word, *n)
	}
}

// countByHand counts the words of a file.
func countByHand(path string, counter wordCounter) (t counted, err error) {
	f, err := os.Open(path)
	if err != nil {
		return t, err
	}
	buf := make([]byte, 1<<20)
	held := 0 // bytes of a word that goes on in the next read
	for {
		n, err := f.Read(buf[held:])
		if n > 0 {
			held = counter.piece(buf, held+n)
			if held == len(buf) { // one word fills the buffer
				buf = append(buf, make([]byte, len(buf))...)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return t, firstError(err, f.Close())
		}
	}
	if held > 0 {
		counter.piece(append(buf[:held], ' '), held+1)
	}
	counter.each(t.add)
	return t, f.Close()
}

// Two loops, one that skips white space and one that runs to the end of a word,
// are faster than one with a state.
func (c pointerCounter) piece(buf []byte, n int) (held int) {
	text := buf[:n]
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == ' ' || c-'\t' < 5 {
			continue
		}
		start := i
		for i < len(text) && text[i] != ' ' && text[i]-'\t' >= 5 {
			i++
		}
		if i == len(text) {
			return copy(buf, text[start:])
		}
		c.count(text[start:i])
	}
	return 0
}

func (c pointerCounter) count(word []byte) {
	if p := c[string(word)]; p != nil {
		*p++
		return
	}
	one := int64(1)
	c[string(word)] = &one
}
