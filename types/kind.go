package types

import "fmt"

// Kind says how a type is carried. It is part of stored schemas: values keep
// their names for ever, and names, not numbers, are stored.
type Kind uint8

// The kinds a schema can have.
const (
	Invalid Kind = iota
	Bool
	Int
	Int8
	Int16
	Int32
	Int64
	Uint
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	Complex64
	Complex128
	Duration // time.Duration, carried as an int64 of nanoseconds
	Time     // time.Time, carried as an instant and a zone offset
	String
	Bytes    // a slice of bytes
	Array    // Len elements of Elem
	Slice    // any number of Elem
	Map      // Key to Elem
	Pointer  // Elem or nothing
	Struct   // Fields
	Sum      // a registered interface: one of Variants or nothing
	Binary   // bytes written by the type's own MarshalBinary
	External // bytes written by a registered Codec, named by Schema.Codec
)

var kindNames = [...]string{
	"invalid", "bool", "int", "int8", "int16", "int32", "int64",
	"uint", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
	"complex64", "complex128", "duration", "time", "string", "bytes",
	"array", "slice", "map", "pointer", "struct", "sum", "binary", "external",
}

// String returns the kind's name, e.g. "int64".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the kind's name; a kind that does not exist is an error.
func (k Kind) MarshalText() ([]byte, error) {
	if k == Invalid || int(k) >= len(kindNames) {
		return nil, fmt.Errorf("types: %v has no name to store", k)
	}
	return []byte(kindNames[k]), nil
}

// UnmarshalText reads a name written by MarshalText.
func (k *Kind) UnmarshalText(text []byte) error {
	for i := 1; i < len(kindNames); i++ {
		if kindNames[i] == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("types: %q is not a kind this release knows", text)
}

// scalar reports whether values of k are numbers or booleans of a fixed width
// that stand in the slot themselves (complex numbers count as two of them).
func (k Kind) scalar() bool { return k >= Bool && k <= Duration }

// slotWidth returns the bytes a value of k takes in the fixed part of a row,
// for every kind whose slot does not depend on another type.
func (k Kind) slotWidth() int {
	switch k {
	case Bool, Int8, Uint8:
		return 1
	case Int16, Uint16:
		return 2
	case Int32, Uint32, Float32:
		return 4
	case Complex128, Time:
		return 16
	default: // 8-byte numbers, and (offset, length) of the variable part
		return 8
	}
}
