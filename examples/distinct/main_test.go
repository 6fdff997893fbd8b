package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/rivers"
)

func TestMain(m *testing.M) {
	thalweg.Serve("distinct", build)
	os.Exit(m.Run())
}

// run runs the program and returns the rows that it writes, sorted, without the
// header.
func run(t *testing.T, arguments map[string]string, options ...thalweg.Option) []string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "out")
	options = append(options, thalweg.WithName("distinct"), thalweg.WithArgument("output", output))
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
		rows = append(rows, lines[0:]...)
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

// randomTable writes a table of rivers and returns its path.
func randomTable(t *testing.T, seed uint64) ([]rivers.River, string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var all []rivers.River
	text := "sea,length_km,name,continent\n"
	for i := range 2000 {
		river := rivers.River{
			Name: fmt.Sprintf("river %d", i), Continent: fmt.Sprintf("continent %d", r.IntN(9)),
			Length: r.Int64N(50), Sea: fmt.Sprintf("sea %d", r.IntN(r.IntN(300)+1)),
		}
		all = append(all, river)
		text += fmt.Sprintf("%s,%d,%s,%s\n", river.Sea, river.Length, river.Name, river.Continent)
	}
	path := filepath.Join(t.TempDir(), "rivers.csv")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return all, path
}

func seasOf(all []rivers.River) []string {
	seen := map[string]bool{}
	var seas []string
	for _, r := range all {
		if !seen[r.Sea] {
			seen[r.Sea] = true
			seas = append(seas, r.Sea)
		}
	}
	slices.Sort(seas)
	return seas
}

func TestEverySeaIsThereOnce(t *testing.T) {
	const seed = 21
	all, path := randomTable(t, seed)
	for _, options := range everywhere {
		if got, want := run(t, map[string]string{"input": path}, options...), seasOf(all); !slices.Equal(got, want) {
			t.Errorf("seed %d: got %q, want %q", seed, got, want)
		}
		if got, want := run(t, nil, options...), seasOf(rivers.All()); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
