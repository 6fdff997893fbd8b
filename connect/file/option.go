package file

import "fmt"

// DefaultMaxLine is the longest line, in bytes, that is read unless [MaxLine]
// says otherwise.
const DefaultMaxLine = 64 << 20

// Option changes how files are read or written. The zero Option does nothing of
// use; see the functions that return one.
type Option struct {
	text  string
	read  func(*Input) error // nil if it is no option for reading
	write func(*Output)      // nil if it is no option for writing
}

// String is the call that made the option.
func (o Option) String() string { return o.text }

// ForFiles marks an option as one that formats accept beside their own.
func (Option) ForFiles() {}

// Recursive reads the files in nested directories, too. The default is to read
// only those that lie directly in a directory.
func Recursive() Option {
	return Option{text: "file.Recursive()", read: func(in *Input) error {
		in.recursive = true
		return nil
	}}
}

// MaxLine sets how long a line may be, in bytes without its ending; the default
// is [DefaultMaxLine]. A longer line is never held in memory: it goes to the
// quarantine with its first bytes, its offset and its whole length.
func MaxLine(bytes int) Option {
	text := fmt.Sprintf("file.MaxLine(%d)", bytes)
	return Option{text: text, read: func(in *Input) error {
		if bytes < 1 {
			return fmt.Errorf("file: %s: the limit must be at least 1", text)
		}
		in.maxLine = bytes
		return nil
	}}
}

// Sample reads, instead of all lines, those that begin in 4 KiB at each of so many
// places, evenly spread over all files: a sample for [batch.SortBySample]. Files that
// cannot be split, such as compressed ones, are an error.
//
// [batch.SortBySample]: https://pkg.go.dev/github.com/thalweg/thalweg/batch#SortBySample
func Sample(places int) Option {
	text := fmt.Sprintf("file.Sample(%d)", places)
	return Option{text: text, read: func(in *Input) error {
		if places < 1 {
			return fmt.Errorf("file: %s: there must be a place", text)
		}
		in.places = places
		return nil
	}}
}

// Overwrite replaces the output of an earlier job: its part files of the same
// format, compressed or not, are removed when the new ones are published. Other
// files in the directory stay. The default is to refuse a directory that is not
// empty.
func Overwrite() Option {
	return Option{text: "file.Overwrite()", write: func(o *Output) { o.overwrite = true }}
}

// Immediate writes under the final names from the beginning, for streams whose
// output is to be seen while they run. What is written becomes visible whenever
// the job waits for input, and stays if the job fails. With [Overwrite], the
// earlier output is removed before the job starts.
func Immediate() Option {
	return Option{text: "file.Immediate()", write: func(o *Output) { o.immediate = true }}
}

// Gzip compresses the output; file names end in .gz.
func Gzip() Option {
	return Option{text: "file.Gzip()", write: func(o *Output) { o.packed = gzipped }}
}

// Zstd compresses the output; file names end in .zst.
func Zstd() Option {
	return Option{text: "file.Zstd()", write: func(o *Output) { o.packed = zstandard }}
}
