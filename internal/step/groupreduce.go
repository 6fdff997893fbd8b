package step

import "github.com/thalweg/thalweg/types"

// reductions holds one reduced record for each key.
type reductions[T, K any] struct {
	rows   *types.Type[T]
	arena  *types.Arena // what first records refer to is copied there; nil: it is shared
	groups *groups[K]
	values []T // by group

	refuse refusal[T] // of a record that the function panics with; nil: it fails the job
}

func newReductions[T any, K comparable](key *types.Type[K], rows *types.Type[T], arena *types.Arena) *reductions[T, K] {
	r := &reductions[T, K]{rows: rows, arena: arena, groups: newGroups(key, arena)}
	r.groups.keep(sizeOf[T](), func(n int) { r.values = withCapacity(r.values, n) })
	return r
}

// update reduces a batch of records whose groups are in index, new ones numbered
// from next. A group's first record is detached from its source; what f returns
// is kept as it is. If each is not nil, each[i] gets the group's value after
// record i.
func (r *reductions[T, K]) update(g *guard, f func(a, b T) T, index []int32, next int, rows, each []T) {
	r.values = lengthen(r.values, len(r.groups.keys))
	if r.refuse == nil {
		r.updateFrom(0, g, f, index, &next, rows, each)
		return
	}
	for at := 0; at < len(rows); {
		at = r.updateHeld(at, g, f, index, &next, rows, each)
	}
}

// updateHeld is updateFrom up to where a record was refused. The group's value is what it
// was before, as it is the function's result that becomes the value; what the function
// did to what its argument refers to stays. It returns the place of the next record.
func (r *reductions[T, K]) updateHeld(at int, g *guard, f func(a, b T) T, index []int32, next *int, rows, each []T) (end int) {
	defer func() {
		if caught := recover(); caught != nil {
			r.refuse(g, caught, &rows[g.at], func() string { return keyText(&r.groups.keys[index[g.at]]) })
			end = g.at + 1
		}
	}()
	r.updateFrom(at, g, f, index, next, rows, each)
	return len(rows)
}

// updateFrom is update from a record on. next is the group that would be new.
func (r *reductions[T, K]) updateFrom(at int, g *guard, f func(a, b T) T, index []int32, fresh *int, rows, each []T) {
	values, next := r.values, *fresh
	defer func() { *fresh = next }()
	for i := at; i < len(rows); i++ {
		g.at = i
		group := int(index[i])
		if group == next {
			values[group] = rows[i]
			if r.arena != nil {
				r.rows.Detach(&values[group], r.arena)
			}
			next++
		} else {
			values[group] = f(values[group], rows[i])
		}
		if each != nil {
			each[i] = values[group]
		}
	}
}

// putReductions puts back keys and their records.
func putReductions[S, T, K any](r *reductions[T, K], find *groupFinder[S, K], keys []K, rows []T) error {
	next, err := putGroups(find, r.groups, keys)
	if err != nil {
		return err
	}
	r.values = append(r.values, rows...)
	for i := range r.values[next:] {
		putRow(r.rows, &r.values[next+i], r.arena)
	}
	return nil
}

// emit emits all values and forgets them, but not the keys.
func (r *reductions[T, K]) emit(out *emitter[T]) error {
	for i := range r.values {
		if err := out.add(r.values[i]); err != nil {
			return err
		}
	}
	clear(r.values)
	r.values = r.values[:0]
	return out.flush()
}

// reset forgets everything and keeps the memory.
func (r *reductions[T, K]) reset() {
	r.groups.reset()
	clear(r.values)
	r.values = r.values[:0]
}
