package spill

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/thalweg/thalweg/internal/host"
)

// maxPorters is how many buffers are carried at a time, for one directory.
const maxPorters = 4

// disk is a directory and its porters, the goroutines that carry buffers to and from
// its files. One more is called when more requests wait than porters are busy, so
// that a porter that is awake does what comes meanwhile.
type disk struct {
	space   *Space
	dir     string
	spilled atomic.Int64 // bytes in files that were not removed

	mu      sync.Mutex
	queue   []request     // the first head of them are done; guarded by mu
	head    int           // guarded by mu
	idle    []host.Parker // porters that wait; guarded by mu
	porters int           // guarded by mu
	closing bool          // no porter comes any more; guarded by mu
}

// request is what a porter does to a file: it writes a buffer, fills one for a
// reader or, if it has neither, closes the file. For the first two the file has been
// entered.
type request struct {
	file   *File
	buffer []byte // to be written at offset
	offset int64
	sealed bool  // the chunk in buffer has its checksum
	fill   *fill // to be filled
}

func (d *disk) String() string {
	if d.dir == "" {
		return "the directory for temporary files"
	}
	return d.dir
}

// submit has a request done. It does not wait.
func (d *disk) submit(q request) {
	d.mu.Lock()
	if d.closing { // all files are removed: nothing but ending it is left to do
		d.mu.Unlock()
		q.run()
		return
	}
	d.push(q)
	var porter host.Parker
	start := false
	if n := len(d.idle); len(d.queue)-d.head <= d.porters-n {
		// Those that are awake will do.
	} else if n > 0 {
		porter = d.idle[n-1]
		d.idle = d.idle[:n-1]
	} else if d.porters < maxPorters {
		d.porters++
		start = true
	}
	d.mu.Unlock()
	switch {
	case porter != nil:
		porter.Unpark()
	case start:
		d.space.porters.Go(d.work)
	}
}

// push queues a request. The caller holds mu.
func (d *disk) push(q request) {
	if d.head > len(d.queue)/2 { // so that a queue that is never empty does not grow
		n := copy(d.queue, d.queue[d.head:])
		clear(d.queue[n:])
		d.queue, d.head = d.queue[:n], 0
	}
	d.queue = append(d.queue, q)
}

// work is what a porter does: what is queued, until the disk is closed.
func (d *disk) work() {
	parker := d.space.host.NewParker()
	d.mu.Lock()
	for {
		switch {
		case d.head < len(d.queue):
			q := d.queue[d.head]
			d.queue[d.head] = request{}
			d.head++
			d.mu.Unlock()
			q.run()
			d.mu.Lock()
		case d.closing:
			d.mu.Unlock()
			return
		default:
			d.idle = append(d.idle, parker)
			d.mu.Unlock()
			parker.Park(never)
			d.mu.Lock()
			// Still there if nobody has called this porter.
			if i := slices.Index(d.idle, parker); i >= 0 {
				d.idle = slices.Delete(d.idle, i, i+1)
			}
		}
	}
}

// close lets the porters end when the queue is empty.
func (d *disk) close() {
	d.mu.Lock()
	d.closing = true
	idle := d.idle
	d.idle = nil
	d.mu.Unlock()
	for _, porter := range idle {
		porter.Unpark()
	}
}

// run does what the request says, or ends it if the file is removed.
func (q request) run() {
	f := q.file
	switch {
	case q.fill != nil:
		n, err := f.readAt(q.fill.into(), q.fill.offset)
		q.fill.arrive(n, err)
		f.leave(nil)
	case q.buffer != nil:
		if !q.sealed {
			seal(q.buffer)
		}
		err := f.writeAt(q.buffer, q.offset)
		f.space.buffers.give(q.buffer[:cap(q.buffer)])
		f.leave(err)
	default:
		f.space.gone(f, f.scratch.Close())
	}
}
