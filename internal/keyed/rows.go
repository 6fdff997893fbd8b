package keyed

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/types"
)

// Rows is the snapshot of an operator that keeps what belongs to its keys in a form of its
// own: rows that begin with, or know, their key. They are written in the order of their
// key groups, those of one group in the order in which they were added:
//
//	┌────────┬─────────┬──────┬────────┐
//	│ "TWKR" │ version │ size │ schema │
//	│        │ 1 byte  │      │        │
//	└────────┴─────────┴──────┴────────┘
//	┌───────────┬──────┬──────┬────────────┐
//	│ group + 1 │ rows │ size │ rows × row │  a group, in the order of their numbers;
//	└───────────┴──────┴──────┴────────────┘  those without rows are left out
//	┌───┐
//	│ 0 │                                      the end
//	└───┘
//
// Numbers are varints, and the schema is JSON.
type Rows[T any] struct {
	typ    *types.Type[T]
	groups [keygroup.Count]group
	began  bool
	next   int // group
}

// group is the rows of a key group.
type group struct {
	rows  int
	bytes []byte
}

const rowsMagic = "TWKR"

// NewRows returns a snapshot without rows.
func NewRows[T any](t *types.Type[T]) *Rows[T] { return &Rows[T]{typ: t} }

// Add adds a row of a key with that hash.
func (r *Rows[T]) Add(hash uint64, row *T) {
	g := &r.groups[keygroup.Of(hash)]
	g.bytes = r.typ.Append(g.bytes, row)
	g.rows++
}

// Next implements Snapshot.
func (r *Rows[T]) Next(w io.Writer) (more bool, err error) {
	if !r.began {
		r.began = true
		schema := schemaText(r.typ.Schema())
		head := append([]byte(rowsMagic), version)
		head = binary.AppendUvarint(head, uint64(len(schema)))
		_, err := w.Write(append(head, schema...))
		return true, err
	}
	for ; r.next < len(r.groups); r.next++ {
		g := &r.groups[r.next]
		if g.rows == 0 {
			continue
		}
		r.next++
		head := binary.AppendUvarint(nil, uint64(r.next))
		head = binary.AppendUvarint(head, uint64(g.rows))
		head = binary.AppendUvarint(head, uint64(len(g.bytes)))
		if _, err := w.Write(head); err != nil {
			return false, err
		}
		_, err := w.Write(g.bytes)
		g.bytes = nil
		return true, err
	}
	_, err = w.Write([]byte{0})
	return false, err
}

// Close implements Snapshot.
func (r *Rows[T]) Close() { r.groups = [keygroup.Count]group{} }

// RestoreRows calls f with the rows of some groups of a snapshot that [Rows] has written,
// in their order, and skips the others. Rows of another type are an error, and so are
// bytes that are no such snapshot. What a row refers to is its own.
func RestoreRows[T any](in io.Reader, t *types.Type[T], groups keygroup.Range, f func(*T) error) error {
	if err := restoreRows(in, t, groups, f); err != nil {
		return fmt.Errorf("restoring state: %w", err)
	}
	return nil
}

func restoreRows[T any](in io.Reader, t *types.Type[T], groups keygroup.Range, f func(*T) error) error {
	d := &restorer{in: bufio.NewReader(in)}
	start := make([]byte, len(rowsMagic)+1)
	if _, err := io.ReadFull(d.in, start); err != nil {
		return short(err)
	}
	if string(start[:len(rowsMagic)]) != rowsMagic {
		return errors.New("it is no snapshot of an operator's rows")
	}
	if v := start[len(rowsMagic)]; v != version {
		return fmt.Errorf("the snapshot has version %d, this release knows %d", v, version)
	}
	size, err := d.number()
	if err != nil {
		return err
	}
	schema, err := d.part(size)
	if err != nil {
		return err
	}
	if err := sameSchema("its rows", schema, t.Schema()); err != nil {
		return err
	}
	for {
		group, n, bytes, err := d.next(groups)
		if err != nil || group < 0 {
			return err
		}
		left := slices.Clone(bytes) // rows refer to it
		for ; n > 0; n-- {
			var row T
			used, err := t.Decode(left, &row)
			if err != nil {
				return fmt.Errorf("key group %d: %w", group, err)
			}
			if err := f(&row); err != nil {
				return err
			}
			left = left[used:]
		}
		if len(left) > 0 {
			return fmt.Errorf("key group %d has more than its rows", group)
		}
	}
}
