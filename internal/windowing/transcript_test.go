package windowing

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/window"
)

// transcript is a case of testdata/transcripts.txt.
type transcript struct {
	name, fails, stamp string
	machine            Machine[int64, []int64]
	steps              []step
}

type step struct {
	verb   string
	times  []int64
	expect []map[string]string
	state  map[string]string
}

func readTranscripts(t *testing.T) (all []*transcript) {
	t.Helper()
	f, err := os.Open("testdata/transcripts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var c *transcript
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case verb == "" || verb[0] == '#':
		case line[0] == ' ':
			last := &c.steps[len(c.steps)-1]
			last.expect = append(last.expect, fieldsOf(strings.TrimSpace(line)))
		case verb == "name":
			c = &transcript{name: rest, machine: Machine[int64, []int64]{
				Put:  func(a *[]int64, _ *int64, at int64) int { *a = append(*a, at); return 8 },
				Join: func(a, from *[]int64) { *a = append(*a, *from...) },
			}}
			all = append(all, c)
		case verb == "error":
			c.fails = rest
		case verb == "windows":
			c.machine.Windows, c.machine.Merging = windowsNamed(t, rest)
		case verb == "trigger":
			p := triggerParser{t, rest}
			c.machine.Trigger = p.trigger()
		case verb == "stamp":
			c.stamp = rest
		case verb == "lateness":
			c.machine.Lateness = numbers(t, rest)[0]
		case verb == "mode":
			c.machine.Discard = rest == "discarding"
		default:
			c.steps = append(c.steps, step{verb: verb})
			last := &c.steps[len(c.steps)-1]
			if verb == "state" {
				last.state = fieldsOf(rest)
			} else {
				last.times = numbers(t, rest)
			}
		}
	}
	return all
}

func fieldsOf(line string) map[string]string {
	all := map[string]string{}
	for _, f := range strings.Fields(line) {
		name, value, _ := strings.Cut(f, "=")
		all[name] = value
	}
	return all
}

