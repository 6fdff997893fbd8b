package main

import (
	"encoding/csv"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readAnswer reads a CSV file. Its first row are the titles.
func readAnswer(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return csv.NewReader(f).ReadAll()
}

// inexact reports whether a column is an average or a quotient, which some engines
// compute as a decimal of a few digits and others as a floating-point number.
func inexact(title string) bool {
	return strings.HasPrefix(title, "avg_") || slices.Contains([]string{"promo_revenue", "mkt_share"}, title)
}

// differ returns what is different in two answers, whose rows have an order, or nil.
// Titles do not count: some engines make them up. Numbers are compared by their exact
// value, those of inexact columns within the last digit that both have.
func differ(got, want [][]string) error {
	if len(got) == 0 || len(got) != len(want) {
		return fmt.Errorf("%d rows, not %d", len(got)-1, len(want)-1)
	}
	for i := 1; i < len(want); i++ {
		if len(got[i]) != len(want[i]) {
			return fmt.Errorf("row %d has %d columns, not %d", i, len(got[i]), len(want[i]))
		}
		for j, title := range want[0] {
			if !same(got[i][j], want[i][j], inexact(title)) {
				return fmt.Errorf("row %d: %s is %s, not %s", i, title, got[i][j], want[i][j])
			}
		}
	}
	return nil
}

var number = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][-+]?\d+)?$`)

func same(a, b string, inexact bool) bool {
	if a == b {
		return true
	}
	if !number.MatchString(a) || !number.MatchString(b) {
		return false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if !okX || !okY {
		return false
	}
	difference := x.Sub(x, y)
	if difference.Sign() == 0 || !inexact {
		return difference.Sign() == 0
	}
	d, _ := difference.Abs(difference).Float64()
	v, _ := y.Abs(y).Float64()
	return d <= max(digit(a), digit(b), 1e-12*v)
}

// digit is what the last digit of a decimal is worth. A number with an exponent is a
// floating-point number, whose last digit is not worth more than others'.
func digit(s string) float64 {
	if strings.ContainsAny(s, "eE") {
		return 0
	}
	_, fraction, _ := strings.Cut(s, ".")
	v, _ := strconv.ParseFloat(fmt.Sprintf("1e-%d", len(fraction)), 64)
	return v
}
