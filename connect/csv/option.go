package csv

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	delimiter string
	comment   string
	columns   []string
	only      []string // columns to read; nil: all
	null      string
	layout    string
	header    bool
	multiline bool
	trailing  bool
	noQuotes  bool
}

type option struct {
	text string
	only side // empty if it is for both
	set  func(*config) error
}

func (o option) String() string { return o.text }
func (o option) ForFiles()      {}

// configure separates the options of this package from those of package file.
func configure(s side, opts []Option) (config, []file.Option, error) {
	c := config{delimiter: ",", layout: time.RFC3339Nano}
	var files []file.Option
	var errs []error
	for _, o := range opts {
		switch o := o.(type) {
		case file.Option:
			files = append(files, o)
		case option:
			if o.only != "" && o.only != s {
				errs = append(errs, fmt.Errorf("csv: %s is no option for %s", o, s))
			} else if err := o.set(&c); err != nil {
				errs = append(errs, fmt.Errorf("csv: %s: %w", o, err))
			}
		default:
			errs = append(errs, fmt.Errorf("csv: %s is an option of another format", o))
		}
	}
	switch {
	case c.header && len(c.columns) > 0:
		errs = append(errs, errors.New("csv: with Header the columns are named by the files; drop Columns"))
	case c.noQuotes && c.multiline:
		errs = append(errs, errors.New("csv: Multiline needs quotes; drop NoQuotes"))
	}
	if strings.Contains(c.comment, c.delimiter) {
		errs = append(errs, fmt.Errorf("csv: the comment prefix %q holds the delimiter", c.comment))
	}
	if strings.Contains(c.null, c.delimiter) || c.comment != "" && strings.HasPrefix(c.null, c.comment) {
		errs = append(errs, fmt.Errorf("csv: the text %q for nil would be read as something else", c.null))
	}
	return c, files, errors.Join(errs...)
}

// Delimiter separates the fields; the default is a comma.
func Delimiter(r rune) Option {
	return option{text: fmt.Sprintf("csv.Delimiter(%q)", r), set: func(c *config) error {
		if r <= 0 || r == '"' || r == '\r' || r == '\n' || r == utf8.RuneError || !utf8.ValidRune(r) {
			return errors.New("not usable as a delimiter")
		}
		c.delimiter = string(r)
		return nil
	}}
}

// Comment skips lines that begin with the prefix. Fields that would look like
// one are quoted when written.
func Comment(prefix string) Option {
	return option{text: fmt.Sprintf("csv.Comment(%q)", prefix), set: func(c *config) error {
		if prefix == "" || strings.ContainsAny(prefix, "\"\r\n") {
			return errors.New("not usable as a prefix")
		}
		c.comment = prefix
		return nil
	}}
}

// Header says that the first line of each file names its columns. Reading finds
// the fields of a record by these names, without regard to case; a column of T
// that a file does not have is an error, columns that T does not have are
// skipped. Writing begins each file with the names.
func Header() Option {
	return option{text: "csv.Header()", set: func(c *config) error { c.header = true; return nil }}
}

// Columns names the columns of files without a header, all of them in order.
// Fields are found by these names as with [Header].
func Columns(names ...string) Option {
	names = slices.Clone(names)
	text := fmt.Sprintf("csv.Columns(%q)", names)
	return option{text: text, only: reading, set: func(c *config) error {
		if len(names) == 0 {
			return errors.New("no columns")
		}
		c.columns = names
		return nil
	}}
}

// Only reads some columns, which saves the time to understand the others: the fields of
// T that are not named are zero, whatever the file has there, or if it has no such
// column. Names are those of fields, as with [Header].
func Only(names ...string) Option {
	names = slices.Clone(names)
	text := fmt.Sprintf("csv.Only(%q)", names)
	return option{text: text, only: reading, set: func(c *config) error {
		if len(names) == 0 {
			return errors.New("no columns")
		}
		c.only = names
		return nil
	}}
}

// Multiline allows line ends within quotes. Where a line begins then depends on
// everything before it, so files are not split. A line end within a field is
// read as "\n". A quote that is never closed takes the rest of the file with it,
// to the quarantine.
func Multiline() Option {
	return option{text: "csv.Multiline()", only: reading, set: func(c *config) error {
		c.multiline = true
		return nil
	}}
}

// NoQuotes makes the double quote an ordinary character.
func NoQuotes() Option {
	return option{text: "csv.NoQuotes()", only: reading, set: func(c *config) error {
		c.noQuotes = true
		return nil
	}}
}

// TrailingDelimiter says that a delimiter ends each line, as in the .tbl files of
// the TPC-H benchmark.
func TrailingDelimiter() Option {
	return option{text: "csv.TrailingDelimiter()", set: func(c *config) error {
		c.trailing = true
		return nil
	}}
}

// Null is the text, outside quotes, that stands for a nil pointer; the default
// is none at all.
func Null(text string) Option {
	return option{text: fmt.Sprintf("csv.Null(%q)", text), set: func(c *config) error {
		if strings.ContainsAny(text, "\"\r\n") {
			return errors.New("not usable outside quotes")
		}
		c.null = text
		return nil
	}}
}

// TimeLayout is the notation of [time.Time] fields, see [time.Layout]; the
// default is RFC 3339.
func TimeLayout(layout string) Option {
	return option{text: fmt.Sprintf("csv.TimeLayout(%q)", layout), set: func(c *config) error {
		if layout == "" {
			return errors.New("no layout")
		}
		c.layout = layout
		return nil
	}}
}
