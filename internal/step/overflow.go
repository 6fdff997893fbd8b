package step

import (
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/spill"
	"github.com/thalweg/thalweg/types"
)

// overflow keeps rows for whose keys a table has no place on disk, in parts by
// hash, and gives them back part by part: all rows of a key are in one part, in
// their order. Rows that overflow again while a part is read are divided by other
// bits of their hashes (hybrid hashing: DeWitt et al., Implementation Techniques
// for Main Memory Database Systems, SIGMOD 1984; for groups, Graefe, Query
// Evaluation Techniques for Large Databases, ACM Computing Surveys 25, 1993).
//
// A part is a file of blocks:
//
//	u32    number of rows, little endian
//	rows   as package types encodes them
//
// Invariants: parts of one level at most are being written, and their buffers
// account for share bytes from the first row on until close; the next part to be
// read is of the deepest level, so that the number of files is at most fan for
// each level.
type overflow[T any] struct {
	typ    *types.Type[T]
	ctx    *operator.Context
	memory *memory.Share
	bits   int // fan is 1 << bits
	block  int // bytes of a block

	level   int    // of the rows that are divided now
	parts   []part // being written; none before the first row of the operator
	open    bool   // some part of this level has rows
	longest int    // bytes of the longest row so far
	held    int64  // bytes accounted for

	piles  []pile // complete, the next one to be read is the last
	file   *spill.File
	reader *spill.Reader
	block0 []byte // the block being read
	rest   []byte // of its rows
	left   int    // rows in rest
	rows   []T    // decoded

	kept served[T] // of a batch
}

// part is a file being written.
type part struct {
	buf   []byte // of the block's size, the header included
	count uint32 // rows in buf
	out   *spill.Writer
}

// pile is a part that is complete.
type pile struct {
	file  *spill.File
	level int
}

// Sizes of parts. Their buffers are an eighth of the share.
const (
	overflowPart = 8
	mostBits     = 6
	leastBits    = 2
	leastBlock   = 4 << 10
	mostBlock    = 128 << 10
	leastOfAll   = 512
)

func newOverflow[T any](ctx *operator.Context, t *types.Type[T]) *overflow[T] {
	o := &overflow[T]{typ: t, ctx: ctx, memory: ctx.Memory(), bits: mostBits}
	buffers := o.memory.Limit() / overflowPart
	for o.bits > leastBits && buffers/(1<<o.bits+1) < leastBlock {
		o.bits--
	}
	o.block = int(min(max(buffers/(1<<o.bits+1), leastOfAll), mostBlock))
	return o
}

// needs returns the bytes of all buffers.
func (o *overflow[T]) needs() int64 { return int64(o.block) * (1<<o.bits + 1) }

