package step

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/types"
)

// TestARuleSeesAllKeys has a rule go through the keys, and one that panics in the middle of
// that, which goes into the quarantine.
func TestARuleSeesAllKeys(t *testing.T) {
	key, err := types.KeyOf(func(s *sold) *string { return &s.Shop })
	if err != nil {
		t.Fatal(err)
	}
	f := BroadcastProcess(key, func(c *BroadcastContext[string, string]) (h BroadcastHandler[sold, string], _ error) {
		sum := state.NewValue[int64](c, "sum")
		rules := state.NewBroadcastMap[string, int64](c, "rules")
		h.Record = func(s sold) { sum.Set(sum.Get() + s.Price + rules.Get("more")) }
		h.Rule = func(rule string, by *state.Change) {
			rules.Set(by, rule, 100)
			c.EachKey(func() {
				c.Emit(fmt.Sprint(rule, " ", c.Key(), " ", sum.Get()))
				if rule == "none" {
					panic("not at all")
				}
				if rule == "clear" {
					sum.Clear()
				}
			})
		}
		return h, nil
	}, nil)
	out := &catch[string]{}
	r := newRefusing(t, t.TempDir(), f, false, out)
	feedTo(t, r, 0, []sold{{"a", 1, 1}, {"b", 1, 2}, {"a", 1, 3}})
	feedTo(t, r, 1, []string{"show", "none", "more"})
	feedTo(t, r, 0, []sold{{"b", 1, 5}})
	feedTo(t, r, 1, []string{"clear", "show"})
	got := slices.Clone(out.rows)
	slices.Sort(got)
	want := []string{"clear a 4", "clear b 107", "more a 4", "more b 2", "show a 4", "show b 2"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if all := r.entries(t); len(all) != 1 || all[0].Input != 1 || !strings.Contains(all[0].Cause, "not at all") {
		t.Errorf("the quarantine has %+v", all)
	}
}
