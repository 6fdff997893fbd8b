package explain

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// three writes a number with three digits; a whole one below 1000 with as many as it
// has.
func three(x float64) string {
	switch a := math.Abs(x); {
	case a >= 1e6:
		return strconv.FormatFloat(x, 'g', 3, 64)
	case x == math.Trunc(x) && a < 1000, a >= 99.95:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case a >= 9.995:
		return strconv.FormatFloat(x, 'f', 1, 64)
	case a >= 0.9995:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'g', 2, 64)
}

// scaled writes a number with three digits in the largest of the units, each being
// step times the one before it, in which it is at least 1. In a unit other than the
// first it always has three digits.
func scaled(x, step float64, units []string) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return strings.TrimSpace("∞ " + units[0])
	}
	i := 0
	for ; i < len(units)-1 && math.Abs(x) >= step-0.5; i++ {
		x /= step
	}
	text := three(x)
	if i > 0 && math.Abs(x) < 99.95 && !strings.Contains(text, ".") {
		text = strconv.FormatFloat(x, 'f', max(3-len(text), 0), 64)
	}
	return strings.TrimSpace(text + " " + units[i])
}

// count writes how many: 12, 6.00 M.
func count(x float64) string { return scaled(x, 1000, []string{"", "k", "M", "G", "T", "P"}) }

// size writes bytes: 96 B, 1.50 GiB.
func size(x float64) string {
	return scaled(x, 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
}

// seconds writes a time: 850 µs, 3.21 s, 12.3 min.
func seconds(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return "∞ s"
	case x == 0:
		return "0 s"
	case x < 0.9995e-3:
		return scaled(x*1e9, 1000, []string{"ns", "µs"})
	case x < 0.9995:
		return three(x*1e3) + " ms"
	case x < 600:
		return three(x) + " s"
	case x < 3600*3:
		return three(x/60) + " min"
	}
	return three(x/3600) + " h"
}

// times writes a factor: 1.03×, 1.4×, 12×, 258 k×.
func times(x float64) string {
	switch {
	case x >= 999.5 || math.IsNaN(x):
		return count(x) + "×"
	case x >= 9.95:
		return strconv.FormatFloat(x, 'f', 0, 64) + "×"
	case x >= 1.095:
		return strconv.FormatFloat(x, 'f', 1, 64) + "×"
	case x >= 0.995:
		return strconv.FormatFloat(x, 'f', 2, 64) + "×"
	}
	return strconv.FormatFloat(x, 'g', 2, 64) + "×"
}

// percent writes a part of a whole.
func percent(part, whole float64) string {
	switch p := 100 * part / whole; {
	case whole <= 0 || part <= 0:
		return "0 %"
	case p < 1:
		return "< 1 %"
	default:
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	}
}

// beside compares what came with what was expected: "as estimated", "1.4× more",
// "258 k× fewer".
func beside(expected, came float64, less string) string {
	switch {
	case expected == came || expected > 0 && math.Abs(came/expected-1) < 0.05:
		return "as estimated"
	case expected <= 0:
		return "none estimated"
	case came <= 0:
		return "there were none"
	case came > expected:
		return times(came/expected) + " more"
	}
	return times(expected/came) + " " + less
}

// quantity writes the value of a fact: bytes of memory and of rows, else how many.
func quantity(fact string, x float64) string {
	if fact == "memory" || strings.HasSuffix(fact, ".width") {
		return size(x)
	}
	return count(x)
}

// plural counts things: "1 chain", "2 chains".
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
