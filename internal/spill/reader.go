package spill

import (
	"fmt"
	"io"
	"sync"
)

// Reader reads blocks in their order. It belongs to one goroutine.
//
// Invariants: window is the bytes of the file at offset at, where the next chunk
// begins, as far as they are in buffer; those behind it, up to asked, are in the
// fills of queue, in order, or will be. A reader whose buffer is not held has no
// fills.
type Reader struct {
	f        *File
	waiter   waiter
	at       int64 // of the next chunk
	asked    int64 // the first byte that has not been asked for
	end      int64
	verified int64  // chunks in buffer that begin before are what was written
	buffer   []byte // nil: none
	window   []byte
	held     bool // buffer is
	lent     int  // bytes at the front of window: the chunk that Lend has handed out
	stride   int  // bytes of a chunk, if the next ones are likely to have as many; 0: unknown
	guess    int  // bytes of the next chunk, as the last one had
	queue    queue
	err      error // what Next will always return

	mu        sync.Mutex
	waits     bool // for the first fill; guarded by mu
	abandoned bool // the reader does not want its fills any more; guarded by mu
}

// Reader returns a reader of the blocks between two positions. It reads ahead from
// now on, and is to be closed.
func (f *File) Reader(from, to Position) *Reader {
	r := &Reader{
		f: f, waiter: waiter{parker: f.space.host.NewParker()},
		at: from.offset, asked: from.offset, end: to.offset, stride: f.chunk, guess: f.space.buffers.size,
	}
	r.readAhead()
	return r
}

// Next appends the next block to dst, which should have room for it, and returns
// the longer slice. At the end it returns io.EOF. A block that is not what was
// written is an error that says where.
func (r *Reader) Next(dst []byte) ([]byte, error) {
	h, chunk, err := r.first()
	if err != nil {
		return dst, err
	}
	return r.copy(dst, h, chunk)
}

// Lend is Next, but where it can it leaves dst alone and returns, with true, memory of
// its own that has the block until the next call.
func (r *Reader) Lend(dst []byte) (block []byte, lent bool, err error) {
	h, chunk, err := r.first()
	if err != nil {
		return dst, false, err
	}
	// A reader that has no other buffer reads ahead into this one while the caller goes on.
	another := r.queue.count > 0 || r.asked == r.end
	if h.plain() && h.rest == 0 && r.held && another {
		r.lent = len(chunk)
		return chunk[headerSize:h.used():h.used()], true, nil
	}
	block, err = r.copy(dst, h, chunk)
	return block, false, err
}

// first returns the first chunk of the next block.
func (r *Reader) first() (header, []byte, error) {
	if r.lent > 0 {
		n := r.lent
		r.lent = 0
		r.consume(n)
	}
	if r.err == nil && r.at >= r.end {
		r.err = io.EOF
	}
	if r.err != nil {
		return header{}, nil, r.err
	}
	h, chunk, err := r.chunk()
	if err != nil {
		r.fail(err)
	}
	return h, chunk, err
}

// copy appends a block whose first chunk is there to dst.
func (r *Reader) copy(dst []byte, h header, chunk []byte) ([]byte, error) {
	longer := dst
	for {
		var err error
		if longer, err = h.appendBytes(longer, chunk); err != nil {
			err = r.broken(err)
			r.fail(err)
			return dst, err
		}
		r.consume(len(chunk))
		rest := h.rest
		if rest == 0 {
			return longer, nil
		}
		h, chunk, err = r.chunk()
		if err == nil && (h.raw == 0 || h.raw+h.rest != rest) {
			err = r.broken(fmt.Errorf("it is not the rest of the one before"))
		}
		if err != nil {
			r.fail(err)
			return dst, err
		}
	}
}

// fail has err returned for ever.
func (r *Reader) fail(err error) {
	r.release()
	r.err = err
}

// broken says where a block is that is not what was written.
func (r *Reader) broken(why error) error {
	return fmt.Errorf("spill: the block at byte %d of a file in %s is corrupt: %w", r.at, r.f.disk, why)
}

