package spill

import (
	"fmt"
	"io"
	"sync"
)

// Reader reads blocks in their order. It belongs to one goroutine.
//
// Invariant: window is the bytes of the file at offset at, where the next chunk
// begins. It lies in buffer, which the porter fills behind it while ahead is set.
type Reader struct {
	f      *File
	waiter waiter
	at     int64 // of the next chunk
	end    int64
	buffer []byte // nil: none
	window []byte
	held   bool  // buffer is
	ahead  bool  // a read has been begun that Next has not heard of
	guess  int   // bytes of the next chunk, as the last one had
	err    error // what Next will always return

	mu        sync.Mutex
	arrival   bool  // the read has ended; guarded by mu
	abandoned bool  // the reader does not want the buffer any more; guarded by mu
	n         int   // what the read has brought; guarded by mu
	failed    error // guarded by mu
}

// Reader returns a reader of the blocks between two positions. It reads ahead from
// now on, and is to be closed.
func (f *File) Reader(from, to Position) *Reader {
	r := &Reader{
		f: f, waiter: waiter{parker: f.space.host.NewParker()},
		at: from.offset, end: to.offset, guess: f.space.buffers.size,
	}
	if r.at < r.end && f.space.buffers.hold() {
		r.held = true
		r.buffer = f.space.buffers.take(&r.waiter)
		r.window = r.buffer[:0]
		r.readAhead()
	}
	return r
}

// Next appends the next block to dst, which should have room for it, and returns
// the longer slice. At the end it returns io.EOF. A block that is not what was
// written is an error that says where.
func (r *Reader) Next(dst []byte) ([]byte, error) {
	if r.err != nil {
		return dst, r.err
	}
	if r.at >= r.end {
		r.err = io.EOF
		return dst, r.err
	}
	longer := dst
	for rest, first := uint32(0), true; first || rest > 0; first = false {
		h, chunk, err := r.chunk()
		if err == nil && !first && (h.raw == 0 || h.raw+h.rest != rest) {
			err = r.broken(fmt.Errorf("it is not the rest of the one before"))
		}
		if err == nil {
			if longer, err = h.appendBytes(longer, chunk); err != nil {
				err = r.broken(err)
			}
		}
		if err != nil {
			r.release()
			r.err = err
			return dst, err
		}
		rest = h.rest
		r.at += int64(len(chunk))
		r.window = r.window[len(chunk):]
		r.guess = len(chunk)
		r.f.space.read.add(int(h.raw), len(chunk))
		r.prepare()
	}
	return longer, nil
}

// broken says where a block is that is not what was written.
func (r *Reader) broken(why error) error {
	return fmt.Errorf("spill: the block at byte %d of a file in %s is corrupt: %w", r.at, r.f.disk, why)
}

// chunk returns the next chunk, in the window.
func (r *Reader) chunk() (header, []byte, error) {
	if err := r.await(); err != nil {
		return header{}, nil, err
	}
	if r.buffer == nil {
		r.held = r.f.space.buffers.hold()
		r.buffer = r.f.space.buffers.take(&r.waiter)
		r.window = r.buffer[:0]
	}
	if err := r.want(headerSize); err != nil {
		return header{}, nil, err
	}
	h := parseHeader(r.window)
	if err := h.check(r.f.space.piece, r.end-r.at); err != nil {
		return h, nil, r.broken(err)
	}
	size := headerSize + int(h.stored)
	if err := r.want(size); err != nil {
		return h, nil, err
	}
	return h, r.window[:size], nil
}

// want reads until the window has n bytes.
func (r *Reader) want(n int) error {
	if len(r.window) >= n {
		return nil
	}
	if r.end-r.at < int64(n) {
		return r.broken(fmt.Errorf("%d bytes are left", r.end-r.at))
	}
	more := len(r.buffer)
	if !r.held { // what is read beyond the chunk is thrown away
		more = min(more, max(n, r.guess+r.guess/8))
	}
	into := r.room(more)
	if err := r.f.enter(); err != nil {
		return err
	}
	_, err := r.f.readAt(into, r.at+int64(len(r.window)))
	r.f.leave(nil)
	r.window = r.window[:len(r.window)+len(into)]
	return err
}

// room moves the window to the front of the buffer, and returns the place behind
// it for what makes it n bytes long, or reaches the end.
func (r *Reader) room(n int) []byte {
	r.window = r.buffer[:copy(r.buffer, r.window)]
	n = int(min(int64(n), r.end-r.at))
	return r.buffer[len(r.window):max(n, len(r.window))]
}

// prepare is what a reader does when a chunk has been used: it gives the buffer
// back if it need not keep it, and reads ahead if no whole chunk is left in it.
func (r *Reader) prepare() {
	if !r.held || r.at >= r.end {
		r.release()
		return
	}
	if len(r.window) < headerSize || len(r.window) < headerSize+int(parseHeader(r.window).stored) {
		r.readAhead()
	}
}

// readAhead has a porter fill the buffer behind the window.
func (r *Reader) readAhead() {
	into := r.room(len(r.buffer))
	if len(into) == 0 || r.f.enter() != nil {
		return // the next call of Next says what is wrong
	}
	r.ahead = true
	r.f.disk.submit(request{file: r.f, reader: r, buffer: into, offset: r.at + int64(len(r.window))})
}

// arrived is called by the porter when the read has ended.
func (r *Reader) arrived(n int, err error) {
	r.mu.Lock()
	r.arrival, r.n, r.failed = true, n, err
	abandoned := r.abandoned
	r.mu.Unlock()
	if abandoned {
		r.f.space.buffers.letGo()
		r.f.space.buffers.give(r.buffer)
		return
	}
	r.waiter.parker.Unpark()
}

// await waits for what is being read ahead.
func (r *Reader) await() error {
	if !r.ahead {
		return nil
	}
	r.mu.Lock()
	for !r.arrival {
		r.mu.Unlock()
		r.waiter.parker.Park(never)
		r.mu.Lock()
	}
	n, err := r.n, r.failed
	r.arrival, r.n, r.failed = false, 0, nil
	r.mu.Unlock()
	r.ahead = false
	r.window = r.window[:len(r.window)+n]
	return err
}

// release gives the buffer back.
func (r *Reader) release() {
	if r.buffer == nil {
		return
	}
	if r.held {
		r.held = false
		r.f.space.buffers.letGo()
	}
	r.f.space.buffers.give(r.buffer)
	r.buffer, r.window = nil, nil
}

// Close ends reading, at any place. It does not wait.
func (r *Reader) Close() {
	if r.ahead {
		r.mu.Lock()
		r.abandoned = !r.arrival
		abandoned := r.abandoned
		r.mu.Unlock()
		r.ahead = false
		if abandoned {
			r.held, r.window = false, nil
			r.err = io.EOF
			return // the buffer is the porter's now
		}
	}
	r.release()
	if r.err == nil {
		r.err = io.EOF
	}
}
