package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// lines calls each for each line of a table, which has fields that end with |. It reads
// a MiB at a time; the row is valid during the call.
func lines(dir, table string, each func(r *row)) (err error) {
	f, err := os.Open(filepath.Join(dir, table+".tbl"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffer := make([]byte, 1<<20)
	kept := 0 // bytes of a line that has begun
	var r row
	for {
		n, err := f.Read(buffer[kept:])
		rest := buffer[:kept+n]
		for {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				break
			}
			r.rest = rest[:end]
			each(&r)
			rest = rest[end+1:]
		}
		if err == io.EOF && len(rest) == 0 {
			return nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
		if len(rest) == len(buffer) {
			return fmt.Errorf("%s has a line of more than %d bytes", table, len(buffer))
		}
		kept = copy(buffer, rest)
	}
}

// row is what is left of a line: fields are taken from its beginning.
type row struct{ rest []byte }

// skip leaves n fields out.
func (r *row) skip(n int) {
	for range n {
		r.text()
	}
}

// text takes a field.
func (r *row) text() []byte {
	end := bytes.IndexByte(r.rest, '|')
	if end < 0 {
		panic("a line has too few fields")
	}
	field := r.rest[:end]
	r.rest = r.rest[end+1:]
	return field
}

// number takes a whole number, or a decimal as a whole number of its last digit, which
// always has the same place.
func (r *row) number() (v int64) {
	negative := false
	for i, c := range r.rest {
		switch {
		case c == '|':
			r.rest = r.rest[i+1:]
			if negative {
				return -v
			}
			return v
		case c == '-':
			negative = true
		case c != '.':
			v = 10*v + int64(c-'0')
		}
	}
	panic("a line has too few fields")
}

// decimal writes a number with so many digits behind the point.
func decimal(v int64, digits int) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	text := fmt.Sprintf("%0*d", digits+1, v)
	if digits == 0 {
		return sign + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}
