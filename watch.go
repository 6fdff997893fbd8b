package thalweg

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/console"
	"github.com/thalweg/thalweg/internal/control"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/whynot"
)

// stallAfter is how long event time may stand still at an operator that waits for it
// before the job says so by itself.
const stallAfter = 30 * time.Second

// watch looks at a job with event times while it runs: it answers why-not, and warns of
// operators that wait for a time that does not come. Observe is for the goroutine that
// runs the job.
type watch struct {
	host      host.Host
	name      string
	directory string // of package control; "": nobody can ask
	process   int
	stderr    io.Writer

	begun  bool
	timed  bool
	server *control.Server
	state  atomic.Pointer[whynot.State]
	waits  map[int]*waiting // by operator
}

// waiting is an operator that waits for event time.
type waiting struct {
	mark   int64     // where it is
	since  time.Time // and since when, by the clock
	warned bool
}

func (w *watch) observe(p *cluster.Progress) {
	if !w.begun {
		w.begin(p)
	}
	if !w.timed {
		return
	}
	s := &whynot.State{Plan: p.Plan, Standings: p.Standings, Figures: p.Figures, Now: w.host.Now()}
	w.state.Store(s)
	w.lookForStalls(s)
}

// begin finds out whether there is anything to watch.
func (w *watch) begin(p *cluster.Progress) {
	w.begun, w.waits = true, map[int]*waiting{}
	w.timed = slices.ContainsFunc(p.Plan.Nodes, func(n *plan.Node) bool { return n.Timed })
	if !w.timed {
		return
	}
	w.warnOfSilence(p.Plan)
	if w.directory == "" {
		return
	}
	secret := fmt.Sprintf("%016x%016x", w.host.Random(), w.host.Random())
	server, err := control.Serve(w.host, w.directory, w.name, w.process, secret, w.answer)
	if err != nil {
		w.warn(fmt.Sprintf("nobody can ask this job why-not: %v", err))
		return
	}
	w.server = server
}

// warnOfSilence says which times of sources without end may stand still for ever.
func (w *watch) warnOfSilence(p *plan.Plan) {
	for _, n := range p.Nodes {
		if n.Kind != plan.AssignTime || !p.Endless(n) || strings.Contains(strings.Join(n.Detail, ", "), "idle") {
			continue
		}
		w.warn(fmt.Sprintf("%q (%s) has no rule for idleness: a split that falls silent holds all windows back. Say Idle, or NeverIdle if that is meant", n.Name, n.Site))
	}
}

func (w *watch) warn(text string) {
	console.Hide()
	fmt.Fprintf(w.stderr, "%s: warning: %s\n", w.name, text)
}

// lookForStalls warns of operators for which event time has stood still for long.
func (w *watch) lookForStalls(s *whynot.State) {
	least := map[int]int64{}
	for _, st := range s.Standings {
		if st.Open == 0 || st.Ended {
			continue
		}
		if mark, ok := least[st.Node]; !ok || st.Mark < mark {
			least[st.Node] = st.Mark
		}
	}
	for node := range w.waits {
		if _, ok := least[node]; !ok {
			delete(w.waits, node)
		}
	}
	for _, node := range slices.Sorted(maps.Keys(least)) {
		wait := w.waits[node]
		if wait == nil || wait.mark != least[node] {
			w.waits[node] = &waiting{mark: least[node], since: s.Now}
			continue
		}
		if wait.warned || s.Now.Sub(wait.since) < stallAfter {
			continue
		}
		wait.warned = true
		for _, f := range whynot.Diagnose(*s, node) {
			w.warn(fmt.Sprintf("event time has stood still at operator %d for %s: %s: %s", node, stallAfter, f.Rule, f.Text))
		}
	}
}

// answer answers a question; it is called on a goroutine of the server's.
func (w *watch) answer(q control.Question) control.Answer {
	s := w.state.Load()
	if q.Verb != "why-not" {
		return control.Answer{Error: fmt.Sprintf("this job cannot answer %q", q.Verb)}
	}
	if s == nil {
		return control.Answer{Error: "the job has just begun"}
	}
	return diagnose(s, q.Operator)
}

// diagnose says why operators do not go on: those of a name or number, or all that wait.
func diagnose(s *whynot.State, operator string) control.Answer {
	var text strings.Builder
	number, err := strconv.Atoi(operator)
	var known []string
	for _, n := range s.Plan.Nodes {
		known = append(known, n.Name)
		asked := n.Name == operator || err == nil && n.ID == number
		if operator == "" {
			asked = slices.ContainsFunc(s.Standings, func(st metrics.Standing) bool { return st.Node == n.ID && st.Open > 0 && !st.Ended })
		}
		if !asked {
			continue
		}
		fmt.Fprintf(&text, "%s (operator %d, %s)\n", n.Name, n.ID, n.Site)
		findings := whynot.Diagnose(*s, n.ID)
		if len(findings) == 0 {
			fmt.Fprintf(&text, "  nothing is known: its records have no event times\n")
		}
		for _, f := range findings {
			fmt.Fprintf(&text, "  %s: %s\n", f.Rule, f.Text)
		}
	}
	switch {
	case text.Len() > 0:
		return control.Answer{Text: text.String()}
	case operator == "":
		return control.Answer{Text: "no operator waits for event time\n"}
	}
	return control.Answer{Error: fmt.Sprintf("there is no operator %q%s", operator, suggestion(operator, known))}
}

func (w *watch) close() {
	if w.server != nil {
		_ = w.server.Close() // the job's result does not depend on it
	}
}

// whyNot asks the jobs of this program that run, and returns the exit code.
func whyNot(h host.Host, directory, name, operator string, stdout, stderr io.Writer) int {
	answers, err := control.Ask(context.Background(), h, directory, name, control.Question{Verb: "why-not", Operator: operator})
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v; only jobs with event times can be asked\n", name, err)
		return exitFailure
	}
	code := 0
	for _, process := range slices.Sorted(maps.Keys(answers)) {
		a := answers[process]
		if len(answers) > 1 {
			fmt.Fprintf(stdout, "process %s:\n", process)
		}
		if a.Error != "" {
			fmt.Fprintf(stderr, "%s: %s\n", name, a.Error)
			code = exitFailure
			continue
		}
		fmt.Fprint(stdout, a.Text)
	}
	return code
}
