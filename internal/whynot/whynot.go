// Package whynot says why an operator that waits for event time has nothing to say:
// which split or rule holds it back, since when, with the readings of the clocks.
// Floor 4.
//
// It looks at what the tasks of a running job say of themselves and follows the least
// watermark against the stream to where it is made. It knows neither tasks nor clocks.
package whynot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// State is how a job stands.
type State struct {
	Plan      *plan.Plan
	Standings []metrics.Standing
	Figures   map[int]metrics.Figures
	Now       time.Time // by the clock
}

// Rule names a reason.
type Rule string

// The reasons.
const (
	NoInput  Rule = "no input"             // no record has come
	Silent   Rule = "silent split"         // a split sends nothing and is waited for
	NotBegun Rule = "splits not begun"     // a subtask has splits that it has not begun
	NoMarks  Rule = "no watermarks"        // records come, but nothing says how far time is
	Backlog  Rule = "backlog"              // records come, of times long ago
	Behind   Rule = "waiting for its time" // records come; time has not come to the next result
	Future   Rule = "clock in the future"  // a split's times are ahead of the clock
	Late     Rule = "late"                 // records come behind the watermark
	Blocked  Rule = "blocked"              // something behind takes no more records
	Loop     Rule = "loop"                 // event time stands still in a loop
	Aligned  Rule = "alignment"            // a split is too far ahead of its group and waits for it
	Count    Rule = "count never reached"  // windows have records, and wait for more
	EmptyKey Rule = "key without records"  // no record has come of any key of a subtask, while others have some
	Finished Rule = "finished"             // the input has ended
	Note     Rule = "condition"            // what the operator says itself it waits for
	Nothing  Rule = "nothing open"         // no window or timer waits
)

// Finding is a reason and what is known of it.
type Finding struct {
	Rule Rule
	Text string
}

const (
	aLot      = time.Minute      // that far before or behind the clock needs a word
	aLongTime = 10 * time.Second // that long without records is silence
)

