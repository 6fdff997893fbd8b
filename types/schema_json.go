package types

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// A schema is stored as a table of types that refer to each other by position,
// so that recursive ones can be. The first is the schema itself:
//
//	{"types": [
//	  {"kind": "struct", "name": "main.Word", "fields": [
//	    {"name": "Text", "type": 1},
//	    {"name": "Count", "type": 2, "tag": "json:\"n\"", "embedded": true}]},
//	  {"kind": "string"},
//	  {"kind": "int64"}]}
//
// Slices, pointers and arrays have "elem" (arrays "len"), maps "key" and "elem",
// sums "variants", a list of positions.

type storedSchema struct {
	Types []storedType `json:"types"`
}

type storedType struct {
	Kind     Kind          `json:"kind"`
	Name     string        `json:"name,omitempty"`
	Fields   []storedField `json:"fields,omitempty"`
	Elem     *int          `json:"elem,omitempty"`
	Key      *int          `json:"key,omitempty"`
	Len      int           `json:"len,omitempty"`
	Variants []int         `json:"variants,omitempty"`
	Codec    string        `json:"codec,omitempty"`
}

type storedField struct {
	Name     string `json:"name"`
	Type     int    `json:"type"`
	Tag      string `json:"tag,omitempty"`
	Embedded bool   `json:"embedded,omitempty"`
}

// MarshalJSON writes the schema and all it refers to; the same schema gives the
// same bytes.
func (s *Schema) MarshalJSON() ([]byte, error) {
	var out storedSchema
	at := map[*Schema]int{}
	var place func(s *Schema) int
	ref := func(s *Schema) *int {
		if s == nil {
			return nil
		}
		i := place(s)
		return &i
	}
	place = func(s *Schema) int {
		if i, ok := at[s]; ok {
			return i
		}
		i := len(out.Types)
		at[s] = i
		out.Types = append(out.Types, storedType{})
		t := storedType{Kind: s.Kind, Name: s.Name, Len: s.Len, Codec: s.Codec, Key: ref(s.Key), Elem: ref(s.Elem)}
		for _, f := range s.Fields {
			t.Fields = append(t.Fields, storedField{f.Name, place(f.Schema), string(f.Tag), f.Embedded})
		}
		for _, v := range s.Variants {
			t.Variants = append(t.Variants, place(v))
		}
		out.Types[i] = t
		return i
	}
	place(s)
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote, and refuses tables whose types do
// not fit together. Offsets and Go types are missing afterwards.
func (s *Schema) UnmarshalJSON(data []byte) error {
	var in storedSchema
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	if len(in.Types) == 0 {
		return errors.New("types: a stored schema without types")
	}
	all := make([]Schema, len(in.Types))
	get := func(i *int) *Schema {
		if i == nil || *i < 0 || *i >= len(all) {
			return nil
		}
		if *i == 0 {
			return s
		}
		return &all[*i]
	}
	for i, t := range in.Types {
		read := Schema{Kind: t.Kind, Name: t.Name, Len: t.Len, Codec: t.Codec, Key: get(t.Key), Elem: get(t.Elem)}
		for _, f := range t.Fields {
			read.Fields = append(read.Fields, SchemaField{Name: f.Name, Schema: get(&f.Type), Tag: reflect.StructTag(f.Tag), Embedded: f.Embedded})
		}
		for _, v := range t.Variants {
			read.Variants = append(read.Variants, get(&v))
		}
		if err := read.check(); err != nil {
			return fmt.Errorf("types: stored schema, type %d: %w", i, err)
		}
		all[i] = read
	}
	if err := bounded(all, s); err != nil {
		return err
	}
	*s = all[0]
	return nil
}

// check reports whether a schema has the parts its kind needs.
func (s *Schema) check() error {
	elem := s.Kind == Array || s.Kind == Slice || s.Kind == Pointer || s.Kind == Map
	switch {
	case s.Kind == Invalid:
		return errors.New("it has no kind")
	case elem != (s.Elem != nil):
		return fmt.Errorf("an element and the kind %v do not go together", s.Kind)
	case (s.Kind == Map) != (s.Key != nil):
		return fmt.Errorf("a key and the kind %v do not go together", s.Kind)
	case s.Kind != Struct && s.Fields != nil, s.Kind != Sum && s.Variants != nil, s.Kind != Array && s.Len != 0, s.Len < 0:
		return fmt.Errorf("fields, variants or length do not go with the kind %v", s.Kind)
	}
	for _, f := range s.Fields {
		if f.Schema == nil {
			return fmt.Errorf("the field %q has no type", f.Name)
		}
	}
	for _, v := range s.Variants {
		if v == nil {
			return errors.New("a variant has no type")
		}
	}
	return nil
}

// bounded refuses types that would contain themselves by value.
func bounded(all []Schema, root *Schema) error {
	const open, done = 1, 2
	state := map[*Schema]int{}
	var visit func(s *Schema) error
	visit = func(s *Schema) error {
		if s == root {
			s = &all[0]
		}
		switch state[s] {
		case open:
			return fmt.Errorf("types: stored schema: %q contains itself", s.Name)
		case done:
			return nil
		}
		state[s] = open
		if s.Kind == Array {
			if err := visit(s.Elem); err != nil {
				return err
			}
		}
		for _, f := range s.Fields {
			if err := visit(f.Schema); err != nil {
				return err
			}
		}
		state[s] = done
		return nil
	}
	for i := range all {
		if err := visit(&all[i]); err != nil {
			return err
		}
	}
	return nil
}
