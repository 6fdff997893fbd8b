package sim

import (
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"strings"
	"time"
)

// trace is a digest of the scheduler's decisions.
type trace struct {
	decisions int
	digest    uint64
}

func newTrace() trace { return trace{digest: fnv.New64a().Sum64()} }

// add notes who runs and when.
func (t *trace) add(number int, now time.Time) {
	const prime = 1099511628211 // of the 64-bit FNV hash
	t.decisions++
	for _, x := range []uint64{uint64(number), uint64(now.Sub(epoch))} {
		t.digest = (t.digest ^ x) * prime
	}
}

func (t *trace) String() string { return fmt.Sprintf("%d decisions, %016x", t.decisions, t.digest) }

// fail ends the run with an error. The caller holds mu.
func (h *Host) fail(format string, arguments ...any) {
	if h.err == nil {
		h.err = fmt.Errorf("simulation with seed %d, %v after its begin (%s): %s",
			h.seed, h.now.Sub(epoch), &h.trace, fmt.Sprintf(format, arguments...))
	}
	h.finish()
}

// finish lets Run return. The caller holds mu.
func (h *Host) finish() {
	if !h.ended {
		h.ended = true
		close(h.over)
	}
}

// failStuck fails a run in which nobody will run again. The caller holds mu.
func (h *Host) failStuck() {
	what := "deadlock: nobody can run, and nobody waits for a time"
	if slices.ContainsFunc(h.parked, func(t *thread) bool { return !t.deadline.IsZero() }) {
		what = fmt.Sprintf("nothing but deadlines has happened for %v", h.patience)
	}
	h.fail("%s; %d goroutines are parked\n%s", what, len(h.parked), h.stacks())
}

// stacks describes where the parked goroutines are. The caller holds mu.
func (h *Host) stacks() string {
	all := make([]byte, 8<<20)
	all = all[:runtime.Stack(all, true)]
	byID := map[string]string{}
	for section := range strings.SplitSeq(string(all), "\n\n") {
		byID[idOf(section)] = section
	}
	var b strings.Builder
	for _, t := range h.parked {
		until := ""
		if !t.deadline.IsZero() {
			until = fmt.Sprintf(", until %v", t.deadline.Sub(epoch))
		}
		fmt.Fprintf(&b, "\ngoroutine %d of the run is parked%s:\n%s", t.number, until, frames(byID[t.id]))
	}
	return b.String()
}

// frames returns the calls of a stack that are not the scheduler's own, innermost
// first, each on a line with its place.
func frames(stack string) string {
	lines := strings.Split(stack, "\n")
	var b strings.Builder
	for i := 1; i+1 < len(lines); i += 2 {
		call, place := lines[i], strings.TrimSpace(lines[i+1])
		if strings.Contains(call, "/internal/sim.") || strings.HasPrefix(call, "created by ") {
			continue
		}
		if at := strings.LastIndex(call, "("); at > 0 {
			call = call[:at]
		}
		place, _, _ = strings.Cut(place, " +0x")
		fmt.Fprintf(&b, "  %s\n    %s\n", call, place)
	}
	return b.String()
}

// goroutine returns the runtime's number for the calling goroutine.
func goroutine() string {
	var buf [64]byte
	return idOf(string(buf[:runtime.Stack(buf[:], false)]))
}

// idOf reads the number off the first line of a stack: "goroutine 17 [running]:".
func idOf(stack string) string {
	rest, _ := strings.CutPrefix(stack, "goroutine ")
	id, _, _ := strings.Cut(rest, " ")
	return id
}

func ownStack() string {
	buf := make([]byte, 64<<10)
	return string(buf[:runtime.Stack(buf, false)])
}

func (h *Host) isParked(t *thread) bool { return slices.Contains(h.parked, t) }
