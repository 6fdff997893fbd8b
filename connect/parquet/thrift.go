package parquet

import (
	"encoding/binary"
	"errors"
)

// The metadata of a Parquet file is in Thrift's compact protocol, in which a list
// says how long it is before its elements. The library makes room for as many as
// the list says; a damaged length would end the process for want of memory. So
// lengths are checked first: an element takes at least a byte.

var (
	errShort    = errors.New("the metadata ends too early")
	errMetadata = errors.New("the metadata is malformed")
)

// measure returns how many bytes the Thrift struct at the beginning of b takes,
// with every length in it backed by that many bytes. errShort means that b ends
// within the struct.
func measure(b []byte) (int, error) {
	w := walker{rest: b}
	if err := w.structure(0); err != nil {
		return 0, err
	}
	return len(b) - len(w.rest), nil
}

type walker struct{ rest []byte }

const maxNesting = 32

func (w *walker) structure(depth int) error {
	if depth > maxNesting {
		return errMetadata
	}
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the field's number follows
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if kind := head & 15; kind != 1 && kind != 2 { // booleans are in the head
			if err := w.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
}

func (w *walker) value(kind byte, depth int) error {
	switch kind {
	case 1, 2, 3: // in lists booleans take a byte
		return w.skip(1)
	case 4, 5, 6:
		_, err := w.varint()
		return err
	case 7:
		return w.skip(8)
	case 8:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case 9, 10:
		head, err := w.byte()
		if err != nil {
			return err
		}
		n := uint64(head >> 4)
		if n == 15 {
			if n, err = w.varint(); err != nil {
				return err
			}
		}
		return w.list(n, depth, head&15)
	case 11:
		n, err := w.varint()
		if err != nil || n == 0 {
			return err
		}
		head, err := w.byte()
		if err != nil {
			return err
		}
		return w.list(n, depth, head>>4, head&15)
	case 12:
		return w.structure(depth)
	case 13:
		return w.skip(16)
	}
	return errMetadata
}

func (w *walker) list(n uint64, depth int, kinds ...byte) error {
	if depth > maxNesting {
		return errMetadata
	}
	if n > uint64(len(w.rest)) {
		return errShort
	}
	for range n {
		for _, kind := range kinds {
			if err := w.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) byte() (byte, error) {
	if len(w.rest) == 0 {
		return 0, errShort
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b, nil
}

func (w *walker) varint() (uint64, error) {
	v, n := binary.Uvarint(w.rest)
	if n == 0 {
		return 0, errShort
	}
	if n < 0 {
		return 0, errMetadata
	}
	w.rest = w.rest[n:]
	return v, nil
}

func (w *walker) skip(n uint64) error {
	if n > uint64(len(w.rest)) {
		return errShort
	}
	w.rest = w.rest[n:]
	return nil
}
