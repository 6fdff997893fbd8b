package csv

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// reader reads one split.
type reader[T any] struct {
	records
	config  *config
	columns []*field // of the file; nil for one that T does not have
	where   []connect.Condition[T]
	starts  []int // of the fields of a record, for parseEarly; used again
	body    int64 // records that begin here or before are the header's; -1 when it is behind us
}

// Read implements connect.Reader.
func (r *reader[T]) Read(rows []T) (int, error) {
	n, err := r.fill(rows)
	if err != nil || n == len(rows) {
		return n, err
	}
	if err := r.lines.More(); err != nil {
		if err == io.EOF && r.finish() {
			if err := r.reject(r.cause); err != nil {
				return n, err
			}
		}
		return n, err
	}
	m, err := r.fill(rows[n:])
	return n + m, err
}

// Close implements connect.Reader.
func (r *reader[T]) Close() error { return r.lines.Close() }

// fill parses what is in memory.
func (r *reader[T]) fill(rows []T) (int, error) {
	n := 0
	for n < len(rows) && r.next() {
		if r.body >= 0 {
			if r.offset <= r.body {
				continue
			}
			r.body = -1
		}
		if r.cause == "" {
			var zero T
			rows[n] = zero // fields without a column, or nil
			err := r.parse(&rows[n], r.text)
			if err == nil {
				n++
				continue
			}
			if err == errUnwanted {
				continue
			}
			r.cause = err.Error()
		}
		if err := r.reject(r.cause); err != nil {
			return n, err
		}
	}
	return n, nil
}

// errUnwanted says that a record does not satisfy the conditions.
var errUnwanted = errors.New("csv: an unwanted record")

// parse stores the fields of a record in a row, of a record that is wanted.
func (r *reader[T]) parse(row *T, text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return errors.New("a NUL byte: this is no text, or not in UTF-8")
	}
	c := r.config
	if c.trailing {
		rest, ok := strings.CutSuffix(text, c.delimiter)
		if !ok {
			return fmt.Errorf("the line does not end with %q", c.delimiter)
		}
		text = rest
	}
	var err error
	switch {
	case !c.noQuotes && strings.IndexByte(text, '"') >= 0:
		err = r.parseQuoted(addressOf(row), text)
	case len(c.delimiter) > 1:
		err = r.parseWide(addressOf(row), text)
	case len(r.where) > 0:
		return r.parseEarly(row, text)
	default:
		return r.parsePlain(addressOf(row), text)
	}
	if err == nil && !r.wanted(row) {
		err = errUnwanted
	}
	return err
}

// wanted reports whether a record satisfies all conditions.
func (r *reader[T]) wanted(row *T) bool {
	for _, c := range r.where {
		if !c.Holds(row) {
			return false
		}
	}
	return true
}

// parseEarly is parsePlain with conditions: it understands the fields that they look at
// first, and the others of records that satisfy them.
func (r *reader[T]) parseEarly(row *T, text string) error {
	delimiter, n := r.config.delimiter[0], len(r.columns)
	starts := append(r.starts[:0], 0)
	for at := 0; len(starts) <= n; {
		i := strings.IndexByte(text[at:], delimiter)
		if i < 0 {
			break
		}
		at += i + 1
		starts = append(starts, at)
	}
	r.starts = starts
	if len(starts) != n {
		return r.counted(strings.Count(text, r.config.delimiter)+1, nil)
	}
	for _, early := range []bool{true, false} {
		for i, f := range r.columns {
			if f == nil || f.early != early {
				continue
			}
			end := len(text)
			if i+1 < n {
				end = starts[i+1] - 1
			}
			if err := r.store(f, addressOf(row), text[starts[i]:end], false); err != nil {
				return err
			}
		}
		if early && !r.wanted(row) {
			return errUnwanted
		}
	}
	return nil
}

// parsePlain takes a record without quotes apart at a delimiter of one byte.
func (r *reader[T]) parsePlain(row address, text string) error {
	delimiter, columns := r.config.delimiter[0], r.columns
	var failure error
	n := 0
	for more := true; more; n++ {
		value := text
		i := strings.IndexByte(text, delimiter)
		if more = i >= 0; more {
			value, text = text[:i], text[i+1:]
		}
		if n < len(columns) && columns[n] != nil && failure == nil {
			failure = r.store(columns[n], row, value, false)
		}
	}
	return r.counted(n, failure)
}

// parseWide is parsePlain for delimiters of several bytes.
func (r *reader[T]) parseWide(row address, text string) error {
	var failure error
	n := 0
	for value := range strings.SplitSeq(text, r.config.delimiter) {
		if n < len(r.columns) && r.columns[n] != nil && failure == nil {
			failure = r.store(r.columns[n], row, value, false)
		}
		n++
	}
	return r.counted(n, failure)
}

// parseQuoted takes a record with quotes apart.
func (r *reader[T]) parseQuoted(row address, text string) error {
	var failure error
	n := 0
	err := splitQuoted(text, r.config.delimiter, func(value string, quoted bool) {
		if n < len(r.columns) && r.columns[n] != nil && failure == nil {
			failure = r.store(r.columns[n], row, value, quoted)
		}
		n++
	})
	if err != nil {
		return err
	}
	return r.counted(n, failure)
}

// counted prefers a wrong number of fields to what was wrong with one of them:
// with a delimiter too many, the fields behind it are in the wrong columns.
func (r *reader[T]) counted(n int, failure error) error {
	if n != len(r.columns) {
		return fmt.Errorf("%d fields where there are %d columns", n, len(r.columns))
	}
	return failure
}

// store gives a field its value.
func (r *reader[T]) store(f *field, row address, value string, quoted bool) error {
	if f.nullable && !quoted && value == r.config.null {
		return nil
	}
	if err := f.parse(f.at(row), value); err != nil {
		return fmt.Errorf("column %q: %w", f.name, err)
	}
	return nil
}

// splitQuoted calls field for each field of a record in which some are quoted.
func splitQuoted(text, delimiter string, field func(value string, quoted bool)) error {
	for {
		quoted, ok := strings.CutPrefix(text, `"`)
		if !ok {
			value, rest, more := strings.Cut(text, delimiter)
			if strings.IndexByte(value, '"') >= 0 {
				return fmt.Errorf("a quote within the field %s, which does not begin with one", shown(value))
			}
			field(value, false)
			if !more {
				return nil
			}
			text = rest
			continue
		}
		end := closingQuote(quoted)
		if end < 0 {
			return fmt.Errorf("the quote that begins the field %s is not closed in the line", shown(text))
		}
		value, rest := quoted[:end], quoted[end+1:]
		if strings.IndexByte(value, '"') >= 0 {
			value = strings.ReplaceAll(value, `""`, `"`)
		}
		field(value, true)
		if rest == "" {
			return nil
		}
		if text, ok = strings.CutPrefix(rest, delimiter); !ok {
			return fmt.Errorf("text behind the quoted field %s", shown(value))
		}
	}
}
