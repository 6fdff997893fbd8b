package exchange

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
)

const (
	// readAhead is what one system call may bring of small frames.
	readAhead = 128 << 10

	// firstChunk is how much room a payload gets before any of it has arrived;
	// afterwards its room doubles with what is there.
	firstChunk = 64 << 10
)

// frameReader takes a byte stream apart into frames. It allocates at most about
// twice what has arrived, whatever lengths the stream claims.
type frameReader struct {
	in *bufio.Reader
}

func newFrameReader(in io.Reader) *frameReader {
	return &frameReader{in: bufio.NewReaderSize(in, readAhead)}
}

// next reads a frame. admit is asked once the header is known to be within
// bounds; its error ends the reading before the payload. The caller owns the
// payload. The error is io.EOF where the stream ends between frames, a violation
// where the stream is not what a peer sends, or that of the stream.
func (r *frameReader) next(admit func(header) error) (header, *Frame, error) {
	b, err := r.in.Peek(headerSize)
	if err != nil {
		if err == io.EOF && len(b) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return header{}, nil, err
	}
	h, err := parse(b)
	if err == nil {
		err = admit(h)
	}
	if err != nil {
		return h, nil, err
	}
	want := binary.LittleEndian.Uint32(b)
	sum := crc32.Checksum(b[4:], castagnoli)
	zero := b[10]|b[11] == 0
	if _, err := r.in.Discard(headerSize); err != nil {
		return h, nil, err
	}
	f := newFrame()
	f.rows = int(h.count)
	if err := r.payload(f, int(h.length)); err != nil {
		f.Recycle()
		return h, nil, err
	}
	if crc32.Update(sum, castagnoli, f.payload) != want {
		f.Recycle()
		return h, nil, violationf("a frame with a wrong checksum (%v)", h.id)
	}
	if !zero {
		f.Recycle()
		return h, nil, violationf("a frame with reserved bits set (%v)", h.id)
	}
	return h, f, nil
}

func (r *frameReader) payload(f *Frame, length int) error {
	b := f.payload
	for len(b) < length {
		// A recycled buffer's room costs nothing, so it is used at once.
		chunk := max(len(b), firstChunk, cap(b)-len(b))
		chunk = min(chunk, length-len(b))
		b = slices.Grow(b, chunk)
		n, err := io.ReadFull(r.in, b[len(b):len(b)+chunk])
		b = b[:len(b)+n]
		if err != nil {
			f.payload = b
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	f.payload = b
	return nil
}