// chunk returns the next chunk, in the window.
func (r *Reader) chunk() (header, []byte, error) {
	if err := r.want(headerSize); err != nil {
		return header{}, nil, err
	}
	h := parseHeader(r.window)
	if err := h.check(r.f.space.buffers.size, r.end-r.at); err != nil {
		return h, nil, r.broken(err)
	}
	size := headerSize + int(h.stored)
	if err := r.want(size); err != nil {
		return h, nil, err
	}
	chunk := r.window[:size]
	if r.at >= r.verified {
		if err := h.verify(chunk); err != nil {
			return h, nil, r.broken(err)
		}
	}
	r.guess, r.stride = size, 0
	if h.plain() && size >= r.f.space.buffers.size/fillUp {
		r.stride = size
	}
	r.f.space.read.add(int(h.raw), size)
	return h, chunk, nil
}

// want sees to it that the window has n bytes, which are no more than a buffer.
func (r *Reader) want(n int) error {
	if r.end-r.at < int64(n) {
		return r.broken(fmt.Errorf("%d bytes are left", r.end-r.at))
	}
	for len(r.window) < n {
		if r.queue.count == 0 {
			return r.readNow(n)
		}
		f, err := r.await()
		if err != nil {
			return err
		}
		if len(r.window) == 0 {
			r.drop()
			r.buffer, r.window, r.held = f.buffer, f.window, true
			r.verified = f.verified
			r.queue.pop()
			continue
		}
		// What lies in two buffers is joined in the first one.
		have := copy(r.buffer, r.window)
		more := copy(r.buffer[have:n], f.window)
		r.window, f.window = r.buffer[:have+more], f.window[more:]
		if len(f.window) == 0 {
			r.giveHeld(f.buffer)
			r.queue.pop()
		}
	}
	return nil
}

// readNow reads until the window has n bytes. Nothing has been read ahead.
func (r *Reader) readNow(n int) error {
	if r.buffer == nil {
		r.held = r.f.space.buffers.hold()
		r.buffer = r.f.space.buffers.take(&r.waiter)
	}
	more := len(r.buffer)
	if !r.held { // what is read beyond the chunk is thrown away
		more = min(more, max(n, r.guess+r.guess/8))
	}
	more = int(min(int64(more), r.end-r.at))
	have := copy(r.buffer, r.window)
	if err := r.f.enter(); err != nil {
		return err
	}
	_, err := r.f.readAt(r.buffer[have:more], r.at+int64(have))
	r.f.leave(nil)
	r.window, r.verified = r.buffer[:more], 0
	r.asked = r.at + int64(more)
	return err
}

// consume is what a reader does when a chunk has been used: it gives the buffer back
// if it need not keep it, and reads ahead.
func (r *Reader) consume(n int) {
	r.at += int64(n)
	r.window = r.window[n:]
	switch {
	case !r.held || r.at >= r.end:
		r.drop()
	case r.queue.count == 0 && !r.whole():
		// There may be no other buffer: what is left goes to its front.
		if have := copy(r.buffer, r.window); r.ask(r.buffer, have) {
			r.buffer, r.window = nil, nil
		} else {
			r.window = r.buffer[:have]
		}
	case len(r.window) == 0:
		r.drop()
	}
	r.readAhead()
}

// whole reports whether the window has a whole chunk.
func (r *Reader) whole() bool {
	return len(r.window) >= headerSize && len(r.window) >= headerSize+int(parseHeader(r.window).stored)
}

// drop gives the buffer back, and what is left in its window up.
func (r *Reader) drop() {
	if r.buffer == nil {
		return
	}
	if r.held {
		r.f.space.buffers.letGo()
	} else {
		r.asked = r.at
	}
	r.f.space.buffers.give(r.buffer)
	r.buffer, r.window, r.held = nil, nil, false
}

// Close ends reading, at any place. It does not wait.
func (r *Reader) Close() {
	r.release()
	if r.err == nil {
		r.err = io.EOF
	}
}
