package step

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// paneRow is what a key has in a pane, as it is stored.
type paneRow[K, V any] struct {
	Subtask int64 // that has stored it
	Start   int64
	Key     K
	Value   V
}

// paneMoment is how far the panes of a subtask had come when they were stored.
type paneMoment struct {
	Subtask int64
	Open    bool  // there were panes
	Fired   int64 // see panes
	Now     int64 // of windows of the clock: its latest time
	Border  int64 // see slides
	Full    int64
}

// keptPane is a paneState whose keys can be stored and put back. put is given no more keys
// at a time than records of a batch, none of them twice, and takes the values as they are.
type keptPane[K, V any] interface {
	each(f func(key *K, value *V))
	put(keys []K, values []V) error
}

// paneKeeper stores panes and puts them back. It knows the type of their keys, which panes
// do not.
type paneKeeper[T, R any] interface {
	store(name string, p *panes[T, R], now int64) ([]operator.Part, error)
	restore(name string, p *panes[T, R], from operator.State) (now int64, err error)
}

// keeper is the paneKeeper of panes with values V of keys K.
type keeper[T, K, V, R any] struct {
	ctx  *operator.Context
	keys *types.Type[K]
	size int // of what put is given
}

// owed is what windows have to say that fired while they were restored: it is sent as soon
// as the operator may send.
type owed[R any] struct {
	stamps operator.Stamps
	rows   []window.Result[R]
	times  []int64
}

// Collect implements operator.Collector.
func (o *owed[R]) Collect(rows []window.Result[R]) error {
	o.rows, o.times = append(o.rows, rows...), append(o.times, o.stamps.Times[:len(rows)]...)
	return nil
}

// pay sends what is owed.
func (p *panes[T, R]) pay(out *emitter[window.Result[R]]) error {
	o := p.owed
	p.owed = nil
	for i := range o.rows {
		out.now = o.times[i]
		if err := out.add(o.rows[i]); err != nil {
			return err
		}
	}
	return out.flush()
}

func (k *keeper[T, K, V, R]) store(name string, p *panes[T, R], now int64) ([]operator.Part, error) {
	rows, err := keyedRows[paneRow[K, V]]()
	if err != nil {
		return nil, err
	}
	m := paneMoment{Subtask: int64(k.ctx.Subtask()), Open: len(p.open) > 0, Fired: p.fired, Now: now}
	if p.slider != nil {
		m.Border, m.Full = p.slider.sides()
	}
	row := paneRow[K, V]{Subtask: m.Subtask}
	for _, o := range p.open {
		row.Start = o.start
		o.state.(keptPane[K, V]).each(func(key *K, value *V) {
			row.Key, row.Value = *key, *value
			rows.Add(k.keys.Hash(key), &row)
		})
	}
	moment, err := rowsPart(name+" time", operator.Union, m)
	return []operator.Part{keyedPart(name, rows), moment}, err
}

// restore implements paneKeeper. Subtasks that were told event time alike have fired the
// same windows. By the clock some may have been ahead of others: those behind catch up
// then, before the panes of all come together.
func (k *keeper[T, K, V, R]) restore(name string, p *panes[T, R], from operator.State) (now int64, err error) {
	all, err := restoreRows[paneMoment](from, name+" time")
	if err != nil {
		return 0, err
	}
	now = math.MinInt64
	moments := map[int64]paneMoment{}
	var fired []int64
	for _, m := range all {
		now = max(now, m.Now)
		moments[m.Subtask] = m
		if m.Open {
			fired = append(fired, m.Fired)
		}
	}
	slices.Sort(fired)
	level := len(slices.Compact(fired)) <= 1
	r := &paneRestorer[T, K, V, R]{panes: p, size: k.size}
	var apart []paneRow[K, V]
	border, full := int64(math.MinInt64), int64(math.MinInt64)
	err = restoreKeyed(k.ctx, from, name, func(row *paneRow[K, V]) error {
		m, ok := moments[row.Subtask]
		if !ok || row.Start != p.assigner.PaneStart(row.Start) || p.assigner.LastEnd(row.Start) <= m.Fired {
			return fmt.Errorf("there is no pane that begins at %d in the windows %s", row.Start, p.assigner)
		}
		border, full = max(border, m.Border), max(full, m.Full)
		if level {
			p.fired = m.Fired
			return r.add(row)
		}
		apart = append(apart, *row)
		return nil
	})
	if err == nil {
		err = r.flush()
	}
	if err != nil {
		return 0, err
	}
	slices.SortStableFunc(apart, func(a, b paneRow[K, V]) int { return cmp.Compare(moments[a.Subtask].Fired, moments[b.Subtask].Fired) })
	behind := len(apart) > 0 && moments[apart[0].Subtask].Fired != moments[apart[len(apart)-1].Subtask].Fired
	for i := range apart {
		if to := moments[apart[i].Subtask].Fired; i == 0 || to != p.fired {
			if err := r.flush(); err != nil {
				return 0, err
			}
			if err := p.catchUp(to); err != nil {
				return 0, err
			}
		}
		if err := r.add(&apart[i]); err != nil {
			return 0, err
		}
	}
	if err := r.flush(); err != nil {
		return 0, err
	}
	if p.slider != nil && !behind {
		p.slider.arrange(border, full)
	}
	return now, nil
}

// catchUp fires the windows that end by a time, at which others have. What they have to say
// is owed.
func (p *panes[T, R]) catchUp(to int64) error {
	if p.owed == nil {
		p.owed = &owed[R]{}
	}
	out := stampedEmitter(p.owed, &p.owed.stamps)
	for {
		end, ok := p.nextEnd()
		if !ok || end > to {
			p.fired = to
			return nil
		}
		out.now = end - 1
		if err := p.fire(end, out); err != nil {
			return err
		}
	}
}

// paneRestorer puts rows into their panes, many at a time.
type paneRestorer[T, K, V, R any] struct {
	panes  *panes[T, R]
	size   int
	start  int64
	keys   []K
	values []V
}

func (r *paneRestorer[T, K, V, R]) add(row *paneRow[K, V]) error {
	if len(r.keys) == r.size || row.Start != r.start {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.start = row.Start
	r.keys, r.values = append(r.keys, row.Key), append(r.values, row.Value)
	return nil
}

func (r *paneRestorer[T, K, V, R]) flush() (err error) {
	if len(r.keys) > 0 {
		err = r.panes.find(r.start).(keptPane[K, V]).put(r.keys, r.values)
	}
	clear(r.keys)
	clear(r.values)
	r.keys, r.values = r.keys[:0], r.values[:0]
	return err
}
