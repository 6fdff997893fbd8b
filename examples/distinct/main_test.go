package main

import (
	"slices"
	"testing"

	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/rivers"
)

var program = exampletest.Program{Name: "distinct", Build: build}

func TestMain(m *testing.M) { program.Main(m) }

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
	all, path := exampletest.Rivers(t, seed)
	for _, options := range exampletest.Everywhere {
		if got, want := program.Rows(t, map[string]string{"input": path}, options...), seasOf(all); !slices.Equal(got, want) {
			t.Errorf("seed %d: got %q, want %q", seed, got, want)
		}
		if got, want := program.Rows(t, nil, options...), seasOf(rivers.All()); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
