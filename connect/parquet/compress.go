package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

var errPageSize = errors.New("a page does not have the size that its header says")

// decompress returns the size bytes that a page had before compression, in dst if
// they fit. What src claims to hold beyond size is not unpacked. A page that is not
// compressed is copied only if the result must be fresh memory.
func decompress(codec format.CompressionCodec, dst, src []byte, size int, fresh bool) ([]byte, error) {
	if codec == format.Uncompressed {
		if len(src) != size {
			return nil, errPageSize
		}
		if fresh {
			return append(make([]byte, 0, size), src...), nil
		}
		return src, nil
	}
	out, err := unpacked(codec, dst, src, size)
	if err != nil {
		return nil, fmt.Errorf("a page compressed with %s: %w", codec, err)
	}
	if len(out) != size {
		return nil, errPageSize
	}
	return out, nil
}

// unpacked does it without the library, which makes room for as much as damaged
// content asks for.
func unpacked(codec format.CompressionCodec, dst, src []byte, size int) ([]byte, error) {
	switch codec {
	case format.Snappy:
		// The block begins with its size.
		if n, k := binary.Uvarint(src); k <= 0 || n != uint64(size) {
			return nil, errPageSize
		}
		return snappy.Decode(sized8(dst, size), src)
	case format.Zstd:
		return unpackZstd(dst, src, size)
	case format.Lz4Raw:
		out := sized8(dst, size)
		n, err := lz4.UncompressBlock(src, out)
		return out[:max(n, 0)], err
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			return nil, err
		}
		return unpackStream(r, dst, size)
	case format.Brotli:
		return unpackStream(brotli.NewReader(bytes.NewReader(src)), dst, size)
	}
	return nil, errors.ErrUnsupported
}

// unpackStream reads size bytes, after which the stream must end.
func unpackStream(r io.Reader, dst []byte, size int) ([]byte, error) {
	out := sized8(dst, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, err
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n > 0 {
		return nil, errPageSize
	} else if err != nil && err != io.EOF {
		return nil, err
	}
	return out, nil
}

// decoders are for zstandard: each has large tables.
var decoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return err
	}
	return d
}}

func unpackZstd(dst, src []byte, size int) ([]byte, error) {
	d, ok := decoders.Get().(*zstd.Decoder)
	if !ok {
		return nil, errors.New("no decoder")
	}
	defer decoders.Put(d)
	return d.DecodeAll(src, sized8(dst, size)[:0])
}
