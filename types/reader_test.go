package types

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"
)

// plainly is what Reader.Read must say of v: the same by reflection.
func plainly(v reflect.Value) any {
	switch v.Type() {
	case timeType:
		t := v.Interface().(time.Time)
		_, zone := t.Zone()
		return fmt.Sprint(t.Unix(), t.Nanosecond(), zone)
	case durationType:
		return v.Interface()
	case reflect.TypeFor[url.URL](), reflect.TypeFor[netip.Addr]():
		u := reflect.New(v.Type())
		u.Elem().Set(v)
		b, _ := u.Interface().(interface{ MarshalBinary() ([]byte, error) }).MarshalBinary()
		return string(b)
	}
	if !v.CanInterface() {
		v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "_" {
				m[f.Name] = plainly(settable(v.Field(i)))
			}
		}
		return m
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plainly(v.Elem())
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		c := reflect.New(v.Elem().Type()).Elem()
		c.Set(v.Elem())
		return Variant{Value: plainly(c)}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return nil
		}
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return string(v.Bytes())
		}
		list := []any{}
		for i := range v.Len() {
			if v.Kind() == reflect.Array && v.Type().Elem().Size() == 0 {
				break
			}
			list = append(list, plainly(v.Index(i)))
		}
		return list
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		return v.Len()
	case reflect.Int:
		return v.Int()
	case reflect.Uint:
		return v.Uint()
	}
	return basic(v)
}

func settable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	return v
}

// basic drops the name of a named number, string or bool.
func basic(v reflect.Value) any {
	for _, t := range []any{false, int8(0), int16(0), int32(0), int64(0), uint8(0), uint16(0), uint32(0), uint64(0),
		float32(0), float64(0), complex64(0), complex128(0), ""} {
		if reflect.TypeOf(t).Kind() == v.Kind() {
			return v.Convert(reflect.TypeOf(t)).Interface()
		}
	}
	return v.Interface()
}

// told makes what Read returns comparable with plainly.
func told(v any) any {
	switch v := v.(type) {
	case time.Time:
		_, zone := v.Zone()
		return fmt.Sprint(v.Unix(), v.Nanosecond(), zone)
	case []byte:
		return string(v)
	case []Entry:
		return len(v)
	case Variant:
		return Variant{Value: told(v.Value)}
	case []any:
		for i := range v {
			v[i] = told(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = told(v[k])
		}
	}
	return v
}

func readerOf(t testing.TB, s *Schema) *Reader {
	t.Helper()
	stored, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var schema Schema
	if err := json.Unmarshal(stored, &schema); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(&schema)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reads[T any](t *testing.T, s source) {
	typ := of[T](t)
	r := readerOf(t, typ.Schema())
	for range 200 {
		row := random[T](s)
		buf := typ.Append(nil, &row)
		got, n, err := r.Read(append(buf, "behind"...))
		if err != nil || n != len(buf) {
			t.Fatalf("%d of %d bytes, %v", n, len(buf), err)
		}
		if g, w := fmt.Sprintf("%#v", told(got)), fmt.Sprintf("%#v", plainly(reflect.ValueOf(&row).Elem())); g != w {
			t.Fatalf("got  %s\nwant %s", g, w)
		}
	}
}

func TestStoredSchemasReadRowsWithoutTheirTypes(t *testing.T) {
	s := newSource(t)
	reads[everything](t, s)
	reads[word](t, s)
	reads[loose](t, s)
	reads[tree](t, s)
	reads[drawing](t, s)
	reads[[][]string](t, s)
	reads[*int16](t, s)
	reads[struct{}](t, s)
	reads[[]struct{}](t, s)

	typ := of[map[string]shape](t)
	row := map[string]shape{"b": square{2, "s"}, "a": nil}
	got, _, err := readerOf(t, typ.Schema()).Read(typ.Append(nil, &row))
	want := []Entry{{"a", nil}, {"b", Variant{"types.square{Side int64, Name string}", map[string]any{"Side": int64(2), "Name": "s"}}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestReadersSurviveDamagedRows(t *testing.T) {
	s := newSource(t)
	typ := of[everything](t)
	r := readerOf(t, typ.Schema())
	for range 50 {
		row := random[everything](s)
		buf := typ.Append(nil, &row)
		for range 100 {
			bad := append([]byte{}, buf...)
			for range 1 + s.IntN(3) {
				bad[s.IntN(len(bad))] = byte(oddInts[s.IntN(len(oddInts))])
			}
			_, _, err := r.Read(bad[:1+s.IntN(len(bad))]) // must return
			_ = err
			var own everything
			if _, wrong := typ.Decode(bad, &own); wrong == nil {
				if _, _, err := r.Read(bad); err != nil {
					t.Fatalf("the type accepts what its schema refuses: %v", err)
				}
			}
		}
	}
	huge := &Schema{Kind: Array, Len: 1 << 30, Elem: &Schema{Kind: Int8}}
	if _, err := NewReader(huge); err == nil {
		t.Error("an array of a gigabyte")
	}
}
