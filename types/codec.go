package types

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// Codec carries values of types that the package cannot see into, such as
// messages of a serialization library. Values are hashed, compared and ordered
// by their encoded bytes, so equal values must have equal encodings. It is
// called from many goroutines at once.
type Codec interface {
	// Append appends the encoding of the value that ptr (a *T of a matched T)
	// points to. It must not keep ptr.
	Append(dst []byte, ptr any) ([]byte, error)
	// Decode sets the zeroed value that ptr points to. The value may alias src.
	// Any bytes may come: an error, never more memory than a small multiple of
	// src.
	Decode(src []byte, ptr any) error
}

// codecProgram is what a node of kind Binary or External calls.
type codecProgram struct {
	name   string
	append func(dst []byte, p unsafe.Pointer) ([]byte, error)
	decode func(src []byte, p unsafe.Pointer) error
}

var codecs struct {
	sync.RWMutex
	list []codecEntry
}

type codecEntry struct {
	match func(reflect.Type) bool
	name  string
	codec Codec
}

// RegisterCodec has c carry every type T that match reports true for; match
// sees T itself, not *T, and pointers to T are carried as nullable T. The name
// is stored in schemas. Codecs registered later are asked first, and codecs are
// asked before anything else is tried. Call it from init or main, before Of:
// what is compiled already stays as it is. It panics on an empty name or nil.
func RegisterCodec(match func(reflect.Type) bool, name string, c Codec) {
	if match == nil || c == nil || name == "" {
		panic("types: RegisterCodec needs a match function, a name and a codec")
	}
	codecs.Lock()
	defer codecs.Unlock()
	codecs.list = append(codecs.list, codecEntry{match, name, c})
}

func registeredCodec(t reflect.Type) *codecProgram {
	codecs.RLock()
	defer codecs.RUnlock()
	for _, e := range slices.Backward(codecs.list) {
		if e.match(t) {
			word, c := typeWord(reflect.PointerTo(t)), e.codec
			return &codecProgram{
				name:   e.name,
				append: func(dst []byte, p unsafe.Pointer) ([]byte, error) { return c.Append(dst, pointerIn(word, p)) },
				decode: func(src []byte, p unsafe.Pointer) error { return c.Decode(src, pointerIn(word, p)) },
			}
		}
	}
	return nil
}

// appendCoded appends the codec's bytes for the value at p, or panics with a
// *ValueError.
func (n *node) appendCoded(dst []byte, p unsafe.Pointer) []byte {
	out, err := n.codec.append(dst, p)
	if err != nil {
		panic(&ValueError{Path: n.label(), Reason: "cannot be encoded", Err: err})
	}
	return out
}

// decodeCoded sets the value at p. A codec that panics on hostile bytes is
// reported like one that returns an error.
func (n *node) decodeCoded(src []byte, p unsafe.Pointer) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the codec panicked: %v", r)
		}
	}()
	return n.codec.decode(src, p)
}

// scratch holds the buffers in which coded values are compared.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// withCoded calls f with the encoding of the value at p, which f must not keep.
func (n *node) withCoded(p unsafe.Pointer, f func(coded []byte)) {
	buf := scratch.Get().(*[]byte)
	*buf = n.appendCoded((*buf)[:0], p)
	f(*buf)
	scratch.Put(buf)
}
