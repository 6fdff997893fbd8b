package types

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// The word of a value is 64 bits for a hash table to keep beside a reference:
// equal values have equal words, and often the word says it all.
//
//	integers, floats, bools   the value, sign-extended; floats as canonical float64
//	strings, bytes up to 7    the bytes from the lowest up, the length in the top byte
//	of length 0               254 in the top byte, so that they do not hash like 0
//	longer ones               255 in the top byte, below it 56 bits of the hash
//	anything else             the hash

// longWord is the lowest word that does not say all of a string.
const longWord = 0xff << 56

// emptyWord is the word of the empty string.
const emptyWord = 0xfe << 56

// shortString is the longest string whose word says it all.
const shortString = 7

// pageMask is for the smallest page there is: 4 KiB on every system Go runs on.
const pageMask = 4095

// shortWord returns the word of the n bytes at p, n from 1 to 7.
//
// It loads eight bytes at once, without a branch on the length, wherever that
// cannot leave the page that the first one is in: what lies behind the string is
// masked away. Neither the compiler's pointer checks nor the race detector know
// of that, and somebody may well be writing there.
//
//go:nocheckptr
//go:norace
func shortWord(p unsafe.Pointer, n int) uint64 {
	if uintptr(p)&pageMask <= pageMask-7 {
		return binary.LittleEndian.Uint64((*[8]byte)(p)[:])&(1<<(8*uint(n))-1) | uint64(n)<<56
	}
	w := uint64(n) << 56
	for i := range n {
		w |= uint64(*(*byte)(unsafe.Add(p, i))) << (8 * uint(i))
	}
	return w
}

// stringWord returns the word and the hash of the n bytes at p.
func stringWord(p unsafe.Pointer, n int) (word, hash uint64) {
	if n > shortString {
		hash = hashBytes(p, n)
		return longWord | hash>>8, hash
	}
	word = emptyWord
	if n > 0 {
		word = shortWord(p, n)
	}
	return word, HashUint64(word)
}

// stringWords is stringWord for len(words) strings that stand stride bytes apart,
// with shortWord's usual case in the loop: a call for each would cost as much.
//
//go:nocheckptr
//go:norace
func stringWords(p unsafe.Pointer, stride uintptr, words, hashes []uint64) {
	hashes = hashes[:len(words)]
	for i := range words {
		s := (*bytesHeader)(unsafe.Add(p, uintptr(i)*stride))
		n := uint(s.len)
		if n-1 < shortString && uintptr(s.data)&pageMask <= pageMask-7 {
			w := binary.LittleEndian.Uint64((*[8]byte)(s.data)[:])&(1<<(8*n)-1) | uint64(n)<<56
			words[i], hashes[i] = w, HashUint64(w)
			continue
		}
		words[i], hashes[i] = stringWord(s.data, s.len)
	}
}

// words does for values what hashRows does for hashes.
func (n *node) words(p unsafe.Pointer, stride uintptr, words, hashes []uint64) {
	switch {
	case n.kind == String || n.kind == Bytes:
		stringWords(p, stride, words, hashes)
	case n.size == 8 && n.integer():
		for i := range words {
			w := *(*uint64)(unsafe.Add(p, uintptr(i)*stride))
			words[i], hashes[i] = w, HashUint64(w)
		}
	case n.decided() != 0:
		for i := range words {
			w := n.word(unsafe.Add(p, uintptr(i)*stride))
			words[i], hashes[i] = w, HashUint64(w)
		}
	default:
		n.hashRows(p, stride, hashes)
		copy(words, hashes)
	}
}

func (n *node) integer() bool {
	return n.kind >= Int && n.kind <= Uint64 || n.kind == Duration
}

func (n *node) decided() uint64 {
	switch {
	case n.kind == String || n.kind == Bytes:
		return longWord
	case n.kind.scalar() && n.kind != Complex64 && n.kind != Complex128:
		return math.MaxUint64
	}
	return 0
}

// Words sets words[i] to the word of rows[i] and hashes[i] to its hash. Equal rows
// have equal words. It panics if a slice is shorter.
func (t *Type[T]) Words(rows []T, words, hashes []uint64) {
	words, hashes = words[:len(rows)], hashes[:len(rows)]
	if len(rows) == 0 {
		return
	}
	if t.foreign {
		t.HashRows(rows, hashes)
		copy(words, hashes)
		return
	}
	t.n.words(unsafe.Pointer(unsafe.SliceData(rows)), unsafe.Sizeof(rows[0]), words, hashes)
}

// Decided returns the bound below which words decide: rows with the same word are
// equal if it is less than the bound, and have to be compared otherwise.
func (t *Type[T]) Decided() uint64 {
	if t.foreign {
		return 0
	}
	return t.n.decided()
}
