package step

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/spill"
)

// countingDisk counts scratch files that are open, and that ever were.
type countingDisk struct {
	host.Host
	open, made atomic.Int64
}

func (c *countingDisk) Scratch(dir string) (host.ScratchFile, error) {
	f, err := c.Host.Scratch(dir)
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	c.made.Add(1)
	return &countedFile{f, c}, nil
}

// files returns how many scratch files were made.
func (c *countingDisk) files() int64 { return c.made.Load() }

// memoryDisk is the machine with scratch files in memory.
type memoryDisk struct{ host.Host }

func newMemoryDisk() memoryDisk { return memoryDisk{host.New()} }

func (memoryDisk) Scratch(string) (host.ScratchFile, error) { return &memoryFile{}, nil }

// memoryFile is a scratch file in memory. The space reads and writes at the same
// time, from several goroutines.
type memoryFile struct {
	mu      sync.Mutex
	content []byte // guarded by mu
}

func (f *memoryFile) ReadAt(p []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at > int64(len(f.content)) {
		return 0, io.EOF
	}
	n := copy(p, f.content[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(p []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if end := int(at) + len(p); end > len(f.content) {
		f.content = append(f.content, make([]byte, end-len(f.content))...)
	}
	return copy(f.content[at:], p), nil
}

func (f *memoryFile) Close() error { return nil }

type countedFile struct {
	host.ScratchFile
	disk *countingDisk
}

func (f *countedFile) Close() error {
	f.disk.open.Add(-1)
	return f.ScratchFile.Close()
}

// confined drives an operator within a share of memory.
type confined[I, O any] struct {
	t     testing.TB
	disk  *countingDisk
	share *memory.Share
	space *spill.Space
	in    operator.Collector[I]
	body  any
	out   *catch[O]
}

// confine makes an operator that has limit bytes and the disk of a host.
func confine[I, O any](t testing.TB, f operator.Factory, limit int64, on host.Host) *confined[I, O] {
	t.Helper()
	forSpace := max(limit/4, spill.MinShare(memory.NewBudget(limit).PageSize()))
	budget := memory.NewBudget(limit + forSpace)
	share, err := budget.Share(limit)
	if err != nil {
		t.Fatal(err)
	}
	buffers, err := budget.Share(forSpace)
	if err != nil {
		t.Fatal(err)
	}
	c := &confined[I, O]{t: t, disk: &countingDisk{Host: on}, share: share, out: &catch[O]{}}
	c.space = spill.NewSpace(c.disk, []string{t.TempDir()}, buffers)
	ctx := operator.NewContext(operator.Spec{
		Job: context.Background(), Host: c.disk, Name: "under test", Parallelism: 1, Memory: share, Space: c.space,
	})
	inst, err := f(operator.Wiring{Context: ctx, Outputs: []any{c}})
	if err != nil {
		t.Fatal(err)
	}
	c.in, c.body = inst.Inputs[0].(operator.Collector[I]), inst.Body
	if o, ok := c.body.(operator.Opener); ok {
		if err := o.Open(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Collect takes what the operator emits.
func (c *confined[I, O]) Collect(rows []O) error {
	if c.out == nil {
		return nil
	}
	return c.out.Collect(rows)
}

// drop has what is emitted dropped.
func (c *confined[I, O]) drop() { c.out = nil }

// run feeds rows and ends the operator, and returns the first error.
func (c *confined[I, O]) run(rows []I, batch int) error {
	for i := 0; i < len(rows); i += batch {
		if err := c.in.Collect(rows[i:min(i+batch, len(rows))]); err != nil {
			return err
		}
	}
	return c.body.(operator.Finisher).Finish()
}

// end closes the operator and checks that it holds nothing any more.
func (c *confined[I, O]) end(complete bool) {
	c.t.Helper()
	if err := c.body.(operator.Closer).Close(complete); err != nil {
		c.t.Error(err)
	}
	if used, _ := c.share.Used(); used != 0 {
		c.t.Errorf("%d bytes are still accounted for", used)
	}
	if err := c.space.Close(); err != nil {
		c.t.Error(err)
	}
	if n := c.disk.open.Load(); n != 0 {
		c.t.Errorf("%d files are still open", n)
	}
}

// excess is what strings may take beyond a share: a chunk of the arena and those of
// one batch.
const excess = 192 << 10

// runConfined feeds rows to a new operator and returns what it emitted, and how
// many files it made.
func runConfined[I, O any](t testing.TB, f operator.Factory, rows []I, limit int64) ([]O, int64) {
	t.Helper()
	c := confine[I, O](t, f, limit, newMemoryDisk())
	if err := c.run(rows, 600); err != nil {
		t.Fatal(err)
	}
	if _, peak := c.share.Used(); peak > limit+excess {
		t.Errorf("%d bytes were in use, the share has %d", peak, limit)
	}
	c.end(true)
	return c.out.rows, c.disk.files()
}

const leastShare = outofcore.MinPages * memory.UsualPage
