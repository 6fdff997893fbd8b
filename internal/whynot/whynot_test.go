package whynot

import (
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// The job of the tests: times assigned by node 0, windows in node 1, a sink in node 2.
const (
	times = iota
	windows
	sink
)

func job() *plan.Plan {
	g := &plan.Graph{}
	p := &plan.Plan{Graph: g}
	for id, name := range []string{"times", "windows", "sink"} {
		n := &plan.Node{ID: id, Name: name}
		if id > 0 {
			n.Inputs = []plan.Input{{plan.Edge{From: g.Nodes[id-1]}}}
		}
		g.Nodes = append(g.Nodes, n)
	}
	p.Nodes = g.Nodes
	return p
}

// now is the clock of the tests; before is a time by it, in the past.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func before(d time.Duration) int64 { return now.Add(-d).UnixNano() }

// waiting are windows that have had records and wait for the watermark of node times.
func waiting(mark int64) metrics.Standing {
	return metrics.Standing{
		Node: windows, Before: -1, Mark: mark, Records: 10, Open: 1, Next: before(0),
		Channels: []metrics.Channel{{Node: times, Mark: mark}},
	}
}

// assigning is an operator that assigns times to one split.
func assigning(rule string, s metrics.Split) metrics.Standing {
	return metrics.Standing{Node: times, Before: -1, Mark: s.Mark, Rule: rule, Records: s.Records, Splits: []metrics.Split{s}}
}

func TestEveryRuleIsFoundForItsReason(t *testing.T) {
	split := func(mark, heard int64, records int64) metrics.Split {
		return metrics.Split{ID: "a split", Mark: mark, Heard: heard, Records: records}
	}
	far := before(-time.Hour)
	unbegun := assigning("disorder 1s", split(operator.NoTime, before(0), 3))
	unbegun.More = true
	blocked := map[int]metrics.Figures{windows: {Busy: 1, Idle: 1, BackPressured: 98}, sink: {Busy: 99, Idle: 1}}
	for name, c := range map[string]struct {
		standings []metrics.Standing
		figures   map[int]metrics.Figures
		rules     []Rule
		text      string // in the first finding
	}{
		"nothing is known": {nil, nil, nil, ""},
		"the input has ended": {
			[]metrics.Standing{{Node: windows, Ended: true, Records: 3, Late: 1}}, nil,
			[]Rule{Finished}, `all input of "windows" has ended`,
		},
		"no record has come": {
			[]metrics.Standing{{Node: windows, Before: -1}}, nil,
			[]Rule{NoInput}, `no record has come to "windows"`,
		},
		"all that has come is over": {
			[]metrics.Standing{{Node: windows, Before: -1, Records: 5}}, nil,
			[]Rule{Nothing}, "all it had is over",
		},
		"it says itself": {
			[]metrics.Standing{{Node: windows, Before: -1, Records: 5, Note: "3 more records"}}, nil,
			[]Rule{Note}, "3 more records",
		},
		"late records behind a clock in the future": {
			[]metrics.Standing{
				{Node: windows, Before: -1, Records: 5, Late: 2, Mark: far},
				assigning("disorder 1s", split(far, before(0), 3)),
			}, nil,
			[]Rule{Late, Nothing, Future}, "2 of 5 records",
		},
		"a split that has never sent anything": {
			[]metrics.Standing{waiting(operator.NoTime), assigning("disorder 1s", split(operator.NoTime, before(time.Minute), 0))}, nil,
			[]Rule{Silent}, "has sent no record since it began",
		},
		"a split that has become silent": {
			[]metrics.Standing{waiting(before(time.Hour)), assigning("disorder 1s, idle after 5m0s", split(before(time.Hour), before(aLongTime+1), 3))}, nil,
			[]Rule{Silent}, "is idle after 5m0s",
		},
		"a split that was heard just in time": {
			[]metrics.Standing{waiting(before(aLot)), assigning("disorder 1s", split(before(aLot), before(aLongTime), 3))}, nil,
			[]Rule{Behind}, "goes on; the next result of subtask 0",
		},
		"a split that catches up": {
			[]metrics.Standing{waiting(before(aLot + 1)), assigning("disorder 1s", split(before(aLot+1), before(0), 3))}, nil,
			[]Rule{Backlog}, "so it catches up",
		},
		"records without watermarks": {
			[]metrics.Standing{waiting(operator.NoTime), assigning("marks in records", split(operator.NoTime, before(0), 3))}, nil,
			[]Rule{NoMarks}, "has sent 3 records",
		},
		"splits that have not begun": {
			[]metrics.Standing{waiting(operator.NoTime), unbegun}, nil,
			[]Rule{NotBegun}, "OrderedSplits",
		},
		"a sink that takes no more": {
			[]metrics.Standing{{Node: windows, Before: -1, Records: 5, Note: "room"}}, blocked,
			[]Rule{Blocked, Note}, `"sink" takes no more`,
		},
	} {
		found := Diagnose(State{Plan: job(), Standings: c.standings, Figures: c.figures, Now: now}, windows)
		var rules []string
		for _, f := range found {
			rules = append(rules, string(f.Rule))
		}
		var want []string
		for _, r := range c.rules {
			want = append(want, string(r))
		}
		if strings.Join(rules, ", ") != strings.Join(want, ", ") || len(found) > 0 && !strings.Contains(found[0].Text, c.text) {
			t.Errorf("%s: found %v, want %v with %q", name, found, want, c.text)
		}
	}
}

func TestOnlyTheSubtaskThatHoldsTimeBackIsNamed(t *testing.T) {
	w := waiting(before(time.Hour))
	w.Channels = []metrics.Channel{
		{Node: times, Subtask: 0, Mark: before(0)},
		{Node: times, Subtask: 1, Mark: before(time.Hour)},
		{Node: times, Subtask: 2, Mark: before(2 * time.Hour), Idle: true},
		{Node: times, Subtask: 3, Mark: before(2 * time.Hour), Ended: true},
	}
	all := []metrics.Standing{w}
	for i, c := range w.Channels {
		st := assigning("disorder 1s", metrics.Split{ID: string(rune('a' + i)), Mark: c.Mark, Records: 1, Heard: before(time.Minute)})
		st.Subtask = i
		all = append(all, st)
	}
	found := Diagnose(State{Plan: job(), Standings: all, Now: now}, windows)
	if len(found) != 1 || found[0].Rule != Silent || !strings.Contains(found[0].Text, "split b, read by subtask 1") {
		t.Errorf("found %v", found)
	}
}

func TestAWatermarkIsFollowedThroughAChainAndNotInACircle(t *testing.T) {
	w := waiting(before(time.Hour))
	w.Channels, w.Before = nil, times
	found := Diagnose(State{Plan: job(), Now: now, Standings: []metrics.Standing{
		w, assigning("disorder 1s", metrics.Split{ID: "a", Mark: before(time.Hour), Records: 1, Heard: before(time.Minute)}),
	}}, windows)
	if len(found) != 1 || found[0].Rule != Silent {
		t.Errorf("found %v", found)
	}
	w = waiting(0)
	w.Channels[0].Node = windows
	if found := Diagnose(State{Plan: job(), Now: now, Standings: []metrics.Standing{w}}, windows); len(found) != 0 {
		t.Errorf("in a circle: found %v", found)
	}
}

func TestLongTimesAreRoundedForReaders(t *testing.T) {
	for d, want := range map[time.Duration]string{
		49 * time.Hour: "2 days", 47 * time.Hour: "47h0m0s", 61*time.Second + time.Millisecond: "1m1s", 1234 * time.Millisecond: "1.2s",
	} {
		if got := round(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
	if stamp(operator.NoTime) != "no time" || stamp(operator.EndOfTime) != "the end" {
		t.Error("a time that is none is shown as one")
	}
}
