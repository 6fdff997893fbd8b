package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/rivers"
)

func TestMain(m *testing.M) {
	thalweg.Serve("top n", build)
	os.Exit(m.Run())
}

// run runs the program and returns the rows that it writes, sorted, without the
// header.
func run(t *testing.T, arguments map[string]string, options ...thalweg.Option) []string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "out")
	options = append(options, thalweg.WithName("top n"), thalweg.WithArgument("output", output))
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

func longest(all []rivers.River, n int) []string {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b rivers.River) int {
		return cmp.Or(cmp.Compare(b.Length, a.Length), cmp.Compare(a.Name, b.Name))
	})
	taken := map[string]int{}
	var lines []string
	for _, r := range all {
		if taken[r.Continent]++; taken[r.Continent] <= n {
			lines = append(lines, fmt.Sprintf("%s,%s,%d,%s", r.Name, r.Continent, r.Length, r.Sea))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestTheLongestOfEveryContinentAreKept(t *testing.T) {
	const seed = 22
	all, path := randomTable(t, seed)
	for i, options := range everywhere {
		for _, n := range []int{1, 7, 1000} {
			arguments := map[string]string{"input": path, "n": strconv.Itoa(n)}
			if got, want := run(t, arguments, options...), longest(all, n); !slices.Equal(got, want) {
				t.Errorf("seed %d, way %d, the first %d: got %q, want %q", seed, i, n, got, want)
			}
		}
		if got, want := run(t, nil, options...), longest(rivers.All(), 3); !slices.Equal(got, want) {
			t.Errorf("way %d: got %q, want %q", i, got, want)
		}
	}
}
