// Package protobuf has the types package carry protobuf messages, as fields
// (pointers or values), elements and rows. A blank import does it:
//
//	import _ "github.com/thalweg/thalweg/types/protobuf"
//
// Messages are marshalled deterministically, and hashed, compared and ordered
// by those bytes. The protobuf library promises the same bytes for the same
// build only: do not partition by a whole message, or use it as a key, where
// processes of different builds or stored state must agree. Use a field of it.
package protobuf

import (
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"

	"github.com/thalweg/thalweg/types"
)

// Name is the codec's name in stored schemas.
const Name = "protobuf"

func init() {
	message := reflect.TypeFor[proto.Message]()
	types.RegisterCodec(func(t reflect.Type) bool {
		return t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(message)
	}, Name, codec{})
}

type codec struct{}

var marshal = proto.MarshalOptions{Deterministic: true}

// Append appends the message's wire format.
func (codec) Append(dst []byte, ptr any) ([]byte, error) {
	m, ok := ptr.(proto.Message)
	if !ok {
		return dst, fmt.Errorf("protobuf: %T is not a message", ptr)
	}
	return marshal.MarshalAppend(dst, m)
}

// Decode merges the wire format into a message that is empty. Strings and bytes
// are copied out of src.
func (codec) Decode(src []byte, ptr any) error {
	m, ok := ptr.(proto.Message)
	if !ok {
		return fmt.Errorf("protobuf: %T is not a message", ptr)
	}
	return proto.Unmarshal(src, m)
}
