package operator

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Alignments are the groups of splits whose watermarks are kept together, as one
// process sees them. Each subtask that reads such splits is a member of a group and says
// how far the one has come that has come the least far; of the other processes the
// master says it. Who is ahead of the least by more than it may be reads nothing.
//
// Invariants:
//
//  1. The least of a group is never more than it is in this process, and never goes
//     beyond what the other processes have said.
//  2. Who has come the least far is never held back for long: its own mark is part of
//     the least at once, and whatever others say grows as they go on.
//  3. A member that waits is woken when the least has changed.
//
// Methods are for any goroutine.
type Alignments struct {
	say func(AlignMark) // tells the master; not called under mu

	mu     sync.Mutex
	groups map[string]*alignGroup // guarded by mu
}

// AlignMark is how far the members of a group have come in a process: the least
// watermark of the splits they read and that are not idle. EndOfTime: there is none.
//
// Goroutines may overtake each other when they say it: of two marks of one group and
// process that with the greater number is the newer one.
type AlignMark struct {
	Group  string `json:"group"`
	Mark   int64  `json:"mark"`
	Number int64  `json:"number,omitempty"`
}

// NewAlignments returns no groups. What say is told is for the other processes; it may
// be nil if there are none.
func NewAlignments(say func(AlignMark)) *Alignments {
	return &Alignments{say: say, groups: map[string]*alignGroup{}}
}

type alignGroup struct {
	owner   *Alignments
	name    string
	members []*AlignMember
	others  int64 // the least of other processes
	here    int64 // the least of this one
	said    int64 // what the others know of it
	number  int64 // how often they were told
	drift   int64 // the least of all members'

	least atomic.Int64
}

// AlignMember is a subtask in its group.
type AlignMember struct {
	group   *alignGroup
	drift   int64
	wake    func()
	mark    int64 // guarded by the owner's mu
	waiting atomic.Bool
}

// Join makes a subtask a member of a group. Until it says otherwise it holds all others
// back. wake makes its task look for work again.
func (a *Alignments) Join(group string, drift time.Duration, wake func()) *AlignMember {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.groups[group]
	if g == nil {
		g = &alignGroup{owner: a, name: group, others: NoTime, here: NoTime, said: NoTime, drift: int64(drift)}
		if a.say == nil {
			g.others = EndOfTime
		}
		g.least.Store(NoTime)
		a.groups[group] = g
	}
	g.drift = min(g.drift, int64(drift))
	m := &AlignMember{group: g, drift: int64(drift), wake: wake, mark: NoTime}
	g.members = append(g.members, m)
	return m
}

// Groups returns the names of the groups with members here, in order.
func (a *Alignments) Groups() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for name := range a.groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Others says how far the members of a group in other processes have come.
func (a *Alignments) Others(m AlignMark) {
	a.mu.Lock()
	var wake []*AlignMember
	if g := a.groups[m.Group]; g != nil {
		g.others = m.Mark
		wake = g.renew()
	}
	a.mu.Unlock()
	wakeAll(wake)
}

// Tell says everything that the master has not been told yet: a member that goes on
// slowly does not say each step.
func (a *Alignments) Tell() {
	if a.say == nil {
		return
	}
	var all []AlignMark
	a.mu.Lock()
	for _, g := range a.groups {
		if g.said != g.here {
			all = append(all, g.tell())
		}
	}
	a.mu.Unlock()
	slices.SortFunc(all, func(x, y AlignMark) int { return cmp.Compare(x.Group, y.Group) })
	for _, m := range all {
		a.say(m)
	}
}

// tell returns what the master is to be told. The caller holds mu.
func (g *alignGroup) tell() AlignMark {
	g.said = g.here
	g.number++
	return AlignMark{g.name, g.here, g.number}
}

// renew computes the least, and returns who waits for it to change. The caller holds mu.
func (g *alignGroup) renew() (wake []*AlignMember) {
	g.here = EndOfTime
	for _, m := range g.members {
		g.here = min(g.here, m.mark)
	}
	if least := min(g.here, g.others); least != g.least.Swap(least) {
		for _, m := range g.members {
			if m.waiting.Swap(false) {
				wake = append(wake, m)
			}
		}
	}
	return wake
}

// news reports whether the other processes should know at once how far this one has
// come: a quarter of the drift on, or back, or if nobody here holds anybody back. The
// caller holds mu.
func (g *alignGroup) news() bool {
	switch {
	case g.said == g.here:
		return false
	case g.here < g.said, g.here == EndOfTime, g.said == NoTime:
		return true
	}
	return g.here-g.said >= max(g.drift/4, 1) || g.here-g.said < 0
}

// Say tells how far the member has come; EndOfTime: it holds nobody back.
func (m *AlignMember) Say(mark int64) {
	a, g := m.group.owner, m.group
	a.mu.Lock()
	if m.mark == mark {
		a.mu.Unlock()
		return
	}
	m.mark = mark
	wake := g.renew()
	var told AlignMark
	news := a.say != nil && g.news()
	if news {
		told = g.tell()
	}
	a.mu.Unlock()
	wakeAll(wake)
	if news {
		a.say(told)
	}
}

func wakeAll(all []*AlignMember) {
	for _, m := range all {
		m.wake()
	}
}

// Least returns how far the group has come.
func (m *AlignMember) Least() int64 { return m.group.least.Load() }

// Ahead reports whether a split that has come to mark is to wait for the others. If so,
// the member is woken when that may have changed.
func (m *AlignMember) Ahead(mark int64) bool {
	if !m.ahead(mark) {
		return false
	}
	m.waiting.Store(true)
	return m.ahead(mark) // the least may have changed before anybody could see who waits
}

func (m *AlignMember) ahead(mark int64) bool {
	least := m.Least()
	if mark == NoTime || least == EndOfTime {
		return false
	}
	limit := least + m.drift
	return least == NoTime || limit >= least && mark > limit
}
