package connect

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Then returns a source that reads another one, history, to its end and then goes on with
// what next returns, from the place where the history ends. That place is computed by end
// from the splits of the history, when they are listed: they are all of it, so that no
// record between both is missing and none comes twice, if end and next agree with them.
// It travels to the readers as JSON.
//
// No subtask begins to read what follows before all have read the history. Until then no
// split is idle, and event time stands still, unless their strategy says OrderedSplits.
//
// next is also called with the zero P, while the program is built, to learn whether what
// follows has an end. The history must have one. It can be made by Then itself.
func Then[T, P any](history Source[T], end func(history []Split) (P, error), next func(P) Source[T]) Source[T] {
	t := then[T, P]{history: history, end: end, next: next}
	if history != nil && end != nil && next != nil {
		var zero P
		t.follows = next(zero)
	}
	return t
}

type then[T, P any] struct {
	history Source[T]
	end     func([]Split) (P, error)
	next    func(P) Source[T]
	follows Source[T] // for the zero P; nil if something is missing
}

// follower is what is in the data of a split that follows.
type follower[P any] struct {
	From P      `json:"from"`
	Data []byte `json:"data,omitempty"` // of the split itself
}

// Err implements Checked.
func (t then[T, P]) Err() error {
	if t.follows == nil {
		return errors.New("connect: Then needs a source, a function that says where it ends, and one that says what follows")
	}
	if !t.history.Bounded() {
		return fmt.Errorf("connect: nothing follows %s, which has no end", t.history)
	}
	for _, s := range []Source[T]{t.history, t.follows} {
		if c, ok := s.(Checked); ok {
			if err := c.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t then[T, P]) String() string {
	if t.follows == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s, then %s", t.history, t.follows)
}

func (t then[T, P]) Bounded() bool { return t.follows == nil || t.follows.Bounded() }

// Repeatable implements [Repeatable]: it is if both are.
func (t then[T, P]) Repeatable() bool {
	for _, s := range []Source[T]{t.history, t.follows} {
		if r, ok := s.(Repeatable); !ok || !r.Repeatable() {
			return false
		}
	}
	return true
}

// MaxParallelism implements Limited.
func (t then[T, P]) MaxParallelism() int {
	most := 0
	for _, s := range []Source[T]{t.history, t.follows} {
		l, ok := s.(Limited)
		if !ok || l.MaxParallelism() == 0 {
			return 0
		}
		most = max(most, l.MaxParallelism())
	}
	return most
}

// Together implements Interleaved.
func (t then[T, P]) Together(subtasks int) int {
	most := 1
	for _, s := range []Source[T]{t.history, t.follows} {
		if i, ok := s.(Interleaved); ok {
			most = max(most, i.Together(subtasks))
		}
	}
	return most
}

// Splits lists those of the history, and then those that follow.
func (t then[T, P]) Splits(c SplitContext) ([]Split, error) {
	history, err := t.history.Splits(c)
	if err != nil {
		return nil, err
	}
	from, err := t.end(history)
	if err != nil {
		return nil, fmt.Errorf("where %s ends: %w", t.history, err)
	}
	follow, err := t.next(from).Splits(c)
	if err != nil {
		return nil, err
	}
	all := make([]Split, 0, len(history)+len(follow))
	for _, s := range history {
		s.Later++
		all = append(all, s)
	}
	for _, s := range follow {
		if s.Data, err = json.Marshal(follower[P]{from, s.Data}); err != nil {
			return nil, fmt.Errorf("where %s ends: %w", t.history, err)
		}
		s.ID = "then " + s.ID
		all = append(all, s)
	}
	return all, nil
}

// Open opens a split of one of both.
func (t then[T, P]) Open(c ReaderContext, s Split) (Reader[T], error) {
	if s.Later > 0 {
		s.Later--
		return t.history.Open(c, s)
	}
	var f follower[P]
	if err := json.Unmarshal(s.Data, &f); err != nil {
		return nil, fmt.Errorf("where %s ends: %w", t.history, err)
	}
	s.ID, s.Data = s.ID[len("then "):], f.Data
	return t.next(f.From).Open(c, s)
}
