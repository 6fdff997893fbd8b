package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/golden"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/plan"
)

// The scenarios tell what reaches the master, one event a line, and show what it
// has done:
//
//	job tasks=0,2,2 [splits=4:a,b,c] [budget=4:2] [restarts=1]
//	                            a master, the tasks of each process, the splits and
//	                            the budget of source 4; shows the first actions.
//	                            With restarts there are three chains of a task each:
//	                            source 4, a spool, and sink 7, which prints
//	built 1 [operators=a,b]     the fingerprint is that of the job, or has these operators
//	deployed 1 [address]
//	connected 1
//	want 1 node=4 subtask=0
//	reject 1 node=4
//	ended 1 left=0 [echo] [done=0,1] [kept=1] [failed=text] [written] [attempt=1]
//	                            echo: as an answer to cancel; done and kept: chains,
//	                            failed: the first failure of all tasks there;
//	                            written: sink 7 has got a record
//	broken 1 peer=2 [attempt=1]
//	gone 1
//	lost 1                      the process has died
//	cancel                      the caller wants the job to end
//	stuck                       stopping has taken too long
//
// built, deployed, connected and ended may fail: they take error=, whose text runs
// to the end of the line. An event for all processes has * for its number. An
// action is the number of the worker and the message, or over.
func TestMasterScenarios(t *testing.T) {
	golden.Run(t, "testdata/master/*.txt", func(t *testing.T) func(golden.Command) string {
		s := &scenario{t: t}
		return func(c golden.Command) string {
			var out []string
			for _, line := range c.Lines {
				out = append(out, s.line(line)...)
			}
			if len(out) == 0 {
				return "nothing"
			}
			return strings.Join(out, "\n")
		}
	})
}

// jobFingerprint is that of every job in the scenarios.
var jobFingerprint = plan.Fingerprint{Operators: []string{`source "text" at main.go:5`, `map "upper" at main.go:6`}}

// scenario drives one master.
type scenario struct {
	t       *testing.T
	master  *Master
	workers int
}

// event is a line of a scenario in its parts.
type event struct {
	kind   string
	to     string            // a process or *
	fields map[string]string // key=value; a word without = is a key
}

func split(line string) event {
	line, failure, failed := strings.Cut(line, " error=")
	words := strings.Fields(line)
	e := event{kind: words[0], fields: map[string]string{}}
	for _, word := range words[1:] {
		if key, value, ok := strings.Cut(word, "="); ok {
			e.fields[key] = value
		} else if e.to == "" {
			e.to = word
		} else {
			e.fields[word] = "yes"
		}
	}
	if failed {
		e.fields["error"] = failure
	}
	return e
}

func (s *scenario) line(line string) (out []string) {
	e := split(line)
	if e.kind == "job" {
		return show(s.begin(e))
	}
	processes := []string{e.to}
	if e.to == "*" {
		processes = nil
		for i := range s.workers {
			processes = append(processes, strconv.Itoa(i))
		}
	}
	for _, p := range processes {
		process := 0
		if p != "" {
			process = s.number(p)
		}
		out = append(out, show(s.master.Step(s.event(process, e)))...)
	}
	return out
}

func (s *scenario) begin(e event) []Action {
	var tasks []int
	for n := range strings.SplitSeq(e.fields["tasks"], ",") {
		tasks = append(tasks, s.number(n))
	}
	s.workers = len(tasks)
	splits, budgets := map[int][]connect.Split{}, map[int]Budget{}
	if node, ids, ok := strings.Cut(e.fields["splits"], ":"); ok {
		for id := range strings.SplitSeq(ids, ",") {
			splits[s.number(node)] = append(splits[s.number(node)], connect.Split{ID: id})
		}
	}
	if node, n, ok := strings.Cut(e.fields["budget"], ":"); ok {
		budgets[s.number(node)] = Budget{Source: "text (wordcount/main.go:9)", Limit: int64(s.number(n))}
	}
	var retry Retry
	if n, ok := e.fields["restarts"]; ok {
		retry = Retry{Left: s.number(n), Next: func(_, kept map[int]int) Attempt {
			a := Attempt{Sinks: []int{7}, Visible: map[int]string{7: "print (main.go:9)"}}
			if kept[1] > 0 {
				a.Parts, a.Tasks = []plan.Part{plan.Skip, plan.Replay, plan.Run}, []int{0, 1, 1}
			} else {
				a.Parts, a.Tasks, a.Sources = make([]plan.Part, 3), tasks, []int{4}
			}
			return a
		}}
	}
	s.master = NewMaster(JobSpec{ID: "job"}, jobFingerprint, tasks, splits, budgets, retry)
	return s.master.Begin()
}

