package quarantine

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/thalweg/thalweg/types"
)

// Show writes a row as JSON, by its schema alone. Fields keep their order; what JSON has
// no form for becomes a string, maps whose keys are no strings lists of pairs.
func Show(s *types.Schema, row []byte) (string, error) {
	r, err := types.NewReader(s)
	if err != nil {
		return "", err
	}
	v, n, err := r.Read(row)
	if err == nil && n != len(row) {
		err = fmt.Errorf("a row with %d bytes too many", len(row)-n)
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	show(&b, s, v)
	return b.String(), nil
}

func show(b *strings.Builder, s *types.Schema, v any) {
	if s != nil && s.Kind == types.Pointer {
		show(b, s.Elem, v)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, f := range s.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			plain(b, f.Name)
			b.WriteByte(':')
			show(b, f.Schema, v[f.Name])
		}
		b.WriteByte('}')
	case []any:
		list(b, len(v), func(i int) { show(b, s.Elem, v[i]) })
	case []types.Entry:
		showMap(b, s, v)
	case types.Variant:
		b.WriteString(`{"type":`)
		plain(b, v.Type)
		b.WriteString(`,"value":`)
		show(b, variant(s, v.Type), v.Value)
		b.WriteByte('}')
	case float32:
		number(b, float64(v), v)
	case float64:
		number(b, v, v)
	case complex64, complex128:
		plain(b, fmt.Sprint(v))
	case time.Duration:
		plain(b, v.String())
	case time.Time:
		plain(b, v.Format(time.RFC3339Nano))
	default:
		plain(b, v)
	}
}

func showMap(b *strings.Builder, s *types.Schema, entries []types.Entry) {
	if s.Key.Kind != types.String {
		list(b, len(entries), func(i int) {
			list(b, 2, func(part int) {
				if part == 0 {
					show(b, s.Key, entries[i].Key)
				} else {
					show(b, s.Elem, entries[i].Value)
				}
			})
		})
		return
	}
	b.WriteByte('{')
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		plain(b, e.Key)
		b.WriteByte(':')
		show(b, s.Elem, e.Value)
	}
	b.WriteByte('}')
}

func list(b *strings.Builder, n int, element func(int)) {
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		element(i)
	}
	b.WriteByte(']')
}

func variant(s *types.Schema, name string) *types.Schema {
	for _, v := range s.Variants {
		if v.String() == name {
			return v
		}
	}
	return nil
}

func number(b *strings.Builder, f float64, v any) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		v = fmt.Sprint(v)
	}
	plain(b, v)
}

func plain(b *strings.Builder, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text, _ = json.Marshal(fmt.Sprint(v))
	}
	b.Write(text)
}
