package text

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
)

// Write writes one record per line into files part-00000.txt, part-00001.txt and
// so on in a directory, one for each subtask. A string and a []byte are written
// as they are, a value with a String method (also one of its pointer) as that
// says, anything else as [fmt.Sprint] prints it. A line end within a record is
// not escaped: it makes two lines.
func Write[T any](dir string, opts ...file.Option) connect.Sink[T] {
	return sink[T]{file.NewOutput(dir, ".txt", opts...), file.Describe("text.Write", dir, opts)}
}

type sink[T any] struct {
	file.Output
	text string
}

func (s sink[T]) String() string { return s.text }

func (s sink[T]) Open(c connect.WriterContext) (connect.Writer[T], error) { return s.Resume(c, nil) }

// Resume implements connect.Resumable.
func (s sink[T]) Resume(c connect.WriterContext, positions [][]byte) (connect.Writer[T], error) {
	w, err := file.NewWriter(s.Output, c, nil, AppendLine[T](), positions)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// AppendLine returns the function that writes a record as [Write] does, with the
// line end.
func AppendLine[T any]() file.AppendFunc[T] {
	// Which notation T has is found once; the functions themselves know their type.
	for _, known := range []any{
		file.AppendFunc[string](func(dst []byte, row *string) ([]byte, error) {
			return append(append(dst, *row...), '\n'), nil
		}),
		file.AppendFunc[[]byte](func(dst []byte, row *[]byte) ([]byte, error) {
			return append(append(dst, *row...), '\n'), nil
		}),
		file.AppendFunc[int](func(dst []byte, row *int) ([]byte, error) {
			return append(strconv.AppendInt(dst, int64(*row), 10), '\n'), nil
		}),
		file.AppendFunc[int64](func(dst []byte, row *int64) ([]byte, error) {
			return append(strconv.AppendInt(dst, *row, 10), '\n'), nil
		}),
	} {
		if f, ok := known.(file.AppendFunc[T]); ok {
			return f
		}
	}
	if _, ok := any((*T)(nil)).(fmt.Stringer); ok && concrete[T]() {
		return func(dst []byte, row *T) ([]byte, error) {
			return append(append(dst, any(row).(fmt.Stringer).String()...), '\n'), nil
		}
	}
	return func(dst []byte, row *T) ([]byte, error) {
		return append(fmt.Append(dst, *row), '\n'), nil
	}
}

// concrete reports whether values of T can be asked for their text without
// looking whether they are nil.
func concrete[T any]() bool {
	k := reflect.TypeFor[T]().Kind()
	return k != reflect.Pointer && k != reflect.Interface
}
