package checkpoint

// Alignment is how the barriers of a checkpoint meet in a task. Channels are held back
// from their barrier on until all that have not ended have brought theirs; a task without
// channels has none of it. It is a value that the task steps.
//
// Invariants:
//
//  1. Between the barriers of one checkpoint the task takes no record that came behind
//     one of them, unless it is to take records at least once.
//  2. The numbers of checkpoints go up. The barrier of a newer one ends the wait for an
//     older one, which will not be complete; that of an older one is passed over.
//  3. A channel that has ended is behind all barriers.
type Alignment struct {
	loose   bool // nothing is held back
	id      int64
	waiting bool // for barriers of id
	done    int64
	arrived []bool
	ended   []bool
	missing int
}

// NewAlignment returns the alignment of so many channels. loose is that records may be in
// a checkpoint and come again after it was restored: at least once.
func NewAlignment(channels int, loose bool) Alignment {
	return Alignment{loose: loose, arrived: make([]bool, channels), ended: make([]bool, channels)}
}

// Held is what is to be done with channels.
type Held struct {
	Block   []int // hold these back
	Unblock []int // and these no longer
	Aligned int64 // take a snapshot for this checkpoint; 0: none
}

// Ignore takes a channel out of account: it carries no barriers that count.
func (a *Alignment) Ignore(channel int) { a.ended[channel] = true }

// Barrier takes the barrier of a checkpoint that has come on a channel.
func (a *Alignment) Barrier(channel int, id int64) (h Held) {
	switch {
	case a.ended[channel], id <= a.done, a.waiting && id < a.id:
		return h
	case !a.waiting || id > a.id:
		h.Unblock = a.release()
		a.begin(id)
	case a.arrived[channel]:
		return h
	}
	a.arrived[channel] = true
	a.missing--
	if !a.loose {
		h.Block = append(h.Block, channel)
	}
	return a.complete(h)
}

// End notes that a channel has ended.
func (a *Alignment) End(channel int) (h Held) {
	if a.ended[channel] {
		return h
	}
	a.ended[channel] = true
	if a.waiting && !a.arrived[channel] {
		a.missing--
	}
	return a.complete(h)
}

// Waiting returns the checkpoint whose barriers have come on some channels.
func (a *Alignment) Waiting() (id int64, ok bool) { return a.id, a.waiting }

func (a *Alignment) begin(id int64) {
	a.id, a.waiting, a.missing = id, true, 0
	for i := range a.arrived {
		a.arrived[i] = false
		if !a.ended[i] {
			a.missing++
		}
	}
}

// release returns the channels that are held back, which are so no more.
func (a *Alignment) release() (held []int) {
	if a.loose || !a.waiting {
		return nil
	}
	for i, arrived := range a.arrived {
		if arrived {
			held = append(held, i)
		}
	}
	return held
}

// complete ends the wait if nothing is missing.
func (a *Alignment) complete(h Held) Held {
	if !a.waiting || a.missing > 0 {
		return h
	}
	h.Block = nil
	h.Unblock = append(h.Unblock, a.release()...)
	h.Aligned = a.id
	a.waiting, a.done = false, a.id
	return h
}
