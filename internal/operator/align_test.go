package operator

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestWhoIsAheadWaitsAndTheLastOneNever steps random members of a group in several
// processes, with a master that is slow to pass on what they say, until all have ended.
func TestWhoIsAheadWaitsAndTheLastOneNever(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		const drift = 100
		processes := 1 + r.IntN(3)
		type said struct {
			process int
			mark    AlignMark
		}
		var (
			queue []said
			all   []*Alignments
			marks = make([]AlignMark, processes)
		)
		type member struct {
			*AlignMember
			mark    int64
			steps   int
			stopped bool
		}
		var members []*member
		for p := range processes {
			var say func(AlignMark)
			if processes > 1 {
				say = func(m AlignMark) { queue = append(queue, said{p, m}) }
			}
			marks[p].Mark = NoTime
			all = append(all, NewAlignments(say))
			for range 1 + r.IntN(3) {
				m := &member{steps: 1 + r.IntN(40)}
				m.AlignMember = all[p].Join("g", drift, func() { m.stopped = false })
				m.mark = NoTime
				members = append(members, m)
			}
		}
		least := func() int64 {
			least := int64(EndOfTime)
			for _, m := range members {
				if m.steps > 0 {
					least = min(least, m.mark)
				}
			}
			return least
		}
		pass := func(i int) { // the master passes on what one process has said
			s := queue[i]
			queue = append(queue[:i], queue[i+1:]...)
			if s.mark.Number < marks[s.process].Number {
				return
			}
			marks[s.process] = s.mark
			for p := range processes {
				others := int64(EndOfTime)
				for q := range processes {
					if q != p {
						others = min(others, marks[q].Mark)
					}
				}
				all[p].Others(AlignMark{Group: "g", Mark: others})
			}
		}
		for idle := 0; least() != EndOfTime; {
			m := members[r.IntN(len(members))]
			switch {
			case len(queue) > 0 && r.IntN(3) == 0:
				pass(r.IntN(len(queue)))
			case m.steps == 0 || m.stopped:
				if idle++; idle > 1000 { // what a process does at intervals
					for _, a := range all {
						a.Tell()
					}
					if idle > 1100 {
						t.Fatalf("nobody goes on: the least is %d", least())
					}
				}
			case m.Ahead(m.mark):
				m.stopped = true
			default:
				idle = 0
				if true := least(); m.mark != NoTime && (true == NoTime || m.mark > true+drift) {
					t.Fatalf("a member at %d goes on, and the least is %d", m.mark, true)
				}
				m.mark = max(m.mark, 0) + r.Int64N(150)
				if m.steps--; m.steps == 0 {
					m.Say(EndOfTime)
				} else {
					m.Say(m.mark)
				}
			}
		}
	}
}

func TestAMemberThatSaysTheSameAgainTellsNobody(t *testing.T) {
	var said []AlignMark
	a := NewAlignments(func(m AlignMark) { said = append(said, m) })
	m := a.Join("g", 100*time.Nanosecond, func() {})
	for _, mark := range []int64{NoTime, 1000, 1000, 1010, 1025, 1024} {
		m.Say(mark)
	}
	want := []AlignMark{{"g", 1000, 1}, {"g", 1025, 2}, {"g", 1024, 3}}
	if len(said) != len(want) {
		t.Fatalf("it has told %v, want %v", said, want)
	}
	for i := range want {
		if said[i] != want[i] {
			t.Errorf("it has told %v, want %v", said[i], want[i])
		}
	}
	m.Say(1030)
	a.Tell()
	a.Tell()
	if len(said) != 4 || said[3].Mark != 1030 {
		t.Errorf("at intervals it tells %v", said[3:])
	}
}