func numbers(t *testing.T, text string) (all []int64) {
	t.Helper()
	for _, f := range strings.Fields(strings.ReplaceAll(text, ",", " ")) {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

func windowsNamed(t *testing.T, text string) (windows func(*int64, int64, []Span) []Span, merging bool) {
	t.Helper()
	name, rest, _ := strings.Cut(text, "(")
	var size int64
	if rest != "" {
		size = numbers(t, strings.TrimSuffix(rest, ")"))[0]
	}
	switch name {
	case "FixedWindows", "CustomTimestampingFixedWindowsWindowFn":
		return func(_ *int64, at int64, to []Span) []Span { return append(to, Span{at - at%size, at - at%size + size}) }, false
	case "Sessions":
		return func(_ *int64, at int64, to []Span) []Span { return append(to, Span{at, at + size}) }, true
	}
	return func(_ *int64, _ int64, to []Span) []Span { return append(to, Global) }, false
}

// triggerParser reads "AfterWatermark(early=AfterCount(2), late=Default)".
type triggerParser struct {
	t    *testing.T
	rest string
}

func (p *triggerParser) word() string {
	i := strings.IndexAny(p.rest, "(),= ")
	if i < 0 {
		i = len(p.rest)
	}
	word := p.rest[:i]
	p.rest = p.rest[i:]
	return word
}

func (p *triggerParser) skip(text string) bool {
	var ok bool
	p.rest, ok = strings.CutPrefix(strings.TrimSpace(p.rest), text)
	return ok
}

func (p *triggerParser) trigger() window.Trigger {
	p.rest = strings.TrimSpace(p.rest)
	switch name := p.word(); name {
	case "Default":
		return window.AtEnd()
	case "AfterCount":
		p.skip("(")
		n, err := strconv.Atoi(p.word())
		if err != nil || !p.skip(")") {
			p.t.Fatal(name, err)
		}
		return window.AfterCount(n)
	case "AfterWatermark":
		trigger := window.AfterEnd()
		for p.skip("("); !p.skip(")"); p.skip(",") {
			p.rest = strings.TrimSpace(p.rest)
			when := p.word()
			p.skip("=")
			if when == "early" {
				trigger = trigger.Early(p.trigger())
			} else {
				trigger = trigger.Late(p.trigger())
			}
		}
		return trigger
	default:
		p.t.Fatalf("unknown trigger %q", name)
		return window.Trigger{}
	}
}

// run plays a transcript and returns how it is found out, if it is.
func (c *transcript) run(t *testing.T) string {
	m := &c.machine
	m.Init()
	var s State[[]int64]
	mark := int64(math.MinInt64)
	var outputs []map[string]string
	emit := func(f Fired[[]int64]) { outputs = append(outputs, c.describe(f)) }
	for _, step := range c.steps {
		if step.verb != "expect" && len(outputs) > 0 {
			return fmt.Sprint("Unexpected output ", outputs[0])
		}
		switch step.verb {
		case "input":
			for _, at := range step.times {
				m.Add(&s, &at, at, mark, 0, nil)
			}
			m.Settle(&s, mark, 0, emit)
		case "watermark":
			mark = step.times[0]
			m.Advance(&s, mark, 0, emit)
		case "expect":
			for _, e := range step.expect {
				i := slices.IndexFunc(outputs, func(o map[string]string) bool {
					for k, v := range e {
						if o[k] != v {
							return false
						}
					}
					return true
				})
				if i < 0 {
					return fmt.Sprintf("Unmatched output %v of %v", e, outputs)
				}
				outputs = slices.Delete(outputs, i, i+1)
			}
		case "state":
			for what, list := range step.state {
				for w := range strings.SplitSeq(list, ";") {
					bounds := numbers(t, w)
					i := slices.IndexFunc(s.Open, func(o Open[[]int64]) bool { return o.Span == Span{bounds[0], bounds[1] + 1} })
					switch {
					case what == "present" && (i < 0 || s.Open[i].Count == 0):
						return fmt.Sprint("nothing is kept of ", w)
					case what == "tombstone" && (i < 0 || !s.Open[i].Over || s.Open[i].Value != nil):
						return fmt.Sprint("the trigger is not over of ", w)
					case what == "absent" && i >= 0 && s.Open[i].Count != 0:
						return fmt.Sprint("something is kept of ", w)
					}
				}
			}
		}
	}
	if len(outputs) > 0 {
		return fmt.Sprint("Unexpected output ", outputs[0])
	}
	return ""
}

// describe is a firing with the names of the transcripts.
func (c *transcript) describe(f Fired[[]int64]) map[string]string {
	values := slices.Sorted(slices.Values(*f.Value))
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	stamp := f.End - 1
	switch {
	case c.stamp == "OUTPUT_AT_EARLIEST":
		stamp = f.Earliest
	case c.stamp == "OUTPUT_AT_EARLIEST_TRANSFORMED":
		stamp = f.Earliest + 100
	case c.stamp == "OUTPUT_AT_LATEST":
		stamp = f.Latest
	}
	return map[string]string{
		"window": fmt.Sprintf("%d,%d", f.Start, f.End-1), "values": strings.Join(list, ","), "timestamp": fmt.Sprint(stamp),
		"index": fmt.Sprint(f.Index), "nonspeculative_index": fmt.Sprint(f.OnTime), "final": fmt.Sprint(f.Last),
		"early": fmt.Sprint(f.Timing == window.Early), "late": fmt.Sprint(f.Timing == window.Late),
	}
}

func TestTranscriptsOfTriggers(t *testing.T) {
	all := readTranscripts(t)
	if len(all) < 15 {
		t.Fatalf("%d transcripts", len(all))
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			got := c.run(t)
			if c.fails == "" && got != "" || c.fails != "" && !strings.HasPrefix(got, c.fails) {
				t.Errorf("it is found out as %q, want %q", got, c.fails)
			}
		})
	}
}
