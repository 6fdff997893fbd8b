package types

import "fmt"

// UnsupportedError says which part of a type cannot be carried and why. It is
// found while a program is built, never while it runs.
type UnsupportedError struct {
	Path   string // from the root type, e.g. "Order.Customer.Notify"
	Reason string // e.g. "a channel cannot be carried"
}

func (e *UnsupportedError) Error() string { return "types: " + e.Path + ": " + e.Reason }

// DecodeError says what is wrong with encoded bytes and where.
type DecodeError struct {
	Path   string // the part that was being read, e.g. "main.Word.Text"
	Offset int    // byte within the row that was being read
	Reason string
	Err    error // of a BinaryUnmarshaler or a Codec, else nil
}

func (e *DecodeError) Error() string {
	s := fmt.Sprintf("types: decoding %s at byte %d: %s", e.Path, e.Offset, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the codec's own error.
func (e *DecodeError) Unwrap() error { return e.Err }

// ValueError is what the methods of Type panic with when a value, not a type,
// cannot be carried: MarshalBinary failed, an interface holds a type that was
// not registered, data nests deeper than MaxDepth (a cycle does), a row exceeds
// 4 GiB. The engine recovers it and turns it into an error of that record.
type ValueError struct {
	Path   string
	Reason string
	Err    error // of a BinaryMarshaler or a Codec, else nil
}

func (e *ValueError) Error() string {
	s := "types: " + e.Path + ": " + e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the codec's own error.
func (e *ValueError) Unwrap() error { return e.Err }

// MaxDepth is how deep pointers, slices, maps and sums of one row may nest.
// Data that refers to itself reaches it and is reported instead of overflowing
// the stack.
const MaxDepth = 1000

func tooDeep(n *node) {
	panic(&ValueError{Path: n.label(), Reason: fmt.Sprintf("nests deeper than %d levels; does it refer to itself?", MaxDepth)})
}
