package csv

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/connect"
)

// head reads the names of a file's columns. Every split of a file does this for
// itself. It returns the columns and where the header begins: comments can make
// it lie anywhere, even in another split.
func (s *source[T]) head(c connect.ReaderContext, p connect.Split) ([]*field, int64, error) {
	lines, err := s.Input.Head(c, p)
	if err != nil {
		return nil, 0, err
	}
	defer lines.Close()
	r := records{lines: lines, config: &s.config}
	for !r.next() {
		if err := lines.More(); err == io.EOF {
			if r.finish() {
				break
			}
			return nil, -1, nil // nothing but comments: there are no records either
		} else if err != nil {
			return nil, 0, fmt.Errorf("csv: reading the header: %w", err)
		}
	}
	names, err := s.names(&r)
	if err != nil {
		return nil, 0, fmt.Errorf("csv: %s: the header: %w", lines.Path(), err)
	}
	columns, err := bind(s.fields, names)
	if err != nil {
		return nil, 0, fmt.Errorf("csv: %s: %w, read into %s", lines.Path(), err, reflect.TypeFor[T]())
	}
	return columns, r.offset, nil
}

// names takes the header apart.
func (s *source[T]) names(r *records) ([]string, error) {
	if r.cause != "" {
		return nil, fmt.Errorf("%s", r.cause)
	}
	text := r.text
	if s.config.trailing {
		text = strings.TrimSuffix(text, s.config.delimiter)
	}
	if s.config.noQuotes {
		return strings.Split(text, s.config.delimiter), nil
	}
	var names []string
	err := splitQuoted(text, s.config.delimiter, func(value string, _ bool) {
		// A name that is kept would keep the text around it.
		names = append(names, strings.Clone(value))
	})
	return names, err
}

// inOrder takes the fields of a struct as the columns of a file.
func inOrder(fields []field) []*field {
	columns := make([]*field, len(fields))
	for i := range fields {
		if !fields[i].skipped {
			columns[i] = &fields[i]
		}
	}
	return columns
}

// choose has all fields skipped that are not among the names.
func choose(fields []field, names []string) error {
	for i := range fields {
		fields[i].skipped = true
	}
	for _, name := range names {
		i := slices.IndexFunc(fields, func(f field) bool { return strings.EqualFold(f.name, name) })
		if i < 0 {
			return fmt.Errorf("there is no field for a column %q", name)
		}
		fields[i].skipped = false
	}
	return nil
}

// bind finds the fields of a struct by the names of a file's columns.
func bind(fields []field, names []string) ([]*field, error) {
	columns := make([]*field, len(names))
	for i := range fields {
		f := &fields[i]
		if f.skipped {
			continue
		}
		at := -1
		for j, name := range names {
			if !strings.EqualFold(name, f.name) {
				continue
			}
			if at >= 0 {
				return nil, fmt.Errorf("there are two columns %q", f.name)
			}
			at = j
		}
		switch {
		case at < 0:
			return nil, fmt.Errorf("there is no column %q; the columns are %q", f.name, names)
		case columns[at] != nil:
			return nil, fmt.Errorf("two fields are called %q", f.name)
		}
		columns[at] = f
	}
	return columns, nil
}
