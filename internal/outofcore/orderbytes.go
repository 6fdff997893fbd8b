package outofcore

import (
	"encoding/binary"
	"reflect"
	"sync"

	"github.com/thalweg/thalweg/types"
)

// keysAtOnce is how many keys are gathered at a time to make prefixes of them.
const keysAtOnce = 64

// bytesPrefix returns what [Order] calls Prefix for keys that are arrays of bytes, or
// nil for others. Such keys are encoded as they are, so the encoding of many, made in
// one piece, has their first eight bytes at equal distances.
func bytesPrefix[T, K any](key *types.Key[T, K], flip uint64) func(rows []T, out []uint64) {
	t, width := key.Type(), types.SizeOf[K]()
	array := reflect.TypeFor[K]()
	if array.Kind() != reflect.Array || array.Elem() != reflect.TypeFor[byte]() || width < 8 || t.Fixed() != width {
		return nil
	}
	type gathered struct {
		keys    [keysAtOnce]K
		encoded []byte
	}
	pool := sync.Pool{New: func() any { return &gathered{encoded: make([]byte, 0, keysAtOnce*width)} }}
	return func(rows []T, out []uint64) {
		g := pool.Get().(*gathered)
		defer pool.Put(g)
		for len(rows) > 0 {
			n := min(len(rows), keysAtOnce)
			key.Gather(rows[:n], g.keys[:])
			g.encoded = t.AppendRows(g.encoded[:0], g.keys[:n])
			for i := range n {
				out[i] = binary.BigEndian.Uint64(g.encoded[i*width:]) ^ flip
			}
			rows, out = rows[n:], out[n:]
		}
	}
}
