package survey

import (
	"encoding/binary"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/types"
)

// observer is the factory of what looks at the records of a node.
func observer(w *watched, element operator.Element) operator.Factory {
	fixed := int64(fixedBytes(element.Schema()))
	return func(operator.Wiring) (operator.Instance, error) {
		take := func(rows operator.Carrier) error {
			if !w.failed {
				_ = w.try(func() error {
					w.observe(rows, element, fixed)
					return nil
				})
			}
			return nil
		}
		return operator.Instance{Inputs: []any{element.Take(take, nil)}}, nil
	}
}

func (w *watched) observe(rows operator.Carrier, element operator.Element, fixed int64) {
	n := rows.Len()
	w.rows += int64(n)
	if element.Aliases() {
		w.buffer = element.Encode(w.buffer[:0], rows)
		_, header := binary.Uvarint(w.buffer)
		w.coded += int64(len(w.buffer)-header) - int64(n)*fixed
	}
	for len(w.hashes) < n {
		w.hashes = append(w.hashes, 0)
	}
	for _, k := range w.keys {
		k.key.Hash(rows, w.hashes[:n])
		k.add(w.hashes[:n], w.source.next)
	}
}

// width returns the bytes that a record takes in memory: its fixed size, and behind that
// what it refers to, which is nearly what that takes encoded: of an encoded row, all but
// the part that every row of the type has. False if there is no record.
func (w *watched) width() (float64, bool) {
	if w.rows == 0 {
		return 0, false
	}
	behind := max(float64(w.coded)/float64(w.rows), 0)
	return float64(w.node.Outputs[0].RowSize()) + behind, true
}

// keyCount counts the values of a key in a sample.
type keyCount struct {
	key    plan.Key
	values map[uint64]value // by hash
	rows   int64
	last   uint64 // hash of the row before
	place  int    // of that row
}

// value is how often a value is there. Rows that follow one another in a place are a
// run.
type value struct {
	rows, runs, places int64
	place              int // the last one
}

func newKeyCount(key plan.Key) *keyCount {
	return &keyCount{key: key, values: map[uint64]value{}, place: -1}
}

// add takes the hashes of rows of a place. Places come one after the other.
func (k *keyCount) add(hashes []uint64, place int) {
	for _, h := range hashes {
		v := k.values[h]
		v.rows++
		if h != k.last || place != k.place {
			v.runs++
		}
		if v.places == 0 || v.place != place {
			v.places++
		}
		v.place = place
		k.values[h] = v
		k.last, k.place = h, place
	}
	k.rows += int64(len(hashes))
}

// fixedBytes returns the length of an encoded row of a type whose parts of varying size
// are all empty; the layout is drawn in package types.
func fixedBytes(s *types.Schema) int {
	scope, varying := scopeBytes(s)
	if varying {
		return 4 + scope
	}
	return scope
}

// scopeBytes returns the bytes of a scope, and whether rows have a variable part.
func scopeBytes(s *types.Schema) (bytes int, varying bool) {
	slots, nulls, varying := slotBytes(s)
	return max(slots+(nulls+7)/8, 1), varying
}

// slotBytes returns the bytes of the slots of a part and the number of its null bits.
func slotBytes(s *types.Schema) (bytes, nulls int, varying bool) {
	switch s.Kind {
	case types.Bool, types.Int8, types.Uint8:
		return 1, 0, false
	case types.Int16, types.Uint16:
		return 2, 0, false
	case types.Int32, types.Uint32, types.Float32:
		return 4, 0, false
	case types.Int, types.Int64, types.Uint, types.Uint64, types.Float64, types.Complex64, types.Duration:
		return 8, 0, false
	case types.Complex128, types.Time:
		return 16, 0, false
	case types.Struct:
		for _, f := range s.Fields {
			b, n, v := slotBytes(f.Schema)
			bytes, nulls, varying = bytes+b, nulls+n, varying || v
		}
		return bytes, nulls, varying
	case types.Array:
		b, v := scopeBytes(s.Elem)
		return s.Len * b, 0, v
	case types.Pointer:
		if k := s.Elem.Kind; k >= types.Bool && k <= types.Time {
			bytes, _, _ = slotBytes(s.Elem)
			return bytes, 1, false
		}
		return 8, 1, true
	case types.Sum:
		return 8, 1, true
	}
	return 8, 0, true
}
