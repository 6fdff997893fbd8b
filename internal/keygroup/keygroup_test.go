package keygroup_test

import (
	"testing"

	"github.com/thalweg/thalweg/internal/keygroup"
)

func TestEveryGroupHasOneOwnerWhateverTheParallelism(t *testing.T) {
	for n := 1; n <= keygroup.Count; n++ {
		least, most := keygroup.Count, 0
		next := 0
		for subtask := range n {
			r := keygroup.Owned(subtask, n)
			if r.First != next {
				t.Fatalf("%d of %d has groups from %d, want %d", subtask, n, r.First, next)
			}
			for g := r.First; g < r.End; g++ {
				if !r.Has(g) || keygroup.Owner(g, n) != subtask {
					t.Fatalf("group %d belongs to %d of %d, not %d", g, keygroup.Owner(g, n), n, subtask)
				}
			}
			if r.Has(r.First-1) || r.Has(r.End) {
				t.Fatalf("%d of %d has groups of others", subtask, n)
			}
			least, most, next = min(least, r.End-r.First), max(most, r.End-r.First), r.End
		}
		if next != keygroup.Count || most-least > 1 {
			t.Fatalf("%d subtasks: groups end at %d, from %d to %d for each", n, next, least, most)
		}
	}
}

func TestTheTopBitsOfHashesChooseTheGroup(t *testing.T) {
	for hash, want := range map[uint64]int{0: 0, 1<<54 - 1: 0, 1 << 54: 1, ^uint64(0): keygroup.Count - 1} {
		if got := keygroup.Of(hash); got != want {
			t.Errorf("%x is in group %d, want %d", hash, got, want)
		}
	}
}