// Diagnose returns why an operator does not go on, the most telling reason first. It is
// empty if nothing is known of the operator.
func Diagnose(s State, node int) []Finding {
	d := diagnosis{State: s, at: map[place]metrics.Standing{}, told: map[string]bool{}}
	for _, st := range s.Standings {
		d.at[place{st.Node, st.Subtask}] = st
	}
	var mine []metrics.Standing
	for _, st := range s.Standings {
		if st.Node == node {
			mine = append(mine, st)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	slices.SortFunc(mine, func(a, b metrics.Standing) int { return a.Subtask - b.Subtask })
	d.whole(node, mine)
	for _, st := range mine {
		d.subtask(st)
	}
	d.withoutKeys(node, mine)
	return d.found
}

type place struct{ node, subtask int }

type diagnosis struct {
	State
	at    map[place]metrics.Standing
	found []Finding
	told  map[string]bool // splits
}

func (d *diagnosis) say(rule Rule, format string, args ...any) {
	f := Finding{rule, fmt.Sprintf(format, args...)}
	if !slices.Contains(d.found, f) {
		d.found = append(d.found, f)
	}
}

// whole looks at all subtasks of an operator together.
func (d *diagnosis) whole(node int, mine []metrics.Standing) {
	var records, late int64
	ended := true
	for _, st := range mine {
		records, late, ended = records+st.Records, late+st.Late, ended && st.Ended
	}
	switch {
	case ended:
		d.say(Finished, "all input of %s has ended: there will be nothing more", d.name(node))
		return
	case records == 0:
		d.say(NoInput, "no record has come to %s", d.name(node))
	case late > 0:
		d.say(Late, "%d of %d records came to %s behind the watermark, when all their windows were over", late, records, d.name(node))
	}
	if blocked := d.blocked(node); blocked != "" {
		d.say(Blocked, "%s", blocked)
	}
}

// blocked says who behind an operator takes no more records, if somebody does not.
func (d *diagnosis) blocked(node int) string {
	f, ok := d.Figures[node]
	if !ok || f.BackPressured == 0 || f.BackPressured < (f.Busy+f.Idle+f.BackPressured)/2 {
		return ""
	}
	text := fmt.Sprintf("%s waits for room behind it for %d %% of its time", d.name(node), 100*f.BackPressured/(f.Busy+f.Idle+f.BackPressured))
	if last := d.slowest(node, map[int]bool{}); last != node {
		text += fmt.Sprintf(": %s takes no more", d.name(last))
	}
	return text
}

// slowest follows the operators that wait for room to the one that does not.
func (d *diagnosis) slowest(node int, seen map[int]bool) int {
	seen[node] = true
	for _, n := range d.Plan.Nodes {
		for _, in := range n.Inputs {
			for _, e := range in {
				if e.From.ID != node || seen[n.ID] {
					continue
				}
				f := d.Figures[n.ID]
				if f.BackPressured > (f.Busy+f.Idle)/2 || f.Busy > f.Idle {
					return d.slowest(n.ID, seen)
				}
			}
		}
	}
	return node
}

// subtask looks at one subtask that has something to wait for.
func (d *diagnosis) subtask(st metrics.Standing) {
	switch {
	case st.Ended:
		return
	case st.Note != "":
		d.say(Note, "%s", st.Note)
		return
	case d.hasNoKey(st):
		return
	case st.Counts > 0:
		d.say(Count, "%s of subtask %d of %s: records have come, and more are waited for; for key %s, which lacks the fewest, %d of %d have come",
			someWindows(st.Counts), st.Subtask, d.name(st.Node), st.Key, st.Have, st.Want)
		if st.Next == operator.EndOfTime {
			return // no time makes them fire
		}
	case st.Open == 0 && st.Rule == "":
		if st.Records > st.Late {
			d.say(Nothing, "subtask %d of %s has nothing that waits: all it had is over", st.Subtask, d.name(st.Node))
		}
		if st.Late > 0 {
			d.ahead(st)
		}
		return
	}
	if st.Late > 0 {
		d.ahead(st)
	}
	if st.Open == 0 && st.Rule == "" {
		return
	}
	holders := d.holders(st, map[place]bool{})
	for _, h := range holders {
		d.holder(st, h)
	}
}

// holders follows the least watermark to the subtasks that make it.
func (d *diagnosis) holders(st metrics.Standing, seen map[place]bool) []metrics.Standing {
	if p := (place{st.Node, st.Subtask}); seen[p] {
		return nil
	} else {
		seen[p] = true
	}
	if st.Rule != "" || st.Loop {
		return []metrics.Standing{st}
	}
	if st.Before >= 0 {
		if before, ok := d.at[place{st.Before, st.Subtask}]; ok {
			return d.holders(before, seen)
		}
		return []metrics.Standing{st}
	}
	least := int64(operator.EndOfTime)
	for _, c := range st.Channels {
		if !c.Idle && !c.Ended {
			least = min(least, c.Mark)
		}
	}
	var all []metrics.Standing
	for _, c := range st.Channels {
		if c.Idle || c.Ended || c.Mark != least {
			continue
		}
		if from, ok := d.last(c); ok {
			all = append(all, d.holders(from, seen)...)
		}
	}
	return all
}

// last returns the sender of a channel.
func (d *diagnosis) last(c metrics.Channel) (metrics.Standing, bool) {
	st, ok := d.at[place{c.Node, c.Subtask}]
	return st, ok
}

// ahead says whose times are ahead of the clock, for an operator with late records.
func (d *diagnosis) ahead(metrics.Standing) {
	for _, st := range d.Standings {
		for _, s := range st.Splits {
			if ahead := time.Duration(s.Mark - d.Now.UnixNano()); s.Mark != operator.NoTime && ahead > aLot {
				d.say(Future, "%s has come to %s, which is %s ahead of the clock (%s): all that comes with true times is late; Ahead refuses such records",
					d.split(st, s), stamp(s.Mark), round(ahead), stamp(d.Now.UnixNano()))
			}
		}
	}
}

// holder says why one subtask that makes watermarks does not let time go on to what
// waiting waits for.
func (d *diagnosis) holder(waiting, h metrics.Standing) {
	if h.Ended {
		return
	}
	if h.Loop {
		d.say(Loop, "event time stands still in the loop of %s, and behind it, until all input of the loop has ended and nothing goes round in it: behind it AssignTime can give records times anew",
			d.name(h.Node))
		return
	}
	d.alignment(h)
	if h.More && !strings.Contains(h.Rule, "splits in order") {
		d.say(NotBegun, "subtask %d of %s has splits that it has not begun, of which any time may come: read more side by side, or say OrderedSplits",
			h.Subtask, d.name(h.Node))
		return
	}
	for _, s := range h.Splits {
		who := d.split(h, s)
		if s.Idle || s.Held || s.Mark > h.Mark || d.told[who] {
			continue
		}
		d.told[who] = true
		quiet := time.Duration(d.Now.UnixNano() - s.Heard)
		switch {
		case s.Records == 0:
			d.say(Silent, "%s has sent no record since it began at %s, %s ago, and %s", who, stamp(s.Heard), round(quiet), d.rule(h))
		case quiet > aLongTime:
			d.say(Silent, "%s has sent nothing since %s, %s ago; it had come to %s, and %s", who, stamp(s.Heard), round(quiet), stamp(s.Mark), d.rule(h))
		case s.Mark == operator.NoTime:
			d.say(NoMarks, "%s has sent %d records, and none of them said how far time has come (%s)", who, s.Records, h.Rule)
		case time.Duration(d.Now.UnixNano()-s.Mark) > aLot:
			d.say(Backlog, "%s has come to %s, which is %s ago; records come (the last at %s), so it catches up%s",
				who, stamp(s.Mark), round(time.Duration(d.Now.UnixNano()-s.Mark)), stamp(s.Heard), d.next(waiting))
		default:
			d.say(Behind, "%s has come to %s and goes on%s", who, stamp(s.Mark), d.next(waiting))
		}
	}
}

// alignment says which splits wait for others of their group, and why those that are
// the last of it do not go on.
func (d *diagnosis) alignment(h metrics.Standing) {
	held := false
	for _, s := range h.Splits {
		who := d.split(h, s)
		if !s.Held || d.told[who] {
			continue
		}
		held, d.told[who] = true, true
		d.say(Aligned, "%s has come to %s and is not read, because its group %q is at %s: %s", who, stamp(s.Mark), h.Group, stamp(h.Least), h.Rule)
	}
	if !held {
		return
	}
	least, last := int64(operator.EndOfTime), []metrics.Standing(nil)
	for _, st := range d.Standings {
		if st.Group != h.Group || st.Ended {
			continue
		}
		for _, s := range st.Splits {
			switch {
			case s.Idle || s.Held || s.Mark > least:
				continue
			case s.Mark < least:
				least, last = s.Mark, nil
			}
			one := st // with this split alone
			one.Splits, one.Mark, one.More = []metrics.Split{s}, s.Mark, false
			last = append(last, one)
		}
	}
	for _, st := range last {
		d.holder(metrics.Standing{}, st)
	}
}

func someWindows(n int) string {
	if n == 1 {
		return "a window"
	}
	return fmt.Sprintf("%d windows", n)
}

// withoutKeys names the subtasks of an operator that have had no record of any key, while
// others have.
func (d *diagnosis) withoutKeys(node int, mine []metrics.Standing) {
	var none []string
	for _, st := range mine {
		if d.hasNoKey(st) {
			none = append(none, fmt.Sprint(st.Subtask))
		}
	}
	if len(none) == 0 || len(none) == len(mine) {
		return
	}
	what := "subtask"
	if len(none) > 1 {
		what = "subtasks"
	}
	d.say(EmptyKey, "no record has come of any key of %s %s of %s, and a key without records has no windows", what, strings.Join(none, ", "), d.name(node))
}

// hasNoKey reports whether records come to a subtask by their keys, and none has come.
func (d *diagnosis) hasNoKey(st metrics.Standing) bool {
	if st.Records > 0 || st.Rule != "" || st.Ended {
		return false
	}
	for _, n := range d.Plan.Nodes {
		if n.ID == st.Node {
			return len(n.Inputs) > 0 && len(n.Inputs[0]) > 0 && n.Inputs[0][0].Ship == operator.Hash
		}
	}
	return false
}

func (d *diagnosis) next(waiting metrics.Standing) string {
	if waiting.Open == 0 {
		return ""
	}
	return fmt.Sprintf("; the next result of subtask %d of %s is due at %s", waiting.Subtask, d.name(waiting.Node), stamp(waiting.Next))
}

// rule says what the strategy of a subtask does about silence.
func (d *diagnosis) rule(h metrics.Standing) string {
	if i := strings.Index(h.Rule, "idle after "); i >= 0 {
		return "is " + strings.SplitN(h.Rule[i:], ",", 2)[0]
	}
	return "there is no rule for idleness: it is waited for without end (Idle)"
}

func (d *diagnosis) split(st metrics.Standing, s metrics.Split) string {
	if s.ID == "" {
		return fmt.Sprintf("what subtask %d of %s reads", st.Subtask, d.name(st.Node))
	}
	return fmt.Sprintf("split %s, read by subtask %d of %s,", s.ID, st.Subtask, d.name(st.Node))
}

func (d *diagnosis) name(node int) string {
	for _, n := range d.Plan.Nodes {
		if n.ID == node {
			return fmt.Sprintf("%q", n.Name)
		}
	}
	return fmt.Sprint("operator ", node)
}

func stamp(ns int64) string {
	switch ns {
	case operator.NoTime:
		return "no time"
	case operator.EndOfTime:
		return "the end"
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z")
}

// round is a duration that people read: long ones in days.
func round(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d > time.Minute:
		return d.Round(time.Second).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
