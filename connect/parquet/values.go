package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// values are the values of a page or a dictionary. Those of fixed size follow one
// another in data, in little endian order; a boolean is a byte. Of bytes, value i
// begins at offsets[i] and ends gap bytes before offsets[i+1].
type values struct {
	c       *chunk
	n       int
	data    []byte
	offsets []uint32
	gap     int

	ints32 []int32
	ints64 []int64
	own    []byte // memory for data that is decoded here
}

// at returns value i, which is of bytes.
func (v *values) at(i int) []byte {
	from, to := v.offsets[i], int(v.offsets[i+1])-v.gap
	return v.data[from:to:to]
}

func (c *chunk) isBytes() bool {
	k := c.b.leaf.Type().Kind()
	return k == parquet.ByteArray || k == parquet.FixedLenByteArray
}

// width returns how many bytes a value takes, 0 if that differs.
func (c *chunk) width() int {
	switch t := c.b.leaf.Type(); t.Kind() {
	case parquet.Boolean:
		return 1
	case parquet.Int32, parquet.Float:
		return 4
	case parquet.Int64, parquet.Double:
		return 8
	case parquet.Int96:
		return 12
	case parquet.FixedLenByteArray:
		return t.Length()
	}
	return 0
}

// decode takes n values from src. Bytes keep referring to src, unless they have
// to be put together.
func (v *values) decode(encoding format.Encoding, src []byte, n int) error {
	v.n, v.gap = n, 0
	kind := v.c.b.leaf.Type().Kind()
	width := v.c.width()
	switch {
	case n == 0:
		v.data = nil
		return nil
	case encoding == format.Plain && kind == parquet.Boolean:
		if len(src) < (n+7)/8 {
			return io.ErrUnexpectedEOF
		}
		v.own = sized8(v.own, n)
		unpack(v.own, src, 1)
		v.data = v.own
	case encoding == format.RLE && kind == parquet.Boolean:
		if len(src) < 4 || uint64(binary.LittleEndian.Uint32(src)) > uint64(len(src)-4) {
			return io.ErrUnexpectedEOF
		}
		v.own = sized8(v.own, n)
		v.data = v.own
		return decodeRuns(v.own, src[4:4+binary.LittleEndian.Uint32(src)], 1)
	case encoding == format.Plain && kind == parquet.ByteArray:
		return v.plainBytes(src)
	case encoding == format.Plain:
		if uint64(len(src)) < uint64(n)*uint64(width) {
			return io.ErrUnexpectedEOF
		}
		v.data = src[:n*width]
	case encoding == format.ByteStreamSplit && kind != parquet.ByteArray && kind != parquet.Boolean:
		return v.split(src, width)
	case encoding == format.DeltaBinaryPacked && kind == parquet.Int32:
		return v.deltas32(src)
	case encoding == format.DeltaBinaryPacked && kind == parquet.Int64:
		return v.deltas64(src)
	case encoding == format.DeltaLengthByteArray && kind == parquet.ByteArray:
		if _, err := passDeltas(src, n); err != nil {
			return err
		}
		var err error
		v.data, v.offsets, err = new(delta.LengthByteArrayEncoding).DecodeByteArray(nil, src, v.offsets[:0])
		return v.checkOffsets(err)
	case encoding == format.DeltaByteArray && kind == parquet.ByteArray:
		if err := v.boundPrefixes(src); err != nil {
			return err
		}
		var err error
		v.data, v.offsets, err = new(delta.ByteArrayEncoding).DecodeByteArray(nil, src, v.offsets[:0])
		return v.checkOffsets(err)
	case encoding == format.DeltaByteArray && kind == parquet.FixedLenByteArray:
		if err := v.boundPrefixes(src); err != nil {
			return err
		}
		var err error
		v.data, err = new(delta.ByteArrayEncoding).DecodeFixedLenByteArray(nil, src, width)
		if err == nil && len(v.data) < n*width {
			err = io.ErrUnexpectedEOF
		}
		return err
	default:
		return fmt.Errorf("values of type %s in the encoding %s are not supported", kind, encoding)
	}
	return nil
}

// plainBytes finds where the values are, each behind its length in 4 bytes.
func (v *values) plainBytes(src []byte) error {
	if cap(v.offsets) < v.n+1 {
		v.offsets = make([]uint32, v.n+1)
	}
	offsets := v.offsets[:v.n+1]
	at := 0
	for i := range v.n {
		if len(src)-at < 4 {
			return io.ErrUnexpectedEOF
		}
		size := binary.LittleEndian.Uint32(src[at:])
		if at += 4; uint64(size) > uint64(len(src)-at) {
			return io.ErrUnexpectedEOF
		}
		offsets[i] = uint32(at)
		at += int(size)
	}
	offsets[v.n] = uint32(at + 4)
	v.data, v.offsets, v.gap = src[:at], offsets, 4
	return nil
}

