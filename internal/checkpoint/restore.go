package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Restored is a checkpoint that operators are restored from. Any goroutine may use it.
type Restored struct {
	storage Storage
	nodes   map[int][]taskNode
	reading map[int]int
}

// taskNode is an operator in a task of the checkpoint.
type taskNode struct {
	file  *File
	mark  int64
	ended bool
}

// NewRestored returns the checkpoint of a manifest.
func NewRestored(s Storage, m *Manifest) *Restored {
	r := &Restored{storage: s, nodes: map[int][]taskNode{}, reading: m.Reading}
	for _, t := range m.Tasks { // in the order of subtasks, within a chain
		for _, n := range t.Nodes {
			r.nodes[n.Node] = append(r.nodes[n.Node], taskNode{t.File, n.Mark, t.Ended})
		}
	}
	return r
}

// Together returns how many splits of a source each of its subtasks is to read side by side
// at least: those that were being read go on all at once, as some may have no end.
func (r *Restored) Together(node, parallelism int) int {
	return (r.reading[node] + parallelism - 1) / parallelism
}

// Mark returns how far event time had come at the input of an operator in all subtasks.
func (r *Restored) Mark(node int) int64 {
	least := int64(operator.EndOfTime)
	for _, t := range r.nodes[node] {
		least = min(least, t.mark)
	}
	if len(r.nodes[node]) == 0 {
		return operator.NoTime
	}
	return least
}

// Ended reports whether an operator has nothing more to do in a subtask: it had ended in
// that one, or, if there were others then, in all of them.
func (r *Restored) Ended(node, subtask, parallelism int) bool {
	all := r.nodes[node]
	if len(all) == parallelism {
		return all[subtask].ended
	}
	for _, t := range all {
		if !t.ended {
			return false
		}
	}
	return len(all) > 0
}

// State returns what there is for an operator in one of its subtasks, which may be
// others than they were.
func (r *Restored) State(node, subtask, parallelism int) operator.State {
	return &state{r, node, subtask, parallelism}
}

type state struct {
	from                       *Restored
	node, subtask, parallelism int
}

// each calls f with the part in each old subtask that has it.
func (s *state) each(part string, f func(*fileReader, *indexPart) error) error {
	for _, t := range s.from.nodes[s.node] {
		if t.file == nil {
			continue
		}
		if err := s.inFile(*t.file, part, f); err != nil {
			return err
		}
	}
	return nil
}

// errEnough ends each.
var errEnough = errors.New("enough")

func (s *state) inFile(file File, part string, f func(*fileReader, *indexPart) error) (err error) {
	r, err := openFile(s.from.storage, file)
	if err != nil {
		return err
	}
	defer func() {
		if closing := r.close(); err == nil {
			err = closing
		}
	}()
	for i := range r.index.Parts {
		if p := &r.index.Parts[i]; p.Node == s.node && p.Name == part {
			return f(r, p)
		}
	}
	return nil
}

// Keys implements operator.State.
func (s *state) Keys(part string, f func(io.Reader) error) error {
	owned := keygroup.Owned(s.subtask, s.parallelism)
	return s.each(part, func(r *fileReader, p *indexPart) error {
		if p.Share != operator.Keyed {
			return fmt.Errorf("checkpoint: the part %q in %s is not keyed", part, r.name)
		}
		k := &keyReader{file: r, some: false}
		for _, piece := range p.Pieces {
			if piece.Group < 0 || owned.Has(piece.Group) {
				k.left = append(k.left, piece)
				k.some = k.some || piece.Group >= 0
			}
		}
		if !k.some {
			return nil
		}
		return k.orElse(f(k))
	})
}

// keyReader reads the pieces of a keyed part that a subtask needs.
type keyReader struct {
	file *fileReader
	left []piece
	some bool
	now  bytes.Reader
	err  error // that Read has returned
}

func (k *keyReader) Read(p []byte) (int, error) {
	for k.now.Len() == 0 {
		if k.err != nil {
			return 0, k.err
		}
		if len(k.left) == 0 {
			return 0, io.EOF
		}
		b, err := k.file.read(k.left[0])
		if err != nil {
			k.err = err
			return 0, err
		}
		k.left = k.left[1:]
		k.now.Reset(b)
	}
	return k.now.Read(p)
}

// orElse returns why reading has failed, if it has, else err with the name of the file.
func (k *keyReader) orElse(err error) error {
	if k.err != nil {
		return k.err
	}
	if err != nil {
		return fmt.Errorf("checkpoint: the file %s: %w", k.file.name, err)
	}
	return nil
}

// Rows implements operator.State.
func (s *state) Rows(part string, schema *types.Schema, f func([]byte) error) error {
	number := 0
	err := s.each(part, func(r *fileReader, p *indexPart) error {
		if p.Share == operator.Keyed {
			return fmt.Errorf("checkpoint: the part %q in %s is keyed", part, r.name)
		}
		if err := operator.SameSchema(fmt.Sprintf("the part %q", part), p.Schema, schema); err != nil {
			return fmt.Errorf("checkpoint: the file %s: %w", r.name, err)
		}
		err := r.rows(p, func(row []byte) error {
			number++
			if p.Share == operator.Dealt && (number-1)%s.parallelism != s.subtask {
				return nil
			}
			return f(row)
		})
		if err == nil && p.Share == operator.Alike {
			err = errEnough
		}
		return err
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
