package task

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// follow tells each member and writer whose output it takes, and finds out who
// follows event time.
func (t *Task) follow() {
	at := map[*plan.Node]int{}
	for i, m := range t.members {
		at[m.node], m.parent, m.mark.Time = i, -1, operator.NoTime
		for _, in := range m.node.Inputs {
			for _, e := range in {
				if parent, ok := at[e.From]; ok {
					m.parent = parent
				}
			}
		}
		t.marked = t.marked || m.marker != nil
		watcher, ok := m.body.(operator.SplitWatcher)
		if ok && m.parent >= 0 && t.members[m.parent].prompt {
			t.lane.Watchers = append(t.lane.Watchers, watcher)
			if h, ok := watcher.(operator.SplitHolder); ok {
				t.lane.Holders = append(t.lane.Holders, h)
			}
		}
		m.prompt = m.node.Source != nil || m.parent >= 0 && t.members[m.parent].prompt && m.node.Time == plan.KeepTimes
	}
	t.writes, t.sent = make([]int, len(t.writers)), make([]operator.Watermark, len(t.writers))
	for i, n := range t.wrote {
		t.writes[i], t.sent[i].Time = at[n], operator.NoTime
	}
	t.wrote = nil
}

// stamps are where the operators of a chain find the times of records.
type stamps struct {
	received, sent map[*plan.Node][]*operator.Stamps // by input, by port
}

func stampsOf(c *plan.Chain) stamps {
	s := stamps{map[*plan.Node][]*operator.Stamps{}, map[*plan.Node][]*operator.Stamps{}}
	for _, n := range c.Nodes {
		s.sent[n], s.received[n] = make([]*operator.Stamps, len(n.Outputs)), make([]*operator.Stamps, len(n.Inputs))
		if n.Timed {
			for port := range n.Outputs {
				s.sent[n][port] = &operator.Stamps{}
			}
		}
		for i, in := range n.Inputs {
			for _, e := range in {
				if from, ok := s.sent[e.From]; ok {
					s.received[n][i] = from[e.Port]
				}
			}
			if s.received[n][i] == nil && in.Timed() {
				s.received[n][i] = &operator.Stamps{} // of what comes through the gate
			}
		}
	}
	return s
}

func (s stamps) out(n *plan.Node, port int) *operator.Stamps { return s.sent[n][port] }
