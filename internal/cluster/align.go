package cluster

import (
	"maps"
	"slices"

	"github.com/thalweg/thalweg/internal/operator"
)

// alignment is how far a group of splits that keep together has come, process by process.
// The master tells each process the least of all others; what happens within a process
// needs no master.
type alignment struct {
	processes []int // with members, in order
	marks     map[int]operator.AlignMark
	told      map[int]int64 // what each knows of the others
}

// join notes the groups that have members in a process. They hold all others back until
// they say how far they are.
func (m *Master) join(process int, groups []string) {
	for _, name := range groups {
		a := m.aligned[name]
		if a == nil {
			a = &alignment{marks: map[int]operator.AlignMark{}, told: map[int]int64{}}
			m.aligned[name] = a
		}
		a.processes = append(a.processes, process)
		slices.Sort(a.processes)
		a.marks[process] = operator.AlignMark{Group: name, Mark: operator.NoTime}
		a.told[process] = operator.NoTime
	}
}

// align takes note of how far a group has come in a process.
func (m *Master) align(process int, mark operator.AlignMark) []Action {
	a := m.aligned[mark.Group]
	if a == nil || mark.Number <= a.marks[process].Number {
		return nil // overtaken by a newer one
	}
	a.marks[process] = mark
	return m.tell(mark.Group)
}

// tellAll tells all processes of all groups.
func (m *Master) tellAll() (actions []Action) {
	for _, name := range slices.Sorted(maps.Keys(m.aligned)) {
		actions = append(actions, m.tell(name)...)
	}
	return actions
}

// tell tells the processes of a group what is new of the others.
func (m *Master) tell(name string) (actions []Action) {
	a := m.aligned[name]
	for _, process := range a.processes {
		least := int64(operator.EndOfTime)
		for _, other := range a.processes {
			if other != process {
				least = min(least, a.marks[other].Mark)
			}
		}
		if least == a.told[process] || m.workers[process].lost {
			continue
		}
		a.told[process] = least
		actions = append(actions, Action{To: process, Message: Message{
			Kind: Aligned, Attempt: m.attempt, Mark: &operator.AlignMark{Group: name, Mark: least},
		}})
	}
	return actions
}
