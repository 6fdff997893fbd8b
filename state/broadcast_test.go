package state

import (
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
)

// broadcasting is an operator as far as its broadcast state is concerned.
type broadcasting struct{ all *keyed.Broadcasts }

func (b broadcasting) Broadcasts() *keyed.Broadcasts { return b.all }

func newBroadcasting(t testing.TB) broadcasting {
	return broadcasting{keyed.NewBroadcasts(newOperator(t).scope)}
}

func panics(f func()) (text string) {
	defer func() {
		if err, ok := recover().(error); ok {
			text = err.Error()
		}
	}()
	f()
	return ""
}

func TestBroadcastMapsChangeWithinTheirCallsOnly(t *testing.T) {
	op := newBroadcasting(t)
	m := NewBroadcastMap[string, int](op, "prices")
	by := op.all.Begin()
	m.Set(by, "b", 2)
	m.Set(by, "a", 1)
	m.Set(by, "c", 3)
	m.Delete(by, "b")
	m.Delete(by, "none")
	op.all.End()
	var names []string
	for name, value := range m.All() {
		names = append(names, name)
		if v, ok := m.Lookup(name); !ok || v != value || m.Get(name) != value {
			t.Errorf("%q is %d, then %d", name, value, v)
		}
	}
	if !slices.Equal(names, []string{"a", "c"}) || m.Len() != 2 {
		t.Errorf("the names %v, want a and c", names)
	}
	for _, c := range []*Change{nil, by} {
		if text := panics(func() { m.Set(c, "d", 4) }); !strings.Contains(text, `"prices" changes by`) {
			t.Errorf("a change outside of a call: %q", text)
		}
	}
	if text := panics(func() { NewBroadcastMap[int, int](op, "prices") }); !strings.Contains(text, `"prices"`) {
		t.Errorf("two states of one name: %q", text)
	}
}

func TestBroadcastMapsAreRestored(t *testing.T) {
	first := newBroadcasting(t)
	prices, names := NewBroadcastMap[string, int](first, "prices"), NewBroadcastMap[int, string](first, "names")
	by := first.all.Begin()
	prices.Set(by, "a", 1)
	prices.Set(by, "b", 2)
	names.Set(by, 7, "seven")
	written := first.all.Append(nil)

	second := newBroadcasting(t)
	names2, prices2 := NewBroadcastMap[int, string](second, "names"), NewBroadcastMap[string, int](second, "prices")
	if err := second.all.Restore(written); err != nil {
		t.Fatal(err)
	}
	if prices2.Get("a") != 1 || prices2.Get("b") != 2 || prices2.Len() != 2 || names2.Get(7) != "seven" {
		t.Error("what was restored is something else")
	}
	for n := range len(written) {
		third := newBroadcasting(t)
		NewBroadcastMap[string, int](third, "prices")
		NewBroadcastMap[int, string](third, "names")
		if third.all.Restore(written[:n]) == nil {
			t.Fatalf("the first %d of %d bytes are a snapshot", n, len(written))
		}
	}
	other := newBroadcasting(t)
	NewBroadcastMap[string, int](other, "prices")
	if err := other.all.Restore(written); err == nil || !strings.Contains(err.Error(), `"names"`) {
		t.Errorf("another program's snapshot: %v", err)
	}
	changed := newBroadcasting(t)
	NewBroadcastMap[string, string](changed, "prices")
	NewBroadcastMap[int, string](changed, "names")
	if err := changed.all.Restore(written); err == nil || !strings.Contains(err.Error(), `"prices"`) {
		t.Errorf("values of another type: %v", err)
	}
}
