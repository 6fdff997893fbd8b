package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/thalweg/thalweg/bench/batch/side"
)

// The input is what gensort makes for the sort benchmark: records of 100 bytes
// that begin with a key of ten random bytes and have their number behind it. The
// output is a file for each subtask; one after the other they are in order.

// fileSums is what must not change: the number of records and the sum of their
// CRC-32C.
type fileSums struct {
	Lines int64
	Sum   uint64
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *fileSums) add(line []byte) {
	s.Lines++
	s.Sum += uint64(crc32.Checksum(line, castagnoli))
}

func sumsPath(j side.Job) string { return j.Input() + ".json" }

// writeLines writes the input and its sums.
func writeLines(j side.Job) error {
	f, err := os.Create(j.Input())
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 1))
	w := bufio.NewWriterSize(f, 1<<20)
	var sums fileSums
	line := bytes.Repeat([]byte("."), side.LineSize)
	for i := range j.Lines() {
		binary.BigEndian.PutUint64(line, r.Uint64())
		binary.BigEndian.PutUint16(line[8:], uint16(r.Uint32()))
		copy(line[10:], fmt.Appendf(nil, "  %032X  ", i))
		sums.add(line)
		_, _ = w.Write(line) // an error stays with the writer
	}
	b, err := json.Marshal(sums)
	return errors.Join(err, w.Flush(), f.Sync(), f.Close(), os.WriteFile(sumsPath(j), b, 0o644))
}

// verifyLines reads what an engine has written, compares it with the input and
// removes it. The floor does not sort.
func verifyLines(j side.Job) error {
	var want, got fileSums
	b, err := os.ReadFile(sumsPath(j))
	if err := errors.Join(err, json.Unmarshal(b, &want)); err != nil {
		return err
	}
	paths, err := filepath.Glob(filepath.Join(j.Output(), "part-*")) // in order
	if err != nil {
		return err
	}
	last := make([]byte, side.LineSize)
	for _, path := range paths {
		if err := readLines(path, func(line []byte) error {
			if j.Engine != side.Floor && got.Lines > 0 && bytes.Compare(last[:10], line[:10]) > 0 {
				return fmt.Errorf("record %d of %s has a smaller key than the one before", got.Lines, path)
			}
			got.add(line)
			copy(last, line)
			return nil
		}); err != nil {
			return err
		}
	}
	if got != want {
		return fmt.Errorf("the output has %+v, the input %+v", got, want)
	}
	return os.RemoveAll(j.Output())
}

func readLines(path string, use func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, 1<<20)
	line := make([]byte, side.LineSize)
	for {
		if _, err := io.ReadFull(in, line); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := use(line); err != nil {
			return err
		}
	}
}
