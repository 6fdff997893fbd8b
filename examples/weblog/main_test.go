package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/examples/exampletest"
)

var program = exampletest.Program{Name: "weblog", Build: build, Headers: true}

func TestMain(m *testing.M) { program.Main(m) }

// forgotten says the same as the program, by looking at everything for everything.
func forgotten(documents []Document, ranks []Rank, visits []Visit, keyword string, threshold int64, year int) []string {
	var lines []string
	for _, r := range ranks {
		about, visited := false, false
		for _, d := range documents {
			about = about || d.URL == r.URL && strings.Contains(d.Text, keyword)
		}
		for _, v := range visits {
			visited = visited || v.URL == r.URL && v.Day.Format("2006") == strconv.Itoa(year)
		}
		if about && !visited && r.Rank > threshold {
			lines = append(lines, fmt.Sprintf("%d,%s,%d", r.Rank, r.URL, r.Duration))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestTheSampleHasFourForgottenDocuments(t *testing.T) {
	want := []string{"41,/locks,75", "58,/polders,150", "64,/flood-1362,480", "77,/dikes,310"}
	for _, options := range exampletest.Everywhere {
		if got := program.Rows(t, nil, options...); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	got := program.Rows(t, map[string]string{"keyword": "river", "rank": "0", "year": "2008"})
	if want := forgotten(sampleDocuments, sampleRanks, sampleVisits, "river", 0, 2008); len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestForgottenDocumentsOfRandomLogs(t *testing.T) {
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		var documents []Document
		var ranks []Rank
		var visits []Visit
		url := func() string { return fmt.Sprintf("/%d", r.IntN(300)) }
		texts := map[string]string{"documents": "text,url\n", "ranks": "rank,url,duration\n", "visits": "address,url,day\n"}
		for range 300 {
			d := Document{url(), []string{"no water", "a flood", "flooded", "fl ood"}[r.IntN(4)]}
			documents = append(documents, d)
			texts["documents"] += d.Text + "," + d.URL + "\n"
			k := Rank{r.Int64N(100), url(), r.Int64N(1000)}
			ranks = append(ranks, k)
			texts["ranks"] += fmt.Sprintf("%d,%s,%d\n", k.Rank, k.URL, k.Duration)
			v := Visit{"192.0.2.1", url(), day(2006, 1+r.IntN(36), 1+r.IntN(28))}
			visits = append(visits, v)
			texts["visits"] += fmt.Sprintf("%s,%s,%s\n", v.Address, v.URL, v.Day.Format(time.DateOnly))
		}
		arguments := map[string]string{"keyword": "flood", "rank": "40", "year": "2007"}
		for table, text := range texts {
			arguments[table] = exampletest.Save(t, table+".csv", text)
		}
		want := forgotten(documents, ranks, visits, "flood", 40, 2007)
		for i, options := range exampletest.Everywhere {
			if got := program.Rows(t, arguments, options...); len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("seed %d, way %d: got %q, want %q", seed, i, got, want)
			}
		}
	}
}
