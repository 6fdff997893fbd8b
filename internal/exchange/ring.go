package exchange

// ring is a first-in first-out queue that allocates only to grow. The zero ring
// is empty. It is not safe for concurrent use.
type ring[T any] struct {
	slots []T // length is 0 or a power of two
	head  int // where the oldest element is
	size  int
}

func (r *ring[T]) push(v T) {
	if r.size == len(r.slots) {
		r.grow()
	}
	r.slots[(r.head+r.size)&(len(r.slots)-1)] = v
	r.size++
}

// pop removes the oldest element of a ring that is not empty. The slot is
// cleared, so that a queue does not pin what has left it.
func (r *ring[T]) pop() T {
	var zero T
	v := r.slots[r.head]
	r.slots[r.head] = zero
	r.head = (r.head + 1) & (len(r.slots) - 1)
	r.size--
	return v
}

func (r *ring[T]) grow() {
	slots := make([]T, max(2*len(r.slots), 4))
	n := copy(slots, r.slots[r.head:])
	copy(slots[n:], r.slots[:r.head])
	r.slots, r.head = slots, 0
}
