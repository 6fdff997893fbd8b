package types

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// frozen writes what stored data depends on: row, hash and key of some values.
func frozen[T any](t *testing.T, out *strings.Builder, rows ...T) {
	typ := of[T](t)
	fmt.Fprintf(out, "%s\n", typ.Schema())
	for i := range rows {
		fmt.Fprintf(out, "  row  %x\n  hash %016x\n  key  %x\n", typ.Append(nil, &rows[i]), typ.Hash(&rows[i]), typ.AppendKey(nil, &rows[i]))
	}
}

func TestRowsHashesAndKeysAreFrozen(t *testing.T) {
	var out strings.Builder
	number, at := int16(-2), time.Date(2026, 2, 3, 4, 5, 6, 7, time.FixedZone("", 5400))
	frozen(t, &out, int64(0), 1, -1, math.MaxInt64)
	frozen(t, &out, int32(-1))
	frozen(t, &out, uint8(200))
	frozen(t, &out, true)
	frozen(t, &out, 0.0, 1.5, -1.5, math.Inf(1), math.NaN())
	frozen(t, &out, float32(1.5))
	frozen(t, &out, complex(1, -2))
	frozen(t, &out, "", "a", "of", "the", "word", "thalweg", "thalwegs", "sixteen letters.", "seventeen letters", strings.Repeat("x", 100), "\x00\x01")
	frozen(t, &out, []byte(nil), []byte{}, []byte("a"))
	frozen(t, &out, at, time.Time{})
	frozen(t, &out, 90*time.Minute)
	frozen(t, &out, word{"river", 3})
	frozen(t, &out, loose{1, -2, true, 3})
	frozen(t, &out, &number, nil)
	frozen(t, &out, [2]*int16{nil, &number})
	frozen(t, &out, [][]string(nil), [][]string{}, [][]string{{"a"}, nil, {"b", "c"}})
	frozen(t, &out, map[string]int64(nil), map[string]int64{}, map[string]int64{"b": 2, "a": 1})
	frozen(t, &out, list{1, &list{2, nil}})
	frozen(t, &out, tree{"root", []tree{{Name: "kid"}}, map[string]*tree{"x": nil, "y": {Name: "z"}}})
	frozen(t, &out, drawing{circle{2}, []shape{nil, square{1, "s"}, &group{}, flagged(true)}})
	frozen(t, &out, struct{}{})
	frozen(t, &out, []struct{}{{}, {}})
	frozen(t, &out, url.URL{Scheme: "https", Host: "a.org"})
	frozen(t, &out, everything{})
	golden(t, "frozen.txt", out.String())
}

func TestStoredSchemasAreFrozen(t *testing.T) {
	var out strings.Builder
	for _, s := range []*Schema{
		of[word](t).Schema(), of[tree](t).Schema(), of[drawing](t).Schema(), of[everything](t).Schema(),
		of[struct {
			N [3]int `json:"n"`
		}](t).Schema(),
	} {
		stored, err := json.MarshalIndent(s, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		out.Write(stored)
		out.WriteByte('\n')
		var read Schema
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		if read.String() != s.String() {
			t.Errorf("read back as\n %s, it was\n %s", &read, s)
		}
		if again, _ := json.MarshalIndent(&read, "", " "); string(again) != string(stored) {
			t.Errorf("stored again as\n%s, it was\n%s", again, stored)
		}
	}
	golden(t, "schemas.json", out.String())
}

func TestBadStoredSchemasAreRefused(t *testing.T) {
	for stored, want := range map[string]string{
		`{}`:                                    "without types",
		`{"types":[{}]}`:                        "it has no kind",
		`{"types":[{"kind":"glyph"}]}`:          `"glyph" is not a kind`,
		`{"types":[{"kind":"slice"}]}`:          "an element and the kind slice",
		`{"types":[{"kind":"map","elem":0}]}`:   "a key and the kind map",
		`{"types":[{"kind":"slice","elem":7}]}`: "an element and the kind slice",
		`{"types":[{"kind":"int","len":7}]}`:    "do not go with the kind int",
		`{"types":[{"kind":"struct","fields":[{"name":"A","type":9}]}]}`:     `the field "A" has no type`,
		`{"types":[{"kind":"struct","fields":[{"name":"A","type":0}]}]}`:     "contains itself",
		`{"types":[{"kind":"array","elem":1},{"kind":"array","elem":0}]}`:    "contains itself",
		`{"types":[{"kind":"sum","variants":[1]},{"kind":"bool","key":0}]}`:  "a key and the kind bool",
		`{"types":[{"kind":"sum","variants":[-1]},{"kind":"bool","key":0}]}`: "a variant has no type",
	} {
		var s Schema
		if err := json.Unmarshal([]byte(stored), &s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", stored, err, want)
		}
	}
	var loop Schema
	if err := json.Unmarshal([]byte(`{"types":[{"kind":"slice","elem":0}]}`), &loop); err != nil || loop.String() != "[]…" {
		t.Errorf("a nameless loop prints as %s, %v", &loop, err)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Fatalf("%s:%d differs; what is stored can no longer be read. -rewrite accepts it.\n got  %s\n want %s", path, i+1, g[i], w[i])
			}
		}
		t.Fatalf("%s differs in length", path)
	}
}
