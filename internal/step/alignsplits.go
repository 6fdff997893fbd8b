package step

import (
	"time"

	"github.com/thalweg/thalweg/internal/operator"
)

// align tells the group how far the split has come that has come the least far. Splits
// that are idle count as little as for the watermark; one of which no record has come
// holds all others back.
func (m *splitMarks) align() {
	if m.group == nil {
		return
	}
	least := int64(operator.EndOfTime)
	for i := range m.splits {
		if !m.splits[i].idle {
			least = min(least, m.splits[i].time)
		}
	}
	m.group.Say(least)
}

// leave has the group wait for this subtask no longer.
func (m *splitMarks) leave() {
	if m.group != nil {
		m.group.Say(operator.EndOfTime)
	}
}

// hold reports whether a split is to wait for others of its group, and keeps count of how
// long it does: in that time nobody wants to hear of it.
func (m *splitMarks) hold(number int) bool {
	if m.group == nil {
		return false
	}
	for i := range m.splits {
		s := &m.splits[i]
		if s.number != number {
			continue
		}
		switch held := m.group.Ahead(s.time); {
		case held && !s.held:
			s.held, s.heldSince, s.heldHalted = true, m.now(), m.halted()
		case !held && s.held:
			s.held = false
			s.waited += m.now().Sub(s.heldSince) - time.Duration(m.halted()-s.heldHalted)
		}
		return s.held
	}
	return false
}
