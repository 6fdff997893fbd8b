package keyed

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/types"
)

// small is a backend with one state of each shape.
type small struct {
	slots  *Slots[string]
	number *Value[int64]
	list   *Value[[]string]
	timers *Timers
}

func newSmall(t testing.TB) *small {
	t.Helper()
	s := &small{slots: NewSlots(typeOf[string](t), Settings{Clock: func() int64 { return 0 }})}
	s.number, s.list = NewValue(s.slots.Scope(), "number", typeOf[int64](t)), NewValue(s.slots.Scope(), "list", typeOf[[]string](t))
	s.timers = NewTimers(s.slots.Scope())
	return s
}

func typeOf[V any](t testing.TB) *types.Type[V] {
	t.Helper()
	typ, err := types.Of[V]()
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func (s *small) with(t testing.TB, key string, f func()) {
	if err := s.slots.Enter(s.slots.typ.Hash(&key), &key); err != nil {
		t.Fatal(err)
	}
	f()
	s.slots.Scope().Leave()
}

func (s *small) written(t testing.TB) []byte {
	t.Helper()
	snapshot, err := s.slots.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(snapshot, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func filled(t testing.TB) *small {
	s := newSmall(t)
	s.with(t, "anna", func() { s.number.Set(7); s.timers.Set(1000) })
	s.with(t, "ben", func() { s.list.Set([]string{"one", "two"}) })
	s.with(t, "carl", func() { s.number.Set(-1); s.list.Set(nil); s.timers.Set(5); s.timers.Set(-5) })
	return s
}

func TestTheFormatOfSnapshotsIsFrozen(t *testing.T) {
	var text bytes.Buffer
	for i, b := range filled(t).written(t) {
		fmt.Fprintf(&text, "%02x", b)
		if i%32 == 31 {
			text.WriteByte('\n')
		}
	}
	text.WriteByte('\n')
	const file = "testdata/snapshot.hex"
	if *update {
		if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text.Bytes(), want) {
		t.Errorf("the snapshot is\n%s\nwant\n%s", &text, want)
	}
}

var update = flag.Bool("update", false, "write the snapshot that is frozen anew")

// TestSnapshotsThatLieAreRefused changes what a snapshot says of itself.
func TestSnapshotsThatLieAreRefused(t *testing.T) {
	head := newSmall(t).written(t)
	head = head[:len(head)-1]
	key, typ := "anna", typeOf[string](t)
	group := uint64(keygroup.Of(typ.Hash(&key)))
	part := func(group, keys uint64, rows []byte) []byte {
		b := bytes.Clone(head)
		for _, n := range []uint64{group + 1, keys, uint64(len(rows))} {
			b = binary.AppendUvarint(b, n)
		}
		return append(append(b, rows...), 0)
	}
	seven := int64(7)
	row := typ.Append(nil, &key)
	good := append(typeOf[int64](t).Append(append(bytes.Clone(row), 1), &seven), 0, 0)
	if err := newSmall(t).slots.Restore(bytes.NewReader(part(group, 1, good)), keygroup.All); err != nil {
		t.Fatal(err)
	}
	for what, b := range map[string][]byte{
		"another magic":            append([]byte("TWKT"), head[4:]...),
		"another version":          append([]byte("TWKS\x02"), head[5:]...),
		"another group":            part((group+1)%keygroup.Count, 1, good),
		"a group that is none":     part(keygroup.Count, 1, good),
		"a group twice":            append(part(group, 1, good)[:len(part(group, 1, good))-1], part(group, 1, good)[len(head):]...),
		"a key twice":              part(group, 2, append(bytes.Clone(good), good...)),
		"more keys than there are": part(group, 2, good),
		"a state that is none":     part(group, 1, append(bytes.Clone(row), 3, 0, 0)),
		"a state twice":            part(group, 1, append(bytes.Clone(good[:len(good)-2]), good[len(row):]...)),
		"a key with nothing":       part(group, 1, append(bytes.Clone(row), 0, 0)),
		"a timer twice":            part(group, 1, append(bytes.Clone(row), 0, 2, 10, 1, 10, 2)),
		"a part of a timer":        part(group, 1, append(bytes.Clone(row), 0, 1, 10)),
		"an endless size":          binary.AppendUvarint(append(bytes.Clone(head), 1, 1), 1<<63),
	} {
		if err := newSmall(t).slots.Restore(bytes.NewReader(b), keygroup.All); err == nil {
			t.Errorf("%s is taken for a snapshot", what)
		}
	}
}

func FuzzRestore(f *testing.F) {
	f.Add(filled(f).written(f))
	f.Add(newSmall(f).written(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newSmall(t)
		if s.slots.Restore(bytes.NewReader(b), keygroup.All) != nil {
			return
		}
		// What is taken for a snapshot is one: it is written and read again.
		again := newSmall(t)
		if err := again.slots.Restore(bytes.NewReader(s.written(t)), keygroup.All); err != nil {
			t.Fatal(err)
		}
		if again.slots.Len() != s.slots.Len() || again.timers.Len() != s.timers.Len() {
			t.Fatalf("%d keys, then %d", s.slots.Len(), again.slots.Len())
		}
	})
}

// BenchmarkSnapshot shows what it costs to write and to read state, beside copying as
// many bytes.
func BenchmarkSnapshot(b *testing.B) {
	for _, shape := range []string{"number", "list"} {
		s := newSmall(b)
		for n := range 100_000 {
			s.with(b, fmt.Sprint("key ", n), func() {
				if shape == "number" {
					s.number.Set(int64(n))
				} else {
					s.list.Set([]string{"a value of some length", "and another one"})
				}
			})
		}
		written := s.written(b)
		b.Run(shape+"/write", func(b *testing.B) {
			b.SetBytes(int64(len(written)))
			b.ReportAllocs()
			var out bytes.Buffer
			out.Grow(len(written))
			for range b.N {
				out.Reset()
				snapshot, err := s.slots.Snapshot()
				if err != nil {
					b.Fatal(err)
				}
				if err := Write(snapshot, &out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(shape+"/begin", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				snapshot, err := s.slots.Snapshot()
				if err != nil {
					b.Fatal(err)
				}
				snapshot.Close()
			}
		})
		b.Run(shape+"/read", func(b *testing.B) {
			b.SetBytes(int64(len(written)))
			for range b.N {
				if err := newSmall(b).slots.Restore(bytes.NewReader(written), keygroup.All); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(shape+"/copy", func(b *testing.B) {
			b.SetBytes(int64(len(written)))
			to := make([]byte, len(written))
			for range b.N {
				copy(to, written)
			}
		})
	}
}
