package types

import "unsafe"

// Arena holds copies of strings and bytes side by side in large chunks the
// collector need not look into. It only ever grows; a chunk is freed when the
// arena has moved on and nothing refers to it. The zero value is ready. Not for
// concurrent use. What it returned stays valid after Reset and beyond the arena.
// A nil arena copies each string to memory of its own.
type Arena struct {
	free []byte // the rest of the current chunk
	next int    // bytes of the next chunk
	size int
}

const (
	firstChunk = 4 << 10
	lastChunk  = 1 << 20
)

// String returns a copy of s in the arena.
func (a *Arena) String(s string) string {
	if len(s) == 0 {
		return ""
	}
	b := a.take(len(s))
	copy(b, s)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Bytes returns a copy of b in the arena; nil stays nil.
func (a *Arena) Bytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	if len(b) == 0 {
		return []byte{}
	}
	c := a.take(len(b))
	copy(c, b)
	return c
}

// Size returns the bytes the arena has taken since it was made or reset: its
// chunks, and the slices, pointees and map entries Detach made on its behalf.
func (a *Arena) Size() int {
	if a == nil {
		return 0
	}
	return a.size
}

// Reset forgets all chunks and sets Size to zero.
func (a *Arena) Reset() { *a = Arena{} }

// take returns n bytes with nothing behind them. What would waste more than a
// quarter of a chunk gets memory of its own.
func (a *Arena) take(n int) []byte {
	if a == nil {
		return make([]byte, n)
	}
	if n > len(a.free) {
		a.next = min(max(firstChunk, a.next), lastChunk)
		if n > a.next/4 {
			a.size += n
			return make([]byte, n)
		}
		a.free = make([]byte, a.next)
		a.size += a.next
		a.next *= 2
	}
	b := a.free[:n:n]
	a.free = a.free[n:]
	return b
}

// count notes memory taken elsewhere.
func (a *Arena) count(n uintptr) {
	if a != nil {
		a.size += int(n)
	}
}
