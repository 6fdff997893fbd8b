package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const (
	textBytes  = 512 << 20
	coined     = 80_000 // words of the generated vocabulary
	sampleSize = 1 << 20
)

// text returns the file that words are counted in: the one asked for, or one
// that is generated. It has been read once, so that it is in the page cache.
func text(c *config) (path string, size int64, err error) {
	path = c.input
	if path == "" {
		path = filepath.Join(c.dir, "words.txt")
		if err := writeText(path, int64(float64(textBytes)*c.size)); err != nil {
			return "", 0, err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	size, err = io.Copy(io.Discard, struct{ io.Reader }{f})
	return path, size, firstError(err, f.Close())
}

// writeText writes at least size bytes, the same ones every time: lines of a book
// in random order, in turn with lines of made-up words whose frequencies follow
// Zipf's law. A book alone has too few different words for its size.
func writeText(path string, size int64) error {
	book, err := bookLines()
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	vocabulary, ranks := coin(random)
	for written := int64(0); written < size; {
		n, _ := w.WriteString(book[random.IntN(len(book))]) // the error comes with Flush
		_ = w.WriteByte('\n')
		written += int64(n) + 1
		for range 12 {
			n, _ := w.WriteString(vocabulary[ranks[random.Uint32()%sampleSize]])
			_ = w.WriteByte(' ')
			written += int64(n) + 1
		}
		_ = w.WriteByte('\n')
		written++
	}
	return firstError(w.Flush(), f.Close())
}

// bookLines returns the text of the word count example, from wherever in the
// module the program was started.
func bookLines() ([]string, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(root, "examples/wordcount/opticks.txt"))
	return strings.Split(string(b), "\n"), err
}

// moduleRoot returns the directory of the module around the working directory.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = fmt.Errorf("start the benchmarks inside of the module's directory")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// coin makes up words, and ranks of them as often as they are to be drawn.
func coin(random *rand.Rand) (vocabulary []string, ranks []int32) {
	syllables := strings.Fields("ba co di fe gu ha jo ki lu me na po qui ra si to u va we xa yo zu ing ter lan ment")
	for i := range coined {
		var b strings.Builder
		for n := i; n > 0 || b.Len() == 0; n /= len(syllables) {
			b.WriteString(syllables[n%len(syllables)])
		}
		vocabulary = append(vocabulary, b.String())
	}
	random.Shuffle(len(vocabulary), func(i, j int) { vocabulary[i], vocabulary[j] = vocabulary[j], vocabulary[i] })
	zipf := rand.NewZipf(random, 1.07, 4, coined-1)
	for range sampleSize {
		ranks = append(ranks, int32(zipf.Uint64()))
	}
	return vocabulary, ranks
}
