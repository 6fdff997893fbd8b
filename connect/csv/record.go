package csv

import (
	"strings"

	"github.com/thalweg/thalweg/connect/file"
)

// byteOrderMark is what some programs put in front of UTF-8.
const byteOrderMark = "\ufeff"

// records finds the records among the lines of a file: it skips blank lines and
// comments and, if quotes may hold line ends, puts lines together.
type records struct {
	lines  *file.Lines
	config *config

	text   string // of the record that next found
	offset int64  // where it begins
	size   int64  // how long it is in the file
	cause  string // why it is no record, if next knows that already

	// A record whose quote is not closed yet.
	open bool
	held strings.Builder
	end  int64 // where its last line ends
}

// next finds the next record among the lines in memory.
func (r *records) next() bool {
	for {
		line, ok := r.lines.Next()
		if !ok {
			return false
		}
		offset := r.lines.Offset()
		if r.open {
			// The lines of a record follow one another, with an ending between them;
			// else one in the middle was too long and has been rejected.
			if gap := offset - r.end; gap <= 2 {
				r.extend(line, offset)
				if r.open {
					continue
				}
				return true
			}
			r.unfinished("a line of this record is too long")
			// The line is left for another round.
			r.lines.Back()
			return true
		}
		if offset == 0 {
			line = strings.TrimPrefix(line, byteOrderMark)
		}
		if line == "" || r.config.comment != "" && strings.HasPrefix(line, r.config.comment) {
			continue
		}
		r.offset, r.end = offset, offset+int64(len(line))
		if r.config.multiline && quoteOpen(line, r.config.delimiter, false) {
			r.open = true
			r.held.WriteString(line)
			continue
		}
		r.text, r.size, r.cause = line, int64(len(line)), ""
		return true
	}
}

// extend adds a line to the open record.
func (r *records) extend(line string, offset int64) {
	r.end = offset + int64(len(line))
	limit := r.lines.Limit()
	if r.held.Len() <= limit { // of what is longer only the beginning is kept
		r.held.WriteByte('\n')
		r.held.WriteString(line)
	}
	if quoteOpen(line, r.config.delimiter, true) {
		return
	}
	tooLong := r.held.Len() > limit
	r.unfinished("")
	if tooLong {
		r.cause = "a record over several lines is longer than a line may be (option file.MaxLine)"
	}
}

// unfinished ends the open record.
func (r *records) unfinished(cause string) {
	r.text, r.cause, r.size = r.held.String(), cause, r.end-r.offset
	r.open = false
	r.held.Reset()
}

// finish returns a record that is still open when the file ends.
func (r *records) finish() bool {
	if !r.open {
		return false
	}
	r.unfinished("a quote is not closed before the file ends")
	return true
}

// reject hands the record to the quarantine.
func (r *records) reject(cause string) error {
	return r.lines.Reject(r.text, r.offset, r.size, cause)
}

// quoteOpen reports whether a line ends within quotes. inside says that it begins
// within them. A line with a quote in the wrong place ends its record: what
// follows could not be understood with it.
func quoteOpen(line, delimiter string, inside bool) bool {
	for {
		if !inside {
			if !strings.HasPrefix(line, `"`) {
				field, rest, more := strings.Cut(line, delimiter)
				if !more || strings.IndexByte(field, '"') >= 0 {
					return false
				}
				line = rest
				continue
			}
			line = line[1:]
		}
		inside = false
		end := closingQuote(line)
		if end < 0 {
			return true
		}
		rest, more := strings.CutPrefix(line[end+1:], delimiter)
		if !more {
			return false
		}
		line = rest
	}
}

// closingQuote returns where the quote ends that was opened before text, or -1.
func closingQuote(text string) int {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '"')
		if i < 0 {
			return -1
		}
		if at += i; at+1 == len(text) || text[at+1] != '"' {
			return at
		}
		at += 2
	}
}
