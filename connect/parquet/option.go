package parquet

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/thalweg/thalweg/connect/file"
)

// Option is an option of this package or of package file.
type Option interface {
	fmt.Stringer
	ForFiles()
}

// side is what an option is for.
type side string

const (
	reading side = "reading"
	writing side = "writing"
)

// config is what the options say.
type config struct {
	columns   []string
	where     []Option
	groupSize int
	pageSize  int
	codec     compress.Codec
}

type option struct {
	text string
	only side
	set  func(*config) error
}

func (o option) String() string { return o.text }
func (o option) ForFiles()      {}

// filtering is implemented by what Where returns.
type filtering interface {
	Option
	filter() error
}

// useless are the options of package file that a format with its own compression
// and an end that all depends on has no use for.
var useless = map[string]string{
	file.Gzip().String():      "Parquet compresses its pages; see parquet.Zstd",
	file.Zstd().String():      "Parquet compresses its pages; use parquet.Zstd",
	file.Immediate().String(): "a Parquet file can be read only when it is complete",
}

// configure separates the options of this package from those of package file.
func configure(s side, opts []Option) (config, []file.Option, error) {
	c := config{groupSize: 64 << 20, pageSize: 256 << 10, codec: &parquet.Snappy}
	var files []file.Option
	var errs []error
	for _, o := range opts {
		switch o := o.(type) {
		case file.Option:
			if why := useless[o.String()]; why != "" {
				errs = append(errs, fmt.Errorf("parquet: drop %s: %s", o, why))
				continue
			}
			files = append(files, o)
		case filtering:
			if s != reading {
				errs = append(errs, fmt.Errorf("parquet: %s is no option for %s", o, s))
			} else if err := o.filter(); err != nil {
				errs = append(errs, fmt.Errorf("parquet: %s: %w", o, err))
			}
			c.where = append(c.where, o)
		case option:
			if o.only != s {
				errs = append(errs, fmt.Errorf("parquet: %s is no option for %s", o, s))
			} else if err := o.set(&c); err != nil {
				errs = append(errs, fmt.Errorf("parquet: %s: %w", o, err))
			}
		default:
			errs = append(errs, fmt.Errorf("parquet: %s is an option of another format", o))
		}
	}
	return c, files, errors.Join(errs...)
}

// Columns reads only the columns with these names, and those that a [Where] asks
// about; the other fields of T are zero. Within groups, names are joined by dots;
// the name of a group stands for all that is in it. Case does not count.
func Columns(names ...string) Option {
	names = slices.Clone(names)
	text := fmt.Sprintf("parquet.Columns(%q)", names)
	return option{text: text, only: reading, set: func(c *config) error {
		if len(names) == 0 {
			return errors.New("no columns")
		}
		c.columns = names
		return nil
	}}
}

// RowGroupSize sets how large a row group becomes, in bytes before they are
// encoded and compressed; the default is 64 MiB. A writer holds one row group in
// memory, and row groups are what is read in parallel.
func RowGroupSize(bytes int) Option {
	return option{text: fmt.Sprintf("parquet.RowGroupSize(%d)", bytes), only: writing, set: func(c *config) error {
		if bytes < 1 {
			return errors.New("the size must be at least 1")
		}
		c.groupSize = bytes
		return nil
	}}
}

// PageSize sets how large the pages of a column become, in bytes before they are
// compressed; the default is 256 KiB. Pages are what [Where] skips.
func PageSize(bytes int) Option {
	return option{text: fmt.Sprintf("parquet.PageSize(%d)", bytes), only: writing, set: func(c *config) error {
		if bytes < 1 || bytes > maxPage/2 {
			return fmt.Errorf("the size must be from 1 to %d", maxPage/2)
		}
		c.pageSize = bytes
		return nil
	}}
}

// Zstd compresses pages with zstandard; the default is snappy.
func Zstd() Option {
	return option{text: "parquet.Zstd()", only: writing, set: func(c *config) error {
		c.codec = &zstd.Codec{Concurrency: 1}
		return nil
	}}
}

// Uncompressed does not compress pages.
func Uncompressed() Option {
	return option{text: "parquet.Uncompressed()", only: writing, set: func(c *config) error {
		c.codec = &parquet.Uncompressed
		return nil
	}}
}

// choose marks the fields that Columns leaves out.
func (c *config) choose(fields []*field, t reflect.Type) error {
	if len(c.columns) == 0 {
		return nil
	}
	used := make([]bool, len(c.columns))
	var all []string
	leaves(fields, "", func(path string, f *field) {
		all = append(all, path)
		f.unread = true
		for i, name := range c.columns {
			if len(path) >= len(name) && strings.EqualFold(path[:len(name)], name) && (len(path) == len(name) || path[len(name)] == '.') {
				f.unread, used[i] = false, true
			}
		}
	})
	for i, name := range c.columns {
		if !used[i] {
			return fmt.Errorf("parquet: Columns: there is no column %q in %s; it has %q", name, t, all)
		}
	}
	return nil
}

// need makes sure that the field a condition is about can be asked, and is read.
func (c *config) need(fields []*field, at place, t reflect.Type) error {
	var found *field
	offsetLeaves(fields, func(f *field) {
		if f.isAt(at) {
			found = f
		}
	})
	if found == nil {
		return fmt.Errorf("parquet: Where: the field %s of %s is no column with a single value", at.path, t)
	}
	found.unread = false
	return nil
}

// offsetLeaves calls do for every column that is not behind a pointer, whose
// offset is thus that in the record.
func offsetLeaves(fields []*field, do func(*field)) {
	for _, f := range fields {
		switch {
		case f.fields == nil:
			do(f)
		case !f.pointer:
			offsetLeaves(f.fields, do)
		}
	}
}
