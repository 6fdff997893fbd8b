package thalweg

import (
	"fmt"
	"strings"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/console"
)

// showProgress keeps the progress line of a bounded job up to date.
func showProgress(p *cluster.Progress) {
	if p.Plan.Bounded() {
		console.Progress(progressLine(p))
	}
}

// progressLine is one line about a bounded job: how much of the input is read, at
// which rate, and how many stages (chains) have ended.
func progressLine(p *cluster.Progress) string {
	var read, size, rows int64
	known := true
	for _, n := range p.Plan.Sources() {
		rows += p.Figures[n.ID].RecordsOut
		if total, ok := p.InputSize[n.ID]; ok {
			size += total
			read += min(p.Figures[n.ID].BytesIn, total)
		} else {
			known = false
		}
	}
	ended := 0
	for _, c := range p.Plan.Chains {
		if p.TasksEnded[c.ID] == c.Parallelism {
			ended++
		}
	}
	var b strings.Builder
	if known && size > 0 {
		share := float64(read) / float64(size)
		const width = 20
		done := int(share * width)
		fmt.Fprintf(&b, "%s%s %3.0f%% of input  ", strings.Repeat("█", done), strings.Repeat("░", width-done), share*100)
	}
	fmt.Fprintf(&b, "%s rows/s  %d of %d stages done  %.0fs",
		short(float64(rows)/max(p.Elapsed.Seconds(), 0.001)), ended, len(p.Plan.Chains), p.Elapsed.Seconds())
	return b.String()
}

// short writes a number with three digits and a unit.
func short(x float64) string {
	for _, unit := range []string{"", "k", "M", "G"} {
		if x < 1000 || unit == "G" {
			return fmt.Sprintf("%.3g%s", x, unit)
		}
		x /= 1000
	}
	return ""
}