// event makes the master's event of a line.
func (s *scenario) event(process int, e event) Event {
	switch e.kind {
	case "lost":
		return Event{Process: process, Lost: errors.New("signal: killed")}
	case "cancel":
		return Event{Cancel: errors.New("interrupted")}
	case "stuck":
		return Event{Stuck: true}
	}
	m := Message{Kind: Kind(e.kind)}
	if text, failed := e.fields["error"]; failed {
		m.Error = &Error{Text: text}
	}
	if e.fields["echo"] != "" {
		m.Error = &Error{Text: "context canceled", Cancelled: true}
	}
	number := func(key string) int { return s.number(e.fields[key]) }
	switch {
	case e.fields["attempt"] != "":
		m.Attempt = number("attempt")
	case m.Kind == Deployed, m.Kind == Connected, m.Kind == Want, m.Kind == Watch:
		m.Attempt = s.master.attempt
	}
	switch m.Kind {
	case Built:
		f := jobFingerprint
		if operators := e.fields["operators"]; operators != "" {
			f = plan.Fingerprint{Operators: strings.Split(operators, ",")}
		}
		if m.Error == nil {
			m.Fingerprint = &f
		}
	case Deployed:
		m.Address = fmt.Sprintf("address-%d", process)
	case Connected, Gone:
	case Want, Watch:
		m.Node, m.Subtask = number("node"), number("subtask")
	case Figures:
		m.Report = s.report(e)
	case Ended:
		m.Left = number("left")
		if m.Left == 0 {
			m.Outcome = &Outcome{Done: s.chains(e.fields["done"]), Kept: s.chains(e.fields["kept"])}
		}
		if text, failed := e.fields["failed"]; failed {
			m.Outcome.Error = &Error{Text: text}
		}
		if e.fields["written"] != "" {
			m.Report = &Report{Figures: map[int]metrics.Figures{7: {RecordsIn: 1}}}
		}
		if e.fields["node"] != "" {
			m.Report = s.report(e)
		}
	case Broken:
		m.Peer, m.Error = number("peer"), &Error{Text: "connection reset"}
	default:
		s.t.Fatalf("unknown event %q", e.kind)
	}
	return Event{Process: process, Message: m}
}

// report says how many pieces of input a source has rejected in a process.
func (s *scenario) report(e event) *Report {
	return &Report{Figures: map[int]metrics.Figures{
		s.number(e.fields["node"]): {Quarantined: int64(s.number(e.fields["rejected"]))},
	}}
}

// chains counts a subtask of each chain in a list.
func (s *scenario) chains(list string) map[int]int {
	n := map[int]int{}
	for chain := range strings.SplitSeq(list, ",") {
		if chain != "" {
			n[s.number(chain)]++
		}
	}
	return n
}

func (s *scenario) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatalf("%q is no number", text)
	}
	return n
}

// show writes actions down; equal ones for several workers in one line.
func show(actions []Action) (out []string) {
	for len(actions) > 0 {
		text := showAction(actions[0])
		n := slices.IndexFunc(actions, func(a Action) bool { return showAction(a) != text })
		if n < 0 {
			n = len(actions)
		}
		if actions[0].Over || actions[0].Again != nil {
			out = append(out, text)
		} else {
			var to []string
			for _, a := range actions[:n] {
				to = append(to, strconv.Itoa(a.To))
			}
			out = append(out, "to "+strings.Join(to, ", ")+": "+text)
		}
		actions = actions[n:]
	}
	return out
}

func showAction(a Action) string {
	m := a.Message
	switch {
	case a.Over && a.Err != nil:
		return "over: " + a.Err.Error()
	case a.Over:
		return "over"
	case a.Again != nil:
		return fmt.Sprintf("again, sinks %v, after: %v", a.Again.Sinks, a.Err)
	case m.Kind == Deploy && m.Attempt > 0:
		return fmt.Sprintf("deploy attempt=%d parts=%v", m.Attempt, m.Parts)
	case m.Kind == Connect:
		return "connect " + strings.Join(m.Peers, " ")
	case m.Kind == Assign && m.Split == nil:
		return fmt.Sprintf("assign node=%d subtask=%d: no more", m.Node, m.Subtask)
	case m.Kind == Assign:
		return fmt.Sprintf("assign node=%d subtask=%d: %s", m.Node, m.Subtask, m.Split.ID)
	}
	return string(m.Kind)
}
