package main

import (
	"fmt"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
)

// The sums are those that peer.nexmark.Streams says of its events.
func TestEventsHaveTheSumsOfFlinks(t *testing.T) {
	const n = 10_000
	c := &config{rate: 10_000}
	var nexmark, yahoo sum
	g := events.NewGenerator(c.nexmark(n))
	for i := range int64(n) {
		var e events.Event
		g.Make(i, &e)
		nexmark.add(event(&e))
		var a ad
		a.make(i)
		yahoo.add(noColumns.ints(a.User, a.Page, a.Ad, int64(a.Form), int64(a.Kind), a.Time, a.Address))
	}
	for _, test := range []struct {
		what string
		got  sum
		want uint64
	}{{"nexmark", nexmark, 33875664165714284}, {"yahoo", yahoo, 6631472874967333276}} {
		if a := (answer{Rows: n, Sum: fmt.Sprint(test.want)}); !a.is(test.got) {
			t.Errorf("%s: got %+v, want %d", test.what, test.got, test.want)
		}
	}
}

func TestEveryComparedQueryHasItsText(t *testing.T) {
	c := &config{rate: 10_000}
	for _, q := range compared {
		asked := questionOf(c, q, 7, true)
		if !strings.HasPrefix(asked.SQL, "select") || strings.Contains(asked.SQL, ";") || !strings.Contains(strings.Join(asked.Setup, ""), "'events' = '7'") {
			t.Errorf("query %d: %+v", q.number, asked)
		}
	}
	if n := len(sql("yahoo")); n != 3 {
		t.Errorf("the Yahoo benchmark has %d statements, want 3", n)
	}
}

func TestRowsAreAddedUpAlikeHoweverManySubtasksThereAre(t *testing.T) {
	for _, q := range compared {
		var sums []sum
		for _, threads := range []int{1, 3} {
			c := &config{rate: 100, threads: threads}
			var total sum
			if _, err := ours(c, q, 5000, &total); err != nil {
				t.Fatal(err)
			}
			sums = append(sums, total)
		}
		if sums[0] != sums[1] || sums[0].rows == 0 {
			t.Errorf("query %d: %v", q.number, sums)
		}
	}
}

func TestViewsAreCounted(t *testing.T) {
	const n = 25_000_000 / 1000 // all of them in one window
	want := map[int64]int64{}
	for i := range int64(n) {
		var a ad
		a.make(i)
		if a.Kind == 0 {
			want[a.Ad*7919%campaigns]++
		}
	}
	var expected, got sum
	for campaign, views := range want {
		expected.add(noColumns.ints(campaign, adsStart, views))
	}
	c := &config{threads: 2}
	if _, err := c.measure(func(env *thalweg.Environment) error {
		answers(countViews(env, n), &got, row)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got != expected || got.rows != campaigns {
		t.Errorf("got %+v, want %+v", got, expected)
	}
}
