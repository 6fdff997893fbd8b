package keyed_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/types"
)

type kept struct {
	Key  string
	At   int64
	Text []string
}

func TestRowsComeToTheSubtasksOfTheirKeys(t *testing.T) {
	typ, keys := must(types.Of[kept]()), must(types.Of[string]())
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		rows := keyed.NewRows(typ)
		var all []string
		for i := range r.IntN(500) {
			k := kept{Key: fmt.Sprint("k", r.IntN(100)), At: int64(i), Text: slices.Repeat([]string{"x"}, r.IntN(3))}
			rows.Add(keys.Hash(&k.Key), &k)
			all = append(all, fmt.Sprint(k))
		}
		var stored bytes.Buffer
		if err := keyed.Write(rows, &stored); err != nil {
			t.Fatal(err)
		}
		var got []string
		for subtask := range 3 {
			last := map[string]int64{}
			err := keyed.RestoreRows(bytes.NewReader(stored.Bytes()), typ, keygroup.Owned(subtask, 3), func(k *kept) error {
				if owner := keygroup.Owner(keygroup.Of(keys.Hash(&k.Key)), 3); owner != subtask {
					t.Errorf("seed %d: subtask %d gets a row of %d", seed, subtask, owner)
				}
				if before, ok := last[k.Key]; ok && before > k.At {
					t.Errorf("seed %d: rows of a key have changed their order", seed)
				}
				last[k.Key] = k.At
				got = append(got, fmt.Sprint(*k))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(all)
		slices.Sort(got)
		if !slices.Equal(all, got) {
			t.Fatalf("seed %d: %d rows come back of %d", seed, len(got), len(all))
		}
	}
}

func TestRowsOfAnotherTypeOrCutAreRefused(t *testing.T) {
	typ := must(types.Of[kept]())
	rows := keyed.NewRows(typ)
	rows.Add(1, &kept{Key: "a"})
	rows.Add(1<<60, &kept{Key: "b"})
	var stored bytes.Buffer
	if err := keyed.Write(rows, &stored); err != nil {
		t.Fatal(err)
	}
	nothing := func(*kept) error { return nil }
	for n := range stored.Len() {
		if err := keyed.RestoreRows(bytes.NewReader(stored.Bytes()[:n]), typ, keygroup.All, nothing); err == nil {
			t.Fatalf("the first %d bytes of %d are restored without an error", n, stored.Len())
		}
	}
	err := keyed.RestoreRows(&stored, must(types.Of[int]()), keygroup.All, func(*int) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "had another type") {
		t.Errorf("rows of another type are restored: %v", err)
	}
}

func FuzzRestoreRows(f *testing.F) {
	typ := must(types.Of[kept]())
	rows := keyed.NewRows(typ)
	rows.Add(1, &kept{Key: "a", Text: []string{"b"}})
	var stored bytes.Buffer
	if err := keyed.Write(rows, &stored); err != nil {
		f.Fatal(err)
	}
	f.Add(stored.Bytes())
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = keyed.RestoreRows(bytes.NewReader(b), typ, keygroup.All, func(*kept) error { return nil })
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
