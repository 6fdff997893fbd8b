package cluster

import "github.com/thalweg/thalweg/connect"

// turns keeps the order of splits that are read in turns, see [connect.Then]: those of a
// later turn are handed out when all of the ones before have been read.
//
// Invariant: who asks and is to wait is in asking as long as splits are unread.
type turns struct {
	later  map[int]int // by node: the turns behind that of the splits that were handed out last
	unread map[int]int // by node: such splits that have not been read
	asking map[int][]asking
}

type asking struct{ process, subtask int }

func newTurns() turns {
	return turns{later: map[int]int{}, unread: map[int]int{}, asking: map[int][]asking{}}
}

// waits reports whether a split cannot be handed out yet.
func (t *turns) waits(node int, s connect.Split) bool {
	return t.unread[node] > 0 && s.Later < t.later[node]
}

// handOut notes that a split is being read.
func (t *turns) handOut(node int, s connect.Split) {
	if t.later[node] = s.Later; s.Later > 0 {
		t.unread[node]++
	}
}

// read notes that a split has been read, and returns who has waited for it.
func (t *turns) read(node int) (all []asking) {
	if t.unread[node]--; t.unread[node] == 0 {
		all = t.asking[node]
		delete(t.asking, node)
	}
	return all
}

// again forgets what was read of nodes that read everything again. Nobody asks any more.
func (t *turns) again(nodes []int) {
	for _, node := range nodes {
		delete(t.later, node)
		delete(t.unread, node)
	}
	clear(t.asking)
}
