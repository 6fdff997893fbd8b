package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

const (
	// stepSize is about how much of a keyed part a task serializes before it looks at its
	// input again; queueSize is how much of that may wait for the storage.
	stepSize  = 64 << 10
	queueSize = 4 << 20
)

// Owned is a part and the operator it belongs to.
type Owned struct {
	Node int
	operator.Part
}

// Writing is a state file that is being written while its task goes on. The task
// serializes, in steps between batches, what belongs to keys; a goroutine of its own writes
// to the storage, and says when that is done.
type Writing struct {
	parts []Owned
	part  int  // the one that Step goes on with
	began bool // that part

	parker host.Parker
	wake   func()

	mu     sync.Mutex
	queue  []queued // guarded by mu
	size   int      // of the queue; guarded by mu
	ended  bool     // nothing will be added; guarded by mu
	broken bool     // nothing more is wanted; guarded by mu
	over   bool     // the goroutine has said how it went; guarded by mu
	cause  error    // why the task has given it up; guarded by mu
}

type queued struct {
	part, group int
	bytes       []byte
}

// Begin begins a state file. syncs are called, by another goroutine, before it is complete. wake is called when Step may go on; then, once, done,
// by that goroutine, which the group waits for.
func Begin(h host.Host, group *host.Group, s Storage, name string, parts []Owned, syncs []func() error, wake func(), done func(File, error)) *Writing {
	w := &Writing{parts: parts, parker: h.NewParker(), wake: wake}
	var contents index
	for _, p := range parts {
		entry := indexPart{Node: p.Node, Name: p.Name, Share: p.Share, Rows: len(p.Rows)}
		if p.Schema != nil {
			entry.Schema, _ = json.Marshal(p.Schema) // of a compiled type: it can be stored
		}
		contents.Parts = append(contents.Parts, entry)
	}
	group.Go(func() {
		f, err := w.run(s, name, contents, syncs)
		f.Name = name
		done(f, err)
		w.mu.Lock()
		w.over = true
		w.mu.Unlock()
		w.wake()
	})
	return w
}

// run is the goroutine that writes.
func (w *Writing) run(s Storage, name string, contents index, syncs []func() error) (f File, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("checkpoint: writing the file %s to %s: %w", name, s, err)
			w.mu.Lock()
			w.broken, w.queue, w.size = true, nil, 0
			w.mu.Unlock()
		}
	}()
	out, err := s.Create(name)
	if err != nil {
		return f, err
	}
	defer out.Abort()
	file := newFileWriter(out)
	file.index = contents
	for {
		pieces, ended, cause := w.take()
		if cause != nil {
			return f, cause
		}
		for _, p := range pieces {
			file.add(p.part, p.group, p.bytes)
		}
		switch {
		case file.err != nil:
			return f, file.err
		case len(pieces) > 0:
			continue
		case ended:
			for _, sync := range syncs {
				if err := sync(); err != nil {
					return f, err
				}
			}
			if f, err = file.finish(); err != nil {
				return f, err
			}
			return f, out.Commit()
		}
		w.parker.Park(time.Time{})
	}
}

// take returns what is to be written.
func (w *Writing) take() (pieces []queued, ended bool, cause error) {
	w.mu.Lock()
	full := w.size >= queueSize
	pieces, w.queue, w.size = w.queue, nil, 0
	ended, cause = w.ended, w.cause
	w.mu.Unlock()
	if full {
		w.wake()
	}
	return pieces, ended, cause
}

// Step goes on, on the task's goroutine. It returns whether it has done anything, and
// whether there is something left for it to do.
func (w *Writing) Step() (worked, more bool, err error) {
	for done := 0; done < stepSize; worked = true {
		if w.part == len(w.parts) {
			w.end()
			return worked, false, nil
		}
		w.mu.Lock()
		full, broken := w.size >= queueSize, w.broken
		w.mu.Unlock()
		switch {
		case broken:
			w.closeKeys()
			w.part = len(w.parts)
			continue
		case full:
			return worked, true, nil
		}
		n, err := w.next()
		if err != nil {
			w.Abandon(err)
			return true, false, err
		}
		done += n
	}
	return true, true, nil
}

// next serializes the next piece, and returns its size.
func (w *Writing) next() (size int, err error) {
	p := &w.parts[w.part]
	if p.Keys == nil {
		b := rowsPiece(p.Rows)
		w.put(queued{w.part, -1, b})
		w.part++
		return len(b), nil
	}
	var b bytes.Buffer
	more, err := p.Keys.Next(&b)
	if err != nil {
		return 0, err
	}
	group := -1
	if w.began && more {
		n, _ := binary.Uvarint(b.Bytes())
		group = int(n) - 1
	}
	w.began = more
	w.put(queued{w.part, group, b.Bytes()})
	if !more {
		p.Keys.Close()
		p.Keys = nil
		w.part++
	}
	return b.Len(), nil
}

func (w *Writing) put(q queued) {
	w.mu.Lock()
	if !w.broken {
		w.queue, w.size = append(w.queue, q), w.size+len(q.bytes)
	}
	w.mu.Unlock()
	w.parker.Unpark()
}

// end says that everything has been serialized.
func (w *Writing) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.parker.Unpark()
}

// Over reports whether done has been called.
func (w *Writing) Over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over
}

// Abandon gives the file up, unless it is complete already.
func (w *Writing) Abandon(cause error) {
	w.closeKeys()
	w.part = len(w.parts)
	w.mu.Lock()
	if w.cause == nil {
		w.cause = cause
	}
	w.mu.Unlock()
	w.parker.Unpark()
}

func (w *Writing) closeKeys() {
	for i := range w.parts {
		if k := w.parts[i].Keys; k != nil {
			k.Close()
			w.parts[i].Keys = nil
		}
	}
}
