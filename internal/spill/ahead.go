package spill

// maxAhead is how many buffers a reader has filled at a time.
const maxAhead = 4

// fill is a buffer that a porter fills for a reader, behind what is at its front.
type fill struct {
	r      *Reader
	buffer []byte // held
	kept   int    // bytes at its front that are there already
	size   int    // bytes to be read behind them
	offset int64  // where they are in the file
	whole  bool   // it is likely that a chunk begins at its front

	arrived  bool   // guarded by the reader's mu; what follows is the reader's then
	window   []byte // the bytes that are there and were not used
	verified int64  // chunks that begin before are what was written
	err      error
}

// into returns the place of what is to be read.
func (f *fill) into() []byte { return f.buffer[f.kept : f.kept+f.size] }

// arrive is called by the porter when the read has ended.
func (f *fill) arrive(n int, err error) {
	r := f.r
	window := f.buffer[:f.kept+n]
	verified := f.verify(window)
	r.mu.Lock()
	f.arrived, f.window, f.verified, f.err = true, window, verified, err
	abandoned, waits := r.abandoned, r.waits
	r.mu.Unlock()
	if abandoned {
		r.giveHeld(f.buffer)
	} else if waits {
		r.waiter.parker.Unpark()
	}
}

// verify compares the chunks at the front of a window with their checksums, and returns
// where the first one begins that is not whole or not what was written.
func (f *fill) verify(window []byte) int64 {
	at := f.offset - int64(f.kept)
	for f.whole && len(window) >= headerSize {
		h := parseHeader(window)
		if h.stored > uint32(len(window)-headerSize) {
			break
		}
		chunk := window[:headerSize+int(h.stored)]
		if checksum(chunk) != h.crc {
			break
		}
		at += int64(len(chunk))
		window = window[len(chunk):]
	}
	return at
}

// queue is the fills of a reader, in the order of the file.
type queue struct {
	fills        [maxAhead]fill
	first, count int
}

func (q *queue) at(i int) *fill { return &q.fills[(q.first+i)%maxAhead] }

// push returns the fill behind the last one.
func (q *queue) push() *fill {
	q.count++
	return q.at(q.count - 1)
}

func (q *queue) pop() {
	*q.at(0) = fill{}
	q.first = (q.first + 1) % maxAhead
	q.count--
}

// readAhead begins to fill buffers: one, unless none may be held, and more where
// nobody misses them.
func (r *Reader) readAhead() {
	pool := r.f.space.buffers
	for r.asked < r.end && r.queue.count < maxAhead {
		buffer := pool.spare()
		if buffer == nil && r.buffer == nil && r.queue.count == 0 && pool.hold() {
			buffer = pool.take(&r.waiter)
		}
		if buffer == nil {
			return
		}
		if !r.ask(buffer, 0) {
			r.giveHeld(buffer)
			return
		}
	}
}

// ask has a porter fill a buffer that is held, behind what is to be kept of it. It
// reports false if there is nothing to read, or the file is removed.
func (r *Reader) ask(buffer []byte, kept int) bool {
	left := r.end - r.asked
	size := min(int64(len(buffer)-kept), left)
	if stride := int64(r.stride); stride > 0 && size < left {
		// The buffer ends between two chunks, if they are all like the last one: no
		// chunk lies in two buffers then.
		if to := r.at + (r.asked+size-r.at)/stride*stride; to > r.asked {
			size = to - r.asked
		}
	}
	if size == 0 || r.f.enter() != nil {
		return false // the next call of Next says what is wrong
	}
	ahead := r.asked - int64(kept) - r.at // of the next chunk
	f := r.queue.push()
	*f = fill{r: r, buffer: buffer, kept: kept, size: int(size), offset: r.asked}
	f.whole = ahead == 0 || r.stride > 0 && ahead%int64(r.stride) == 0
	r.asked += size
	r.f.disk.submit(request{file: r.f, fill: f})
	return true
}

// await waits for the first fill.
func (r *Reader) await() (*fill, error) {
	f := r.queue.at(0)
	r.mu.Lock()
	for !f.arrived {
		r.waits = true
		r.mu.Unlock()
		r.waiter.parker.Park(never)
		r.mu.Lock()
	}
	r.waits = false
	r.mu.Unlock()
	return f, f.err
}

// giveHeld gives a buffer back that is held.
func (r *Reader) giveHeld(buffer []byte) {
	r.f.space.buffers.letGo()
	r.f.space.buffers.give(buffer)
}

// release gives all buffers back; those that porters are filling follow when that is
// done.
func (r *Reader) release() {
	r.drop()
	var arrived [maxAhead][]byte
	r.mu.Lock()
	r.abandoned = true
	for i := range r.queue.count {
		if f := r.queue.at(i); f.arrived {
			arrived[i] = f.buffer
		}
	}
	r.mu.Unlock()
	r.queue.count = 0
	for _, buffer := range arrived {
		if buffer != nil {
			r.giveHeld(buffer)
		}
	}
}
