package harness

import (
	"fmt"
	"math"
)

// Mean is the geometric mean of what was added to it, without zeros, which stand
// for what is not known.
type Mean struct {
	logs float64
	n    int
}

// Add adds a figure that is not negative.
func (m *Mean) Add(v float64) {
	if v > 0 {
		m.logs += math.Log(v)
		m.n++
	}
}

// String is the mean, or a dash if nothing is known.
func (m Mean) String() string {
	if m.n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", math.Exp(m.logs/float64(m.n)))
}
