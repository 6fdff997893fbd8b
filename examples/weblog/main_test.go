package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
)

func TestMain(m *testing.M) {
	thalweg.Serve("weblog", build)
	os.Exit(m.Run())
}

// run runs the program and returns the rows that it writes, sorted, without the
// header.
func run(t *testing.T, arguments map[string]string, options ...thalweg.Option) []string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "out")
	options = append(options, thalweg.WithName("weblog"), thalweg.WithArgument("output", output))
	for name, value := range arguments {
		options = append(options, thalweg.WithArgument(name, value))
	}
	if _, err := thalweg.Run(t.Context(), build, options...); err != nil {
		t.Fatal(err)
	}
	parts, err := filepath.Glob(filepath.Join(output, "part-*.csv"))
	if err != nil || len(parts) == 0 {
		t.Fatal("no output", err)
	}
	var rows []string
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		rows = append(rows, lines[1:]...)
	}
	slices.Sort(rows)
	return rows
}

// everywhere are the ways to run a program that are tested.
var everywhere = [][]thalweg.Option{
	{thalweg.WithParallelism(1)},
	{thalweg.WithParallelism(5)},
	{thalweg.WithProcesses(2), thalweg.WithParallelism(3)},
}

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
	for _, options := range everywhere {
		if got := run(t, nil, options...); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	got := run(t, map[string]string{"keyword": "river", "rank": "0", "year": "2008"})
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
			arguments[table] = filepath.Join(t.TempDir(), table+".csv")
			if err := os.WriteFile(arguments[table], []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want := forgotten(documents, ranks, visits, "flood", 40, 2007)
		for i, options := range everywhere {
			if got := run(t, arguments, options...); len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("seed %d, way %d: got %q, want %q", seed, i, got, want)
			}
		}
	}
}
