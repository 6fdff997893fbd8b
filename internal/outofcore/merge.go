package outofcore

import (
	"math"

	"github.com/thalweg/thalweg/internal/memory"
)

// merger merges sources with a tree of losers (Knuth, The Art of Computer
// Programming 3, 5.4.1): each inner node has the source that lost there, so that
// the next row of the winner meets one other row on each level. What meets is codes
// of rows, see mergecode.go, and rows only if those are the same.
//
// Of equal rows those of the source with the lower number come first.
type merger[T any] struct {
	order   Order[T]
	share   *memory.Share
	sources []*mergeSource[T]
	nodes   []mergeNode // 0: the winner
	bytes   int64       // reserved for the rows of sources
	keyed   bool        // codes are of keys
	lent    bool        // rows that alias pages are handed out
	taken   bool        // the winner's row was handed out
	streak  int         // rows the winner has given since it last was another
}

// mergeNode is a source and the code of its next row.
type mergeNode struct {
	mergeCode
	source int32
	ended  bool // then the code is the largest
}

// addTable adds the sorted rows of a table as a source.
func (m *merger[T]) addTable(table *sortTable[T]) {
	rows, _ := chunkRows[T](m.share.PageSize())
	table.lent = true
	m.sources = append(m.sources, &mergeSource[T]{
		rows:  make([]T, 0, rows),
		codes: make([]mergeCode, rows),
		keys:  m.newKeys(),
		table: &sortScan[T]{m: table, pos: table.index.head, end: table.index.tail},
	})
}

// begin reads the first rows of all sources.
func (m *merger[T]) begin() error {
	k := len(m.sources)
	m.nodes = make([]mergeNode, max(k, 1))
	winners := make([]mergeNode, 2*k) // of the subtree at each node; the leaves are k and following
	for i := range m.sources {
		n, err := m.head(int32(i))
		if err != nil {
			return err
		}
		winners[k+i] = n
	}
	for i := k - 1; i > 0; i-- {
		a, b := winners[2*i], winners[2*i+1]
		if m.before(&b, &a) {
			a, b = b, a
		}
		winners[i], m.nodes[i] = a, b
	}
	if k > 1 {
		m.nodes[0] = winners[1]
	} else {
		m.nodes[0] = winners[k]
	}
	return nil
}

// head reads rows of a source and returns the node of the first one.
func (m *merger[T]) head(i int32) (mergeNode, error) {
	s := m.sources[i]
	if ok, err := s.fill(&m.order, m.share); !ok {
		return mergeNode{mergeCode{math.MaxUint64, math.MaxUint32}, i, true}, err
	}
	return mergeNode{s.codes[s.pos], i, false}, nil
}

// before reports whether the row of a comes before that of b.
func (m *merger[T]) before(a, b *mergeNode) bool {
	if a.far != b.far {
		return a.far < b.far
	}
	if a.value != b.value {
		return a.value < b.value
	}
	return m.tie(a, b)
}

// tie is before for the same codes. The code of the one that comes later is
// changed to be seen from the other.
func (m *merger[T]) tie(a, b *mergeNode) bool {
	if a.ended || b.ended {
		return b.ended && (!a.ended || a.source < b.source)
	}
	s, t := m.sources[a.source], m.sources[b.source]
	if m.keyed {
		ka, kb := s.keys.at(s.pos), t.keys.at(t.pos)
		code, c := compareKeys(ka, kb, int(^a.far)+1)
		if c == 0 {
			c = int(a.source - b.source)
		}
		if c < 0 {
			b.mergeCode = code
		} else {
			a.mergeCode = code
		}
		return c < 0
	}
	if !m.order.Decides {
		if c := m.order.Compare(&s.rows[s.pos], &t.rows[t.pos]); c != 0 {
			return c < 0
		}
	}
	return a.source < b.source
}

// next sets out to the next rows and returns how many; 0 says that all sources
// have ended. It returns fewer than there is room for rather than reuse a page that
// rows of out alias.
func (m *merger[T]) next(out []T) (n int, err error) {
	w := m.nodes[0]
	for n < len(out) {
		if m.taken {
			s := m.sources[w.source]
			switch {
			case s.pos+1 < s.coded:
				s.pos++
				w.mergeCode = s.codes[s.pos]
			case n > 0 && !m.lent && s.in != nil && s.coded == len(s.rows) && s.block.left == 0:
				m.nodes[0] = w
				return n, nil
			default:
				if w, err = m.head(w.source); err != nil {
					return 0, err
				}
			}
			last := w.source
			if w = m.replay(w); w.source == last {
				m.streak++
			} else {
				m.streak = 0
			}
		}
		if w.ended {
			m.nodes[0], m.taken = w, false
			return n, nil
		}
		s := m.sources[w.source]
		out[n] = s.rows[s.pos]
		n++
		m.taken = true
		if m.streak >= longStreak && !m.keyed {
			n += s.copyBelow(out[n:], m.challenger(w))
			m.streak = 0
		}
	}
	m.nodes[0] = w
	return n, nil
}

// longStreak is how many rows one source has to give in succession so that it is
// worth looking how many more it will give, as in McIlroy, Optimistic Sorting and
// Information Theoretic Complexity, 1993.
const longStreak = 3

// challenger returns the lowest prefix of all sources but the winner.
func (m *merger[T]) challenger(w mergeNode) uint64 {
	lowest := uint64(math.MaxUint64)
	for at := (len(m.sources) + int(w.source)) / 2; at > 0; at /= 2 {
		lowest = min(lowest, m.nodes[at].value)
	}
	return lowest
}

// copyBelow copies rows behind the current one that have lower prefixes than
// another source's, and moves to the last of them.
func (s *mergeSource[T]) copyBelow(out []T, prefix uint64) int {
	from := s.pos + 1
	codes := s.codes[from:s.coded]
	codes = codes[:min(len(codes), len(out))]
	n := 0
	for n < len(codes) && codes[n].value < prefix {
		n++
	}
	copy(out, s.rows[from:from+n])
	s.pos += n
	return n
}

// replay lets a source with a new row meet those it may lose to, and returns the
// winner.
func (m *merger[T]) replay(w mergeNode) mergeNode {
	nodes := m.nodes
	at := (len(m.sources) + int(w.source)) / 2
	if m.keyed {
		for ; at > 0; at /= 2 {
			if n := &nodes[at]; m.before(n, &w) {
				*n, w = w, *n
			}
		}
		return w
	}
	for ; at > 0; at /= 2 {
		if n := &nodes[at]; n.value < w.value || n.value == w.value && m.tie(n, &w) {
			*n, w = w, *n
		}
	}
	return w
}

// close gives back what the sources have; it may be called more than once.
func (m *merger[T]) close() {
	for _, s := range m.sources {
		s.close(m.share)
	}
	m.sources = nil
	m.share.Release(m.bytes)
	m.bytes = 0
}
