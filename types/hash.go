package types

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// The hash follows wyhash (Wang Yi, final version 4, public domain,
// github.com/wangyi-fudan/wyhash) and takes its constants: 64×64-bit
// multiplications whose halves are folded together. It is frozen: keyed state is
// distributed by it. It does not resist an adversary who picks keys to collide.

const (
	secret0 = 0x2d358dccaa6c78a5
	secret1 = 0x8bb84b93962eacc9
	secret2 = 0x4b33a62ed433d4a3
	secret3 = 0x4d5a2da51de1aa47

	// hashNil stands for a nil pointer or sum, hashStart opens a sequence.
	hashNil   = 0x9e3779b97f4a7c15
	hashStart = secret3
)

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// HashUint64 hashes a number as Type.Hash hashes integers of any width, signed
// ones extended by their sign: HashUint64(uint64(int64(-1))) is the hash of
// int8(-1).
func HashUint64(x uint64) uint64 {
	hi, lo := bits.Mul64(x^secret0, secret1)
	return fold(lo^secret0, hi^secret1)
}

// HashString hashes a string as Type.Hash does.
func HashString(s string) uint64 {
	return hashBytes(unsafe.Pointer(unsafe.StringData(s)), len(s))
}

// HashBytes hashes bytes as Type.Hash does; the same bytes in a string have the
// same hash.
func HashBytes(b []byte) uint64 {
	return hashBytes(unsafe.Pointer(unsafe.SliceData(b)), len(b))
}

// hashBytes hashes the n bytes at p. A short string hashes as the number that its
// word is: that has no branch on its length, and most words of a text are short.
func hashBytes(p unsafe.Pointer, n int) uint64 {
	switch {
	case n > 16:
		return hashLong(p, n)
	case n > shortString:
		// Two overlapping pairs of four bytes cover 8 to 16.
		mid := uintptr(n>>3) << 2
		last := uintptr(n) - 4
		a := load4(p, 0)<<32 | load4(p, mid)
		b := load4(p, last)<<32 | load4(p, last-mid)
		hi, lo := bits.Mul64(a^secret1, b^secret2)
		return fold(lo^secret0^uint64(n), hi^secret1)
	case n > 0:
		return HashUint64(shortWord(p, n))
	}
	return HashUint64(emptyWord)
}

func hashLong(p unsafe.Pointer, n int) uint64 {
	seed := uint64(secret2)
	i := uintptr(0)
	left := uintptr(n)
	if left > 48 {
		see1, see2 := seed, seed
		for left > 48 {
			seed = fold(load8(p, i)^secret1, load8(p, i+8)^seed)
			see1 = fold(load8(p, i+16)^secret2, load8(p, i+24)^see1)
			see2 = fold(load8(p, i+32)^secret3, load8(p, i+40)^see2)
			i, left = i+48, left-48
		}
		seed ^= see1 ^ see2
	}
	for left > 16 {
		seed = fold(load8(p, i)^secret1, load8(p, i+8)^seed)
		i, left = i+16, left-16
	}
	end := uintptr(n)
	hi, lo := bits.Mul64(load8(p, end-16)^secret1, load8(p, end-8)^seed)
	return fold(lo^secret0^uint64(n), hi^secret1)
}

func load8(p unsafe.Pointer, i uintptr) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, i))[:])
}

func load4(p unsafe.Pointer, i uintptr) uint64 {
	return uint64(binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, i))[:]))
}

// next adds one part to the hash of a sequence, and finish closes it.
func next(h, word uint64) uint64 { return fold(h^word, secret2) }

func finish(h uint64, parts int) uint64 { return fold(h^secret0, uint64(parts)^secret1) }