// divert keeps the rows of a batch that have negative groups; the others are in
// o.kept then. If it panics, g.at is the row at fault.
func (o *overflow[T]) divert(g *guard, rows []T, index []int32, hashes []uint64) error {
	o.begin()
	shift := 64 - o.bits*(o.level%(64/o.bits)+1)
	for _, i := range o.kept.take(rows, index) {
		g.at = int(i)
		at := hashes[i] * 0x9E3779B97F4A7C15 >> shift & (1<<o.bits - 1)
		if err := o.add(&o.parts[at], rows[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the buffers, once.
func (o *overflow[T]) begin() {
	if o.parts == nil {
		o.memory.Force(o.needs())
		o.held += o.needs()
		o.parts = make([]part, 1<<o.bits)
		for i := range o.parts {
			o.parts[i].buf = make([]byte, 4, o.block)
		}
	}
	o.open = true
}

func (o *overflow[T]) add(p *part, row []T) error {
	if len(p.buf)+o.longest > o.block && p.count > 0 {
		if err := o.write(p); err != nil {
			return err
		}
	}
	before := len(p.buf)
	p.buf = o.typ.AppendRows(p.buf, row)
	o.longest = max(o.longest, len(p.buf)-before)
	p.count++
	if len(p.buf) <= o.block {
		return nil
	}
	// A row longer than all before, in memory of its own for a moment.
	extra := int64(cap(p.buf))
	o.memory.Force(extra)
	err := o.write(p)
	p.buf = make([]byte, 4, o.block)
	o.memory.Release(extra)
	o.longest = min(o.longest, o.block-4)
	return err
}

// write ends the block of a part.
func (o *overflow[T]) write(p *part) (err error) {
	if p.out == nil {
		if p.out, err = o.ctx.Space().Create(); err != nil {
			return err
		}
	}
	binary.LittleEndian.PutUint32(p.buf, p.count)
	err = p.out.Write(p.buf)
	p.buf, p.count = p.buf[:4], 0
	return err
}

// seal ends all parts of the present level.
func (o *overflow[T]) seal() error {
	if !o.open {
		return nil
	}
	o.open = false
	for i := range o.parts {
		p := &o.parts[i]
		if p.count > 0 {
			if err := o.write(p); err != nil {
				return err
			}
		}
		if p.out == nil {
			continue
		}
		out := p.out
		p.out = nil
		file, err := out.Close()
		if err != nil {
			return err
		}
		o.piles = append(o.piles, pile{file, o.level + 1})
	}
	return nil
}

// next goes on to another part, or returns false if there is none. Rows of parts
// before it must have been read to their end.
func (o *overflow[T]) next() (bool, error) {
	if err := o.seal(); err != nil || len(o.piles) == 0 {
		return false, err
	}
	if o.rows == nil {
		o.rows = make([]T, operator.BatchSize[T]())
	}
	last := o.piles[len(o.piles)-1]
	o.piles = o.piles[:len(o.piles)-1]
	o.level, o.file = last.level, last.file
	o.reader = o.file.Reader(o.file.Start(), o.file.End())
	return true, nil
}

// read returns the next rows of the part, which are lent until the next call, or
// io.EOF. What they refer to stays.
func (o *overflow[T]) read() ([]T, error) {
	if o.left == 0 {
		if err := o.readBlock(); err != nil {
			return nil, err
		}
	}
	rows := o.rows[:min(o.left, len(o.rows))]
	n, err := o.typ.DecodeRows(o.rest, rows)
	if err != nil {
		return nil, err
	}
	o.rest, o.left = o.rest[n:], o.left-len(rows)
	return rows, nil
}

func (o *overflow[T]) readBlock() (err error) {
	if o.block0 == nil || o.typ.HasPointers() {
		o.block0 = make([]byte, 0, o.block)
	}
	o.block0, err = o.reader.Next(o.block0[:0])
	if err != nil {
		o.endRead()
		return err
	}
	if len(o.block0) < 4 {
		return errors.New("a block without a header was read from disk")
	}
	o.left, o.rest = int(binary.LittleEndian.Uint32(o.block0)), o.block0[4:]
	return nil
}

func (o *overflow[T]) endRead() {
	if o.reader != nil {
		o.reader.Close()
		o.file.Remove()
		o.reader, o.file = nil, nil
	}
}

// close gives up all files and memory. It may be called at any time and again.
func (o *overflow[T]) close() {
	o.endRead()
	for _, p := range o.piles {
		p.file.Remove()
	}
	for i := range o.parts {
		if out := o.parts[i].out; out != nil {
			out.Discard()
		}
	}
	o.piles, o.parts, o.rows, o.block0, o.rest, o.left = nil, nil, nil, nil, nil, 0
	o.memory.Release(o.held)
	o.held = 0
}

// overflowing is a table with what a step over bounded input needs beside it to get along
// with its share of memory. Keys for which the table has no place overflow, and are
// settled after the others, as many at a time as fit: a key that comes often is met
// early, has a place, and never overflows.
type overflowing[T, K any] struct {
	guard
	find   *groupFinder[T, K]
	table  *groups[K]
	over   *overflow[T]
	update func(rows []T, index []int32, next int) // takes rows whose groups are known, new ones numbered from next
}

// newOverflowing takes over a table that is empty, and about which its user has said
// everything.
func newOverflowing[T, K any](ctx *operator.Context, find *groupFinder[T, K], table *groups[K]) (overflowing[T, K], error) {
	typ, err := types.Of[T]()
	if err != nil {
		return overflowing[T, K]{}, err
	}
	over := newOverflow(ctx, typ)
	table.bound(ctx.Memory(), over.needs()+ctx.Memory().Limit()/filterPart)
	return overflowing[T, K]{guard: guard{ctx: ctx}, find: find, table: table, over: over}, nil
}

// absorb adds a batch, of no more than find's size.
func (k *overflowing[T, K]) absorb(rows []T) (err error) {
	defer rescueSpared(&k.guard, rows, &err)
	index, next := k.find.groupsOf(&k.guard, k.table, rows)
	if k.table.refused == 0 {
		k.update(rows, index, next)
		k.table.settle()
		return nil
	}
	if k.over.parts == nil {
		k.table.quota.spare -= k.over.needs() // it is taken now, for good
	}
	if err := k.over.divert(&k.guard, rows, index, k.find.hashes); err != nil {
		return k.ctx.Fail(err, -1, nil)
	}
	if kept := &k.over.kept; len(kept.rows) > 0 {
		defer kept.restore(&k.guard)
		k.update(kept.rows, kept.index, next)
		k.table.settle()
	}
	return nil
}

// finish has emit send on what the table has, forgets that, and goes on with what
// overflowed, which it gives to collect in batches.
func (k *overflowing[T, K]) finish(emit func() error, collect func(rows []T) error) error {
	defer k.release()
	for {
		if err := emit(); err != nil {
			return err
		}
		level := k.over.level
		more, err := k.over.next()
		if err != nil {
			return k.ctx.Fail(err, -1, nil)
		}
		if !more {
			return nil
		}
		if k.over.level > level {
			k.table.restart()
		} else { // a part as large as the one before, about
			k.table.reset()
		}
		k.base = math.MinInt64 / 2 // which record of the input it was is not known any more
		if err := k.reread(collect); err != nil {
			return unnumbered(err)
		}
	}
}

func (k *overflowing[T, K]) reread(collect func(rows []T) error) error {
	for {
		rows, err := k.over.read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return k.ctx.Fail(err, -1, nil)
		}
		if err := batches(rows, k.find.size(), collect); err != nil {
			return err
		}
	}
}

// unnumbered takes a number that does not mean anything out of a failure.
func unnumbered(err error) error {
	var f *operator.Failure
	if errors.As(err, &f) && f.Record < 0 {
		f.Record = -1
	}
	return err
}

// release gives back all memory and files.
func (k *overflowing[T, K]) release() {
	k.over.close()
	k.table.drop()
}

// Close implements operator.Closer.
func (k *overflowing[T, K]) Close(bool) error {
	k.release()
	return nil
}
