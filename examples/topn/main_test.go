package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/rivers"
)

var program = exampletest.Program{Name: "top n", Build: build, Headers: true}

func TestMain(m *testing.M) { program.Main(m) }

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
	all, path := exampletest.Rivers(t, seed)
	for i, options := range exampletest.Everywhere {
		for _, n := range []int{1, 7, 1000} {
			arguments := map[string]string{"input": path, "n": strconv.Itoa(n)}
			if got, want := program.Rows(t, arguments, options...), longest(all, n); !slices.Equal(got, want) {
				t.Errorf("seed %d, way %d, the first %d: got %q, want %q", seed, i, n, got, want)
			}
		}
		if got, want := program.Rows(t, nil, options...), longest(rivers.All(), 3); !slices.Equal(got, want) {
			t.Errorf("way %d: got %q, want %q", i, got, want)
		}
	}
}
