package types

import (
	"strings"
	"testing"
	"unsafe"
)

func TestDecodedStringsAliasTheSourceAndDetachedOnesDoNot(t *testing.T) {
	typ := of[word](t)
	buf := typ.Append(nil, &word{"river", 1})
	var row word
	if _, err := typ.Decode(buf, &row); err != nil {
		t.Fatal(err)
	}
	if unsafe.StringData(row.Text) != &buf[20] {
		t.Error("decoding copied the text")
	}
	kept := row
	typ.Detach(&kept, nil)
	copy(buf[20:], "XXXXX")
	if row.Text != "XXXXX" || kept.Text != "river" {
		t.Errorf("row %q, detached %q", row.Text, kept.Text)
	}
}

func TestDetachedRowsShareNothingWithTheOriginal(t *testing.T) {
	typ := of[tree](t)
	first := tree{Name: "a", Kids: []tree{{Name: "b"}}, By: map[string]*tree{"c": {Name: "d"}}}
	second := first
	typ.Detach(&second, new(Arena))
	first.Kids[0].Name = "changed"
	first.By["c"].Name = "changed"
	first.By["e"] = nil
	if want := (tree{Name: "a", Kids: []tree{{Name: "b"}}, By: map[string]*tree{"c": {Name: "d"}}}); !typ.Equal(&second, &want) {
		t.Errorf("got %+v", second)
	}
	sums := of[shape](t)
	inside := &group{Parts: []shape{square{1, "s"}}}
	before := shape(inside)
	after := before
	sums.Detach(&after, new(Arena))
	inside.Parts[0] = nil
	if sums.Equal(&before, &after) {
		t.Error("a detached sum shares its variant")
	}
}

func TestArenasCountWhatTheyHold(t *testing.T) {
	var arena Arena
	a, b := arena.String("river"), arena.Bytes([]byte("bed"))
	if arena.Size() != firstChunk {
		t.Errorf("Size is %d after the first strings", arena.Size())
	}
	b = append(b, "rock"...) // must not run into what follows
	c := arena.String("mouth")
	if a != "river" || string(b) != "bedrock" || c != "mouth" || arena.String("") != "" || arena.Bytes(nil) != nil || arena.Bytes([]byte{}) == nil {
		t.Error("the arena mixes its strings up")
	}
	before := arena.Size()
	if large := strings.Repeat("x", 10*lastChunk); arena.String(large) != large || arena.Size() != before+len(large) {
		t.Errorf("a large string counts %d", arena.Size()-before)
	}
	for range 3 * lastChunk / 1000 {
		arena.Bytes(make([]byte, 1000))
	}
	if arena.next > 2*lastChunk {
		t.Errorf("chunks grew to %d", arena.next)
	}
	if arena.Reset(); arena.Size() != 0 || a != "river" {
		t.Error("Reset")
	}
}
