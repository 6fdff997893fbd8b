package parquet

import (
	"encoding/binary"
	"errors"
)

var errRuns = errors.New("runs of levels or indexes are malformed")

// decodeRuns fills dst with numbers of some bits in the hybrid of run lengths and
// bit packing that Parquet uses for levels, booleans and indexes into dictionaries:
//
//	run:    varint(count << 1)      | the value, in as few bytes as hold the bits
//	packed: varint(groups << 1 | 1) | 8*groups values, from the lowest bit upwards
//
// What src has beyond dst is ignored, so a damaged count costs nothing.
func decodeRuns[E byte | uint32](dst []E, src []byte, bits int) error {
	if bits == 0 {
		clear(dst)
		return nil
	}
	if bits < 0 || bits > 32 {
		return errRuns
	}
	width := (bits + 7) / 8
	for len(dst) > 0 {
		head, n := binary.Uvarint(src)
		if n <= 0 {
			return errRuns
		}
		src = src[n:]
		if head&1 == 0 {
			if len(src) < width {
				return errRuns
			}
			var v uint32
			for i := range width {
				v |= uint32(src[i]) << (8 * i)
			}
			src = src[width:]
			count := int(min(head>>1, uint64(len(dst))))
			run := dst[:count]
			for i := range run {
				run[i] = E(v)
			}
			dst = dst[count:]
			continue
		}
		count := len(dst)
		if head>>1 < uint64(len(dst)+7)/8 {
			count = min(count, int(head>>1)*8)
		}
		if size := (count*bits + 7) / 8; size > len(src) {
			return errRuns
		}
		unpack(dst[:count], src, bits)
		dst = dst[count:]
		// Of the last group there may be less than a whole one.
		src = src[min(uint64(len(src)), min(head>>1, uint64(len(src)))*uint64(bits)):]
	}
	return nil
}

// unpack reads numbers of up to 32 bits that are packed from the lowest bit
// upwards. A number begins within a byte and ends within the next four, so eight
// bytes hold it.
func unpack[E byte | uint32](dst []E, src []byte, bits int) {
	mask := uint64(1)<<bits - 1
	at, i := 0, 0
	for ; i < len(dst) && at>>3+8 <= len(src); i++ {
		dst[i] = E(binary.LittleEndian.Uint64(src[at>>3:]) >> (at & 7) & mask)
		at += bits
	}
	for ; i < len(dst); i++ {
		var tail [8]byte
		copy(tail[:], src[at>>3:])
		dst[i] = E(binary.LittleEndian.Uint64(tail[:]) >> (at & 7) & mask)
		at += bits
	}
}
