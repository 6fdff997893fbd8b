package csv

import (
	"slices"

	"github.com/thalweg/thalweg/connect"
)

// Narrow implements connect.Narrowed: it leaves out columns as [Only] does, and records
// that do not satisfy the conditions about columns that are read. Of those it does not
// look at the other columns, but still counts the fields.
func (s *source[T]) Narrow(need connect.Need[T]) (connect.Source[T], []bool) {
	holds := make([]bool, len(need.Where))
	if s.err != nil {
		return s, holds
	}
	narrow := *s
	narrow.fields = slices.Clone(s.fields)
	for i, c := range need.Where {
		var asked []*field
		for _, p := range c.Places() {
			if f := narrow.at(p); f != nil {
				asked = append(asked, f)
			}
		}
		if holds[i] = len(asked) == len(c.Places()); holds[i] {
			for _, f := range asked {
				f.early = true
			}
			narrow.where = append(slices.Clip(narrow.where), c)
		}
	}
	for i := range narrow.fields {
		if f := &narrow.fields[i]; !f.early && !need.Reads(f.path) {
			f.skipped = true
		}
	}
	return &narrow, holds
}

// at returns the field at a place if it is read and one value.
func (s *source[T]) at(p connect.Place) *field {
	i := slices.IndexFunc(s.fields, func(f field) bool { return f.path == p.Path && f.nullable == p.Pointer && !f.skipped })
	if i < 0 {
		return nil
	}
	return &s.fields[i]
}
