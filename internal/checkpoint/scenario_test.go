package checkpoint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/golden"
)

// answers runs the lines of a command one after the other.
func answers(c golden.Command, line func(words []string) string) string {
	var out []string
	for _, l := range c.Lines {
		if answer := line(strings.Fields(l)); answer != "" {
			out = append(out, answer)
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, "\n")
}

func number(t *testing.T, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAlignmentScenarios steps an alignment:
//
//	channels 3 [loose]
//	ignore CHANNEL
//	barrier CHANNEL CHECKPOINT
//	end CHANNEL
func TestAlignmentScenarios(t *testing.T) {
	golden.Run(t, "testdata/align/*.txt", func(t *testing.T) func(golden.Command) string {
		var a Alignment
		return func(c golden.Command) string {
			return answers(c, func(words []string) string {
				n := number(t, words[1])
				var h Held
				switch words[0] {
				case "channels":
					a = NewAlignment(n, len(words) > 2)
				case "ignore":
					a.Ignore(n)
				case "barrier":
					h = a.Barrier(n, int64(number(t, words[2])))
				case "end":
					h = a.End(n)
				default:
					t.Fatalf("unknown command %q", words[0])
				}
				var out []string
				if len(h.Block) > 0 {
					out = append(out, fmt.Sprintf("block %v", h.Block))
				}
				if len(h.Unblock) > 0 {
					out = append(out, fmt.Sprintf("unblock %v", h.Unblock))
				}
				if h.Aligned > 0 {
					out = append(out, fmt.Sprintf("snapshot %d", h.Aligned))
				}
				return strings.Join(out, ", ")
			})
		}
	})
}

// TestCoordinatorScenarios steps a coordinator whose tasks are subtasks of one chain:
//
//	settings interval=10s pause=1s timeout=1m tolerable=1 retain=2 last=4
//	start TASKS
//	at SECONDS
//	ack CHECKPOINT TASK…
//	decline CHECKPOINT
//	end TASK…
//	stored [error]
//	stop
func TestCoordinatorScenarios(t *testing.T) {
	golden.Run(t, "testdata/coordinator/*.txt", func(t *testing.T) func(golden.Command) string {
		var c *Coordinator
		now := time.Unix(0, 0)
		return func(command golden.Command) string {
			return answers(command, func(words []string) string {
				var orders []Order
				switch words[0] {
				case "settings":
					c = newScenario(t, words[1:])
					now = time.Unix(0, 0)
				case "start":
					var tasks []TaskID
					for i := range number(t, words[1]) {
						tasks = append(tasks, TaskID{Subtask: i})
					}
					c.Start(now, tasks)
				case "at":
					now = time.Unix(int64(number(t, words[1])), 0)
					orders = c.Tick(now)
				case "ack", "end":
					tasks := words[1:]
					if words[0] == "ack" {
						tasks = words[2:]
					}
					for _, text := range tasks {
						state := TaskState{TaskID: TaskID{Subtask: number(t, text)}}
						if words[0] == "end" {
							orders = append(orders, c.End(state)...)
						} else {
							orders = append(orders, c.Acknowledge(int64(number(t, words[1])), state)...)
						}
					}
				case "decline":
					orders = c.Decline(now, int64(number(t, words[1])), errors.New("the disk is full"))
				case "stored":
					var err error
					if len(words) > 1 {
						err = errors.New("no room for the manifest")
					}
					orders = c.Stored(now, err)
				case "stop":
					c.Stop()
				default:
					t.Fatalf("unknown command %q", words[0])
				}
				var out []string
				for _, o := range orders {
					out = append(out, showOrder(o))
				}
				return strings.Join(out, "\n")
			})
		}
	})
}

func newScenario(t *testing.T, fields []string) *Coordinator {
	var s Settings
	last := int64(0)
	for _, f := range fields {
		key, value, _ := strings.Cut(f, "=")
		d, _ := time.ParseDuration(value)
		switch key {
		case "interval":
			s.Interval = d
		case "pause":
			s.Pause = d
		case "timeout":
			s.Timeout = d
		case "tolerable":
			s.Tolerable = number(t, value)
		case "retain":
			s.Retain = number(t, value)
		case "last":
			last = int64(number(t, value))
		}
	}
	return NewCoordinator(s, last)
}

func showOrder(o Order) string {
	switch {
	case o.Begin > 0:
		return fmt.Sprintf("begin %d", o.Begin)
	case o.Store != nil:
		var tasks []string
		for _, t := range o.Store {
			text := strconv.Itoa(t.Subtask)
			if t.Ended {
				text += " ended"
			}
			tasks = append(tasks, text)
		}
		return "store " + strings.Join(tasks, ", ")
	case o.Complete > 0:
		return fmt.Sprintf("complete %d, drop before %d", o.Complete, o.Oldest)
	case o.Failed != nil:
		return "failed: " + oneLine(o.Failed)
	}
	return "fatal: " + oneLine(o.Fatal)
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
