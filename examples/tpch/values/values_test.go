package values

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestEveryDayOfFourCenturiesIsReadAndWritten(t *testing.T) {
	day := time.Date(1799, 12, 31, 0, 0, 0, 0, time.UTC)
	for n := Day(1799, 12, 31); n <= Day(2200, 1, 1); n++ {
		text := day.Format(time.DateOnly)
		var got Date
		if err := got.UnmarshalText([]byte(text)); err != nil || got != n || n.String() != text {
			t.Fatalf("%s: read as %d (%v), written as %s; want %d", text, got, err, n, n)
		}
		if n.Year() != day.Year() {
			t.Fatalf("%s lies in %d", text, n.Year())
		}
		day = day.AddDate(0, 0, 1)
	}
}

func TestWhatIsNoDateIsRefused(t *testing.T) {
	for _, text := range []string{"", "1998-12-1", "1998/12/01", "1998-13-01", "1998-00-01", "1998-12-00",
		"1998-02-29", "1900-02-29", "1998-04-31", "1998-12-32", "1998-12-011", "199a-12-01", "-998-12-01"} {
		var d Date
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}

func TestDecimalsAreWrittenAsBigNumbersAre(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	numbers := []int64{0, 1, -1, 99, -99, 100, 101, -100, 999999, 1000000, math.MaxInt64, math.MinInt64}
	for range 1000 {
		numbers = append(numbers, int64(r.Uint64())>>r.IntN(64))
	}
	for _, n := range numbers {
		for digits, got := range map[int]string{2: Decimal2(n).String(), 4: Decimal4(n).String(), 6: Decimal6(n).String()} {
			scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
			if want := new(big.Rat).SetFrac(big.NewInt(n), scale).FloatString(digits); got != want {
				t.Errorf("seed %d: %d with %d digits is %s, want %s", seed, n, digits, got, want)
			}
		}
		var back Decimal2
		if err := back.UnmarshalText([]byte(Decimal2(n).String())); err != nil || int64(back) != n {
			t.Errorf("seed %d: %s is read as %d (%v)", seed, Decimal2(n), back, err)
		}
	}
}

func TestDecimalsAreReadWithAnyNumberOfDigits(t *testing.T) {
	for text, want := range map[string]Decimal2{"17": 1700, "17.": 1700, "17.5": 1750, "-0.05": -5, "0.0500": 5, "+3.10": 310} {
		var d Decimal2
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want {
			t.Errorf("%q is read as %d (%v), want %d", text, d, err, want)
		}
	}
	for _, text := range []string{"", ".", "1.005", "x", "1.-5", "1.+5", "1e3", "1.2.3", strings.Repeat("9", 18)} {
		var d Decimal2
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}
