package quarantine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/types"
)

// Writer writes the file of one operator in one subtask. It belongs to one goroutine.
// The file is made with the first entry; one that is there, of an earlier attempt at the
// same job, is removed when the writer is made.
type Writer struct {
	files  host.FileSystem
	path   string
	origin Origin
	limit  int64

	file    host.WritableFile // nil before the first entry
	count   int64
	schemas map[int32]bool   // inputs whose schema has been written
	stacks  map[string]int32 // numbers of stacks
	buf     []byte
}

// maxStacks is how many different stacks a file keeps; entries beyond have none.
const maxStacks = 1000

// NewWriter returns the writer of a file in dir. More entries than limit are an error;
// a negative limit is none.
func NewWriter(files host.FileSystem, dir, name string, o Origin, limit int64) (*Writer, error) {
	w := &Writer{
		files: files, path: path.Join(dir, name), origin: o, limit: limit,
		schemas: map[int32]bool{}, stacks: map[string]int32{},
	}
	if err := files.Remove(w.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the quarantine: %w", err)
	}
	return w, nil
}

// Put writes an entry. s is the schema of its record, nil if it has none.
func (w *Writer) Put(e *Entry, s *types.Schema) error {
	if err := w.put(e, s); err != nil {
		return fmt.Errorf("the quarantine: %w", err)
	}
	w.count++
	if w.limit >= 0 && w.count > w.limit {
		return &BudgetError{Operator: w.origin.Operator.Name, Budget: w.limit, Refused: w.count, Last: e.String()}
	}
	return nil
}

// Len returns the number of entries.
func (w *Writer) Len() int64 { return w.count }

// put writes all frames of an entry at once.
func (w *Writer) put(e *Entry, s *types.Schema) error {
	w.buf = w.buf[:0]
	if w.file == nil {
		header, err := json.Marshal(w.origin)
		if err != nil {
			return err
		}
		w.buf = append(w.buf, magic...)
		w.buf = appendFrame(w.buf, originFrame, func(b []byte) []byte { return append(b, header...) })
	}
	if s != nil && !w.schemas[e.Input] {
		w.schemas[e.Input] = true
		schema, err := json.Marshal(s)
		if err != nil {
			return err
		}
		w.buf = appendFrame(w.buf, schemaFrame, func(b []byte) []byte { return append(append(b, byte(e.Input)), schema...) })
	}
	out := stored{
		Kind: string(e.Kind), Input: e.Input, Number: e.Number, Timed: e.Timed, Time: e.Time, At: e.At, Key: e.Key,
		Cause: e.Cause, Stack: w.stack(e.Stack), Record: e.Record, Source: e.Source, Offset: e.Offset, Size: e.Size, Piece: e.Piece,
	}
	at := len(w.buf)
	w.buf = appendFrame(w.buf, entryFrame, func(b []byte) []byte { return storedType().Append(b, &out) })
	if len(w.buf)-at > maxFrame {
		return fmt.Errorf("a record of %d bytes is too large for it", len(e.Record))
	}
	if w.file == nil {
		file, err := w.files.Create(w.path)
		if err != nil {
			return err
		}
		w.file = file
	}
	_, err := w.file.Write(w.buf)
	return err
}

// stack returns the number of a stack, whose frame is written if it is new.
func (w *Writer) stack(text string) int32 {
	n := w.stacks[text]
	if n > 0 || text == "" || len(w.stacks) == maxStacks {
		return n
	}
	n = int32(len(w.stacks) + 1)
	w.stacks[text] = n
	w.buf = appendFrame(w.buf, stackFrame, func(b []byte) []byte { return append(b, text...) })
	return n
}

// Close makes sure that what was written is on disk.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.file.Sync(), w.file.Close())
	w.file = nil
	if err != nil {
		return fmt.Errorf("the quarantine: %w", err)
	}
	return nil
}

// BudgetError says that an operator has refused more than the job allows.
type BudgetError struct {
	Operator        string
	Budget, Refused int64
	Last            string // why the last one was
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("%d records are in quarantine, more than the budget of %d; the last one: %s", e.Refused, e.Budget, e.Last)
}