// split puts values together whose first bytes come first, then all second ones
// and so on.
func (v *values) split(src []byte, width int) error {
	if uint64(len(src)) < uint64(v.n)*uint64(width) {
		return io.ErrUnexpectedEOF
	}
	if v.c.isBytes() {
		v.own = nil // strings will refer to it
	}
	v.own = sized8(v.own, v.n*width)
	for j := range width {
		stream := src[j*v.n:][:v.n]
		for i, b := range stream {
			v.own[i*width+j] = b
		}
	}
	v.data = v.own
	return nil
}

func (v *values) deltas32(src []byte) (err error) {
	if _, err = passDeltas(src, v.n); err != nil {
		return err
	}
	if v.ints32, err = new(delta.BinaryPackedEncoding).DecodeInt32(v.ints32[:0], src); err != nil {
		return err
	}
	if len(v.ints32) < v.n {
		return io.ErrUnexpectedEOF
	}
	v.own = sized8(v.own, 4*v.n)
	for i, x := range v.ints32[:v.n] {
		binary.LittleEndian.PutUint32(v.own[4*i:], uint32(x))
	}
	v.data = v.own
	return nil
}

func (v *values) deltas64(src []byte) (err error) {
	if _, err = passDeltas(src, v.n); err != nil {
		return err
	}
	if v.ints64, err = new(delta.BinaryPackedEncoding).DecodeInt64(v.ints64[:0], src); err != nil {
		return err
	}
	if len(v.ints64) < v.n {
		return io.ErrUnexpectedEOF
	}
	v.own = sized8(v.own, 8*v.n)
	for i, x := range v.ints64[:v.n] {
		binary.LittleEndian.PutUint64(v.own[8*i:], uint64(x))
	}
	v.data = v.own
	return nil
}

// checkOffsets makes sure that the library has found every value.
func (v *values) checkOffsets(err error) error {
	if err == nil && len(v.offsets) <= v.n {
		return io.ErrUnexpectedEOF
	}
	return err
}

var errDeltas = errors.New("a sequence of differences is malformed")

// passDeltas returns what follows a sequence of differences, which must be of at
// most n numbers: the library makes room for as many as are announced.
//
//	varint(block size) | varint(miniblocks in a block) | varint(numbers) | zigzag(first)
//	then blocks: zigzag(least difference) | a byte of bits for each miniblock | miniblocks
func passDeltas(src []byte, n int) ([]byte, error) {
	var head [3]uint64
	for i := range head {
		x, size := binary.Uvarint(src)
		if size <= 0 {
			return nil, errDeltas
		}
		head[i], src = x, src[size:]
	}
	block, minis, count := head[0], head[1], head[2]
	_, size := binary.Uvarint(src)
	if size <= 0 || count > uint64(n) || minis == 0 || minis > 1024 || block == 0 || block > 1<<20 || block%minis != 0 || block/minis%32 != 0 {
		return nil, errDeltas
	}
	src = src[size:]
	per := int(block / minis)
	for left := int(count) - 1; left > 0; {
		_, size := binary.Uvarint(src)
		if size <= 0 || len(src)-size < int(minis) {
			return nil, errDeltas
		}
		bits := src[size : size+int(minis)]
		src = src[size+int(minis):]
		for _, b := range bits {
			if left <= 0 {
				break
			}
			if b > 64 {
				return nil, errDeltas
			}
			src = src[min(per*int(b)/8, len(src)):]
			left -= per
		}
	}
	return src, nil
}

// boundPrefixes makes sure that bytes which share beginnings with those before
// them do not become too many: a long beginning can be shared for next to nothing.
//
//	lengths of beginnings, as differences | lengths of rests, as differences | rests
func (v *values) boundPrefixes(src []byte) error {
	rest, err := passDeltas(src, v.n)
	if err != nil {
		return err
	}
	if _, err := passDeltas(rest, v.n); err != nil {
		return err
	}
	if v.ints32, err = new(delta.BinaryPackedEncoding).DecodeInt32(v.ints32[:0], src); err != nil {
		return err
	}
	total := int64(len(src))
	for _, n := range v.ints32 {
		if total += int64(n); n < 0 || total > maxPage {
			return fmt.Errorf("a page with more than %d bytes of values", maxPage)
		}
	}
	return nil
}
