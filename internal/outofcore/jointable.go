package outofcore

import (
	"encoding/binary"
	"math/bits"
)

// joinTable finds the build rows in memory by hash.
//
// It is an array of slots with open addressing and linear probing, of which every
// partition has a range, so that making the table touches a small part of it at a
// time. A slot is 0 or
//
//	 63 … 48         47 … 0
//	+---------------+-----------+
//	| hash, 15 … 0  | reference |
//	+---------------+-----------+
//
// and refers to the first of a chain: all rows of the partition that have the same
// tag, the upper part of the slot, and met each other on their way. These are all
// rows with the same hash, and hardly any others. Making the table looks at no key,
// and a key with many rows takes one slot.
//
// Invariants: the row of a hash is in the chain of the first slot with its tag, from
// its place on, or nowhere if a free slot comes first. Every range has a free slot.
// Slot 0 is the range of all partitions without rows.
type joinTable struct {
	slots  []uint64
	ranges []slotRange // by partition
	bits   uint        // of a partition's number
	sum    uint64      // has the compiler keep the loads that fetch slots
}

type slotRange struct{ base, count uint64 }

// subtaskBits are the highest bits of a hash, by which rows have come here.
// partBits is the most that choose the partition, below those; the next ones choose
// the slot.
const (
	subtaskBits = 10
	partBits    = 5
)

// Bytes of slots for a row: at best every second slot is free, where memory is
// scarce every fifth.
const (
	slotBytes    = 16
	minSlotBytes = 10
)

// slotsOf returns how many slots a partition with rows has, of bytes for each row.
func slotsOf(rows, bytes int64) uint64 { return uint64(rows*bytes/8 + 1) }

// tableBytes returns the memory of a table for partitions with rows, at least.
func tableBytes(rows, parts, bytes int64) int64 { return rows*bytes + 8*(parts+1) }

// find sets refs[i] to the first row of the chain of hashes[i], 0 for none. found
// and at are room for as many numbers.
func (t *joinTable) find(hashes, refs, at []uint64) {
	slots, ranges := t.slots, t.ranges
	shift, part := 63-t.bits, subtaskBits+t.bits
	refs, at = refs[:len(hashes)], at[:len(hashes)]
	for i, h := range hashes { // no branch: the processor waits for many slots at once
		r := &ranges[h<<subtaskBits>>1>>(shift&63)]
		place, _ := bits.Mul64(h<<(part&63), r.count)
		place += r.base
		at[i] = place
		refs[i] = slots[place]
	}
	for i, s := range refs {
		h := hashes[i]
		if (s>>refBits^h)&0xffff == 0 {
			refs[i] = s & refMask
			continue
		}
		if s != 0 {
			r := &ranges[h<<subtaskBits>>1>>(shift&63)]
			for place := at[i]; s != 0 && (s>>refBits^h)&0xffff != 0; s = slots[place] {
				if place++; place == r.base+r.count {
					place = r.base
				}
			}
		}
		refs[i] = s & refMask
	}
}

// insert adds rows of one partition, with their hashes, and sets heads[i] to the
// new head of refs[i].
func (t *joinTable) insert(part int, hashes, refs, heads []uint64) {
	r := t.ranges[part]
	slots := t.slots[r.base : r.base+r.count]
	skip := (subtaskBits + t.bits) & 63
	refs, heads = refs[:len(hashes)], heads[:len(hashes)]
	sum := uint64(0)
	for _, h := range hashes { // has the slots fetched, many at once
		place, _ := bits.Mul64(h<<skip, r.count)
		sum += slots[place]
	}
	t.sum += sum
	for i, h := range hashes {
		place, _ := bits.Mul64(h<<skip, r.count)
		for {
			s := slots[place]
			if s == 0 || (s>>refBits^h)&0xffff == 0 {
				slots[place] = h<<refBits | refs[i]
				heads[i] = headOf(h, s&refMask)
				break
			}
			if place++; place == r.count {
				place = 0
			}
		}
	}
}

// index makes the table of all rows in memory. Its slots are reserved already: for
// each row as many bytes as it is told.
func (r *joinRows[B]) index(t *joinTable, bytes int64, s *joinScratch) error {
	t.bits = 63 - r.shift
	t.ranges = make([]slotRange, len(r.parts))
	total := uint64(1)
	for i := range r.parts {
		p := &r.parts[i]
		t.ranges[i] = slotRange{0, 1}
		r.sync(p)
		if n := p.count(); n > 0 {
			t.ranges[i] = slotRange{total, slotsOf(n, bytes)}
			total += t.ranges[i].count
		}
	}
	t.slots = make([]uint64, total)
	for i := range r.parts {
		for _, number := range r.parts[i].chunks {
			if err := r.insert(t, i, uint64(number)<<offsetBits, &r.chunks[number], s); err != nil {
				return err
			}
		}
	}
	return nil
}

// insert adds the rows of a chunk, the first of which is at ref.
func (r *joinRows[B]) insert(t *joinTable, part int, ref uint64, c *joinChunk[B], s *joinScratch) error {
	for at := 0; at < c.used; {
		n := 0
		for ; at < c.used && n < len(s.hashes); n++ {
			s.refs[n] = ref + uint64(at)
			if r.plain {
				s.hashes[n] = c.rows[at].head
				at++
				continue
			}
			row, err := r.next(c, at)
			if err != nil {
				return err
			}
			s.hashes[n] = binary.LittleEndian.Uint64(row)
			at += len(row)
		}
		t.insert(part, s.hashes[:n], s.refs, s.more)
		for k, ref := range s.refs[:n] {
			r.setHead(ref, s.more[k])
		}
	}
	return nil
}
