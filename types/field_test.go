package types

import (
	"strings"
	"testing"
)

type address struct {
	Zip   string
	Lines [2]string
}
type user struct {
	Address address
	Name    string
	Parent  *user
	Tags    []string
}
type account struct {
	user
	ID    int64
	Small int32
	Other int32
}

var global string

func TestFieldReferencesKnowTheirPath(t *testing.T) {
	path := func(f interface{ Path() string }, err error) string {
		if err != nil {
			return err.Error()
		}
		return f.Path()
	}
	get := func(p string) string { return p }
	zip, err := FieldOf(func(a *account) *string { return &a.Address.Zip })
	for _, c := range []struct{ got, want string }{
		{path(zip, err), "user.Address.Zip"},
		{path(FieldOf(func(a *account) *address { return &a.Address })), "user.Address"},
		{path(FieldOf(func(a *account) *user { return &a.user })), "user"},
		{path(FieldOf(func(a *account) *account { return a })), ""},
		{path(FieldOf(func(a *account) *string { return &a.Address.Lines[1] })), "user.Address.Lines[1]"},
		{path(FieldOf(func(a *account) *[2]string { return &a.Address.Lines })), "user.Address.Lines"},
		{path(FieldOf(func(a *account) *int64 { return &a.ID })), "ID"},
		{path(FieldOf(func(a *account) *int32 { return &a.Other })), "Other"},
		{path(FieldOf(func(a *account) **user { return &a.Parent })), "user.Parent"},
		{path(FieldOf(func(a *[3]word) *int64 { return &a[2].Count })), "[2].Count"},
		{path(FieldOf(func(s *string) *string { return s })), ""},
	} {
		if get(c.got) != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	row := account{user: user{Address: address{Zip: "1000"}}}
	if *zip.At(&row) != "1000" || zip.At(&row) != &row.Address.Zip {
		t.Error("At misses the field")
	}
}

func TestFieldReferencesOutsideOfTheValueAreRefused(t *testing.T) {
	refuse := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	_, err := FieldOf(func(a *account) *string { return &a.Parent.Name })
	refuse("types: a field of types.account: the reference panics (runtime error: invalid memory address or nil pointer dereference) on a zero value", err)
	_, err = FieldOf(func(a *account) *string { return nil })
	refuse("the reference returns nil", err)
	_, err = FieldOf(func(a *account) *string { return &global })
	refuse("the reference points outside of the value; what lies behind a pointer or must be computed takes a func(T) V", err)
	_, err = FieldOf(func(a *account) *int32 {
		if a.ID > 0 {
			return &a.Small
		}
		return &a.Other
	})
	refuse("different parts of different values", err)
	_, err = FieldOf(func(a *account) *string { s := a.Name; return &s })
	refuse("outside of the value", err)
	_, err = FieldOf[account, string](nil)
	refuse("the reference is nil", err)
}

func TestKeysReadTheFieldOrCallTheFunction(t *testing.T) {
	rows := []account{
		{user: user{Name: "a", Parent: &user{Name: "x"}, Tags: []string{"t"}}, ID: 1, Small: -3},
		{user: user{Name: "b", Parent: &user{Name: "y"}, Tags: []string{"u"}}, ID: -2, Small: 4},
	}
	checkKey(t, rows, "user.Name", func(a *account) *string { return &a.Name })
	checkKey(t, rows, "ID", func(a *account) *int64 { return &a.ID })
	checkKey(t, rows, "Small", func(a *account) *int32 { return &a.Small })
	checkKey(t, rows, "user.Address", func(a *account) *address { return &a.Address })
	checkKey(t, rows, "", func(a *account) *string { return &a.Parent.Name })
	checkKey(t, rows, "", func(a *account) *string { return &a.Tags[0] })
	if _, err := KeyOf(func(a *account) *string { panic("no") }); err == nil || !strings.Contains(err.Error(), "panics (no)") {
		t.Error(err)
	}
	if _, err := KeyOf(func(a *account) *[]string { return &a.Tags }); err != nil {
		t.Error(err)
	}
	if _, err := KeyFunc(func(a account) chan int { return nil }); err == nil {
		t.Error("a channel is no key")
	}
	if _, err := KeyFunc[account, int](nil); err == nil {
		t.Error("nil is no key")
	}
}

func checkKey[K comparable](t *testing.T, rows []account, path string, ref func(*account) *K) {
	t.Helper()
	key, err := KeyOf(ref)
	if err != nil {
		t.Fatal(err)
	}
	computed, err := KeyFunc(func(a account) K { return *ref(&a) })
	if err != nil {
		t.Fatal(err)
	}
	if key.Path() != path || key.Opaque() != (path == "") || computed.Path() != "" || !computed.Opaque() {
		t.Errorf("path %q, opaque %v", key.Path(), key.Opaque())
	}
	for _, k := range []*Key[account, K]{key, computed} {
		keys, hashes := make([]K, len(rows)), make([]uint64, len(rows))
		k.Gather(rows, keys)
		k.Hash(rows, hashes)
		k.Hash(nil, nil)
		for i := range rows {
			want := *ref(&rows[i])
			if k.Get(&rows[i]) != want || keys[i] != want || hashes[i] != k.Type().Hash(&want) {
				t.Errorf("key of row %d: %v, %v, %x", i, k.Get(&rows[i]), keys[i], hashes[i])
			}
		}
	}
}
