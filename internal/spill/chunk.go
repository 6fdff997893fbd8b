package spill

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
)

// A block is one chunk or, if it has more bytes than there is room for, several. Chunks
// follow each other without gaps:
//
//	 0        4        8        12       16
//	+--------+--------+--------+--------+------------------+
//	| stored | raw    | rest   | crc    | bytes            |
//	+--------+--------+--------+--------+------------------+
//
//	stored   how many bytes follow, at most a page with the header
//	raw      how many bytes of the block they are; more than stored if and only if
//	         they are compressed
//	rest     how many bytes of the block the chunks after this one have
//	crc      CRC-32C of the other three numbers and of the bytes
//	bytes    as the block has them, with any others behind them if stored is more than
//	         raw, which the crc leaves out, or a block of S2
//
// All numbers are little-endian uint32. Bytes of no block fill pages up, where few are
// left: operating systems like whole ones.
const headerSize = 16

// overhead is what a buffer has beside the bytes of a chunk: its header, and what S2
// may need beyond them while it compresses.
const overhead = 48

// minCompressed is the least bytes that are worth an attempt to compress them.
const minCompressed = 64

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type header struct{ stored, raw, rest, crc uint32 }

func parseHeader(b []byte) header {
	return header{
		binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]),
		binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:]),
	}
}

// plain reports whether a chunk has the bytes of the block as they are.
func (h header) plain() bool { return h.stored >= h.raw }

// used returns how many bytes of a chunk mean something.
func (h header) used() int { return headerSize + int(min(h.stored, h.raw)) }

// checksum returns the CRC of a whole chunk.
func checksum(chunk []byte) uint32 {
	used := parseHeader(chunk).used()
	return crc32.Update(crc32.Update(0, castagnoli, chunk[:12]), castagnoli, chunk[headerSize:used])
}

// packChunk writes a compressed chunk to a buffer that has overhead more bytes than
// the piece, and returns it; nil if that does not save an eighth.
func packChunk(buffer, piece []byte, rest int) []byte {
	packed := s2.Encode(buffer[headerSize:], piece)
	if len(packed) > len(piece)-len(piece)/8 {
		return nil
	}
	chunk := buffer[:headerSize+len(packed)]
	putHeader(chunk, len(piece), rest)
	seal(chunk)
	return chunk
}

// appendChunk appends a chunk with the bytes as they are to a buffer, which has room
// for it, and has it fill the buffer up if there is no room for another one.
func appendChunk(buffer, piece []byte, rest int) []byte {
	at := len(buffer)
	buffer = append(buffer[:at+headerSize], piece...)
	if cap(buffer)-len(buffer) <= headerSize {
		buffer = buffer[:cap(buffer)]
	}
	putHeader(buffer[at:], len(piece), rest)
	seal(buffer[at:])
	return buffer
}

// putHeader writes the header of a chunk, but for the checksum.
func putHeader(chunk []byte, raw, rest int) {
	binary.LittleEndian.PutUint32(chunk, uint32(len(chunk)-headerSize))
	binary.LittleEndian.PutUint32(chunk[4:], uint32(raw))
	binary.LittleEndian.PutUint32(chunk[8:], uint32(rest))
}

// seal writes the checksum of a chunk that is complete else.
func seal(chunk []byte) { binary.LittleEndian.PutUint32(chunk[12:], checksum(chunk)) }

// check says what is wrong with a header, for chunks of at most size bytes, where the
// bytes that are left to read are so many.
func (h header) check(size int, left int64) error {
	most := size - headerSize
	switch {
	case max(h.stored, h.raw) > uint32(most):
		return fmt.Errorf("its header claims %d bytes for %d", h.stored, h.raw)
	case int64(h.stored) > left-headerSize:
		return fmt.Errorf("its header claims %d bytes, %d are left", h.stored, left-headerSize)
	// The rest is in chunks of a header and as many bytes at most.
	case int64(h.rest) > (left-headerSize-int64(h.stored))/headerSize*int64(most):
		return fmt.Errorf("its header claims %d bytes more than there is room for", h.rest)
	}
	return nil
}

// verify compares a whole chunk with its checksum.
func (h header) verify(chunk []byte) error {
	if crc := checksum(chunk); crc != h.crc {
		return fmt.Errorf("its checksum is %08x, not %08x", crc, h.crc)
	}
	return nil
}

// appendBytes appends what a chunk that was verified has of the block to dst.
func (h header) appendBytes(dst, chunk []byte) ([]byte, error) {
	need := int(h.raw) + int(h.rest)
	if cap(dst)-len(dst) < need {
		dst = append(make([]byte, 0, len(dst)+need), dst...)
	}
	bytes := chunk[headerSize:h.used()]
	if h.plain() {
		return append(dst, bytes...), nil
	}
	at, end := len(dst), len(dst)+int(h.raw)
	if n, err := s2.DecodedLen(bytes); err != nil || n != int(h.raw) {
		return nil, fmt.Errorf("its compressed bytes say %d, its header %d", n, h.raw)
	}
	if _, err := s2.Decode(dst[at:end:end], bytes); err != nil {
		return nil, fmt.Errorf("it cannot be decompressed: %w", err)
	}
	return dst[:end], nil
}
