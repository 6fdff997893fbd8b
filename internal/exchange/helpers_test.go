package exchange

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

// row is the record of the tests: 24 bytes, without pointers.
type row struct {
	Key, Seq int64
	Value    float64
}

const rowSize = 24

func encodeRows(dst []byte, c operator.Carrier) []byte {
	le := binary.LittleEndian
	for _, r := range c.(*operator.Batch[row]).Rows {
		dst = le.AppendUint64(dst, uint64(r.Key))
		dst = le.AppendUint64(dst, uint64(r.Seq))
		dst = le.AppendUint64(dst, math.Float64bits(r.Value))
	}
	return dst
}

func decodeRows(dst []row, src []byte) []row {
	le := binary.LittleEndian
	for ; len(src) >= rowSize; src = src[rowSize:] {
		dst = append(dst, row{
			Key: int64(le.Uint64(src)), Seq: int64(le.Uint64(src[8:])),
			Value: math.Float64frombits(le.Uint64(src[16:])),
		})
	}
	return dst
}

// parcel is a carrier whose encoding is the bytes it holds.
type parcel struct {
	rows     int
	bytes    []byte
	released atomic.Int32
}

func (p *parcel) Len() int  { return p.rows }
func (p *parcel) Share(int) {}
func (p *parcel) Release()  { p.released.Add(1) }

func encodeParcel(dst []byte, c operator.Carrier) []byte { return append(dst, c.(*parcel).bytes...) }

// counting is a parker that counts the permits it is given.
type counting struct {
	host.Parker
	permits atomic.Int32
}

func newCounting() *counting { return &counting{Parker: host.New().NewParker()} }

func (c *counting) Unpark() {
	c.permits.Add(1)
	c.Parker.Unpark()
}

// until parks on p until f returns true, and fails the test after a while.
func until(t testing.TB, p host.Parker, what string, f func() bool) {
	t.Helper()
	deadline := host.New().Now().Add(20 * time.Second)
	for !f() {
		if !p.Park(deadline) {
			t.Errorf("gave up waiting: %s", what)
			runtime.Goexit()
		}
	}
}

// next polls the gate until it has something.
func next(t testing.TB, g *Gate, p host.Parker) (channel int, item Item) {
	t.Helper()
	until(t, p, "an item", func() (ok bool) {
		channel, item, ok = g.Poll()
		return ok
	})
	return channel, item
}

// sockets counts the process's open sockets, where the system shows them.
func sockets() (n int) {
	files, _ := filepath.Glob("/proc/self/fd/*")
	for _, file := range files {
		if target, err := os.Readlink(file); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// nothingLeft checks, when the test ends, that it left no goroutine and no
// socket behind.
func nothingLeft(t *testing.T) {
	before, open := runtime.NumGoroutine(), sockets()
	t.Cleanup(func() {
		if n := sockets(); n > open {
			t.Errorf("%d sockets before, %d after", open, n)
		}
		// A goroutine that has done its work may still be on its way out.
		for range 1_000_000 {
			if runtime.NumGoroutine() <= before {
				return
			}
			runtime.Gosched()
		}
		stacks := make([]byte, 64<<10)
		t.Errorf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(),
			stacks[:runtime.Stack(stacks, true)])
	})
}
