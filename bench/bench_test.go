package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestComparisonRefusesAWrongResult(t *testing.T) {
	right := side[int]{"right", func() (int, error) { return 1, nil }}
	wrong := side[int]{"wrong", func() (int, error) { return 2, nil }}
	if _, _, err := compare(&config{pairs: 1}, right, wrong); err == nil || !strings.Contains(err.Error(), "wrong came to 2") {
		t.Errorf("got %v", err)
	}
	k, got, err := compare(&config{pairs: 3}, right, right)
	if err != nil || got != 1 || len(k.samples[1]) != 3 {
		t.Errorf("got %v, %v, %+v", got, err, k)
	}
}

func TestEnginesAndPeersAgreeOnSmallInputs(t *testing.T) {
	c := &config{pairs: 1, size: 0.0001, dir: t.TempDir()}
	for _, run := range []func(*config) ([]line, error){benchChain, benchWordCount, benchExchange} {
		if _, err := run(c); err != nil {
			t.Error(err)
		}
	}
	if sum, err := sockets(1001); err != nil || sum != channels(1001) {
		t.Errorf("sockets: %+v, %v; channels: %+v", sum, err, channels(1001))
	}
}

func TestWordsThatCrossReadsAreCountedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	text := strings.Repeat("aa\tbbb\n", 1<<20) + strings.Repeat("c", 3<<20) + " a"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var want counted
	counts := map[string]int64{}
	for word := range strings.FieldsSeq(text) {
		counts[word]++
	}
	for word, n := range counts {
		want.add(word, n)
	}
	for _, counter := range []wordCounter{plainCounter{}, pointerCounter{}} {
		if got, err := countByHand(path, counter); err != nil || got != want {
			t.Errorf("%T: got %+v, %v, want %+v", counter, got, err, want)
		}
	}
}
