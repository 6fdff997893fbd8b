package outofcore

import (
	"encoding/binary"
	"errors"
)

// errLarge says that partitions will not become small.
var errLarge = errors.New("outofcore: a partition does not shrink")

// fewRows are too few to say that most of them are in one partition.
const fewRows = 8

// Build adds rows of the build side, which are the caller's again.
func (j *Join[B, P, K]) Build(rows []B) error {
	for len(rows) > 0 {
		n := min(len(rows), maxBatch)
		if _, err := j.build(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// build adds a batch. In nested loops it returns how many rows fitted.
func (j *Join[B, P, K]) build(rows []B) (n int, err error) {
	hashes := j.work.hashes[:len(rows)]
	j.spec.BuildKey.Hash(rows, hashes)
	j.adjust(hashes)
	for n < len(rows) {
		if j.rows.plain {
			if k := j.rows.scatter(rows[n:], hashes[n:]); k > 0 {
				n += k
				j.built += int64(k)
				continue
			}
		}
		ok, err := j.add(hashes[n], &rows[n])
		if err != nil || !ok {
			return n, err
		}
		n++
		j.built++
	}
	return n, nil
}

// add adds one row, wherever its partition is. It reports false in nested loops if
// it does not fit.
func (j *Join[B, P, K]) add(hash uint64, row *B) (bool, error) {
	for {
		at := j.rows.partOf(hash)
		if j.files != nil {
			if f := j.files[at].build; f != nil {
				j.filter.add(hash)
				return true, f.add(row)
			}
		}
		if j.loops && j.full() {
			return false, nil
		}
		if j.rows.put(&j.rows.parts[at], hash, row) {
			return true, nil
		}
		if j.loops {
			if j.built > 0 {
				return false, nil
			}
			j.rows.forced = true // one row there must be
			ok := j.rows.put(&j.rows.parts[at], hash, row)
			j.rows.forced = false
			return ok, nil
		}
		if err := j.makeRoom(at); err != nil {
			return false, err
		}
	}
}

// full reports whether the table for the rows there are would not fit if they took
// another page.
func (j *Join[B, P, K]) full() bool {
	if j.built == 0 {
		return false
	}
	p := &j.rows.parts[0]
	if p.used < len(p.rows) || p.tail != 0 && !j.rows.plain && cap(p.page)-len(p.page) > j.rows.largest+headBytes {
		return false
	}
	page := int64(j.room.Memory.PageSize())
	rows := page / max(p.bytes/j.built, 1)
	return j.room.Memory.Left() < page+tableBytes(j.built+rows+1, 1, minSlotBytes)
}

// divide turns the one partition there is into many, and reserves a filter's
// memory in case some have to go to disk: for four times the rows that fit.
func (j *Join[B, P, K]) divide() error {
	r := j.rows
	rows, bytes := r.parts[0].count(), r.parts[0].bytes
	chunks := r.take(&r.parts[0])
	r.divide(j.bits())
	r.stage = 0
	if !j.spec.NoBloom && rows > 0 {
		share := j.room.Memory.Limit()
		fit := share / (bytes/rows + minSlotBytes)
		n := min(share/16, 4*fit*bloomRow/8, maxBloom)
		if j.room.Memory.Reserve(n) {
			j.reserved = n
		}
	}
	if j.spare == nil {
		j.spare = j.room.Memory.Page()
	}
	for _, number := range chunks {
		if err := j.scatterChunk(number); err != nil {
			return err
		}
	}
	return nil
}

// scatterChunk moves the rows of a chunk that belongs to no partition.
func (j *Join[B, P, K]) scatterChunk(number uint32) error {
	r := j.rows
	c := r.chunks[number]
	if r.single(&c) {
		p := &r.parts[r.partOf(r.head(uint64(number)<<offsetBits))]
		p.chunks = append(p.chunks, number)
		p.bytes += c.bytes
		p.closed++
		return nil
	}
	err := r.each(&c, func(hash uint64, row *B, encoded []byte) error {
		for {
			at := r.partOf(hash)
			if j.files != nil && j.files[at].build != nil {
				j.filter.add(hash)
				return j.files[at].build.addKept(row, encoded)
			}
			p := &r.parts[at]
			if encoded != nil && r.putBytes(p, encoded) || encoded == nil && r.put(p, hash, row) {
				return nil
			}
			if err := j.makeRoom(at); err != nil {
				return err
			}
		}
	})
	r.free(number)
	return err
}

// addKept adds a row that was in memory, with its head if it is encoded.
func (f *rowFile[B]) addKept(row *B, encoded []byte) error {
	if encoded != nil {
		return f.addEncoded(encoded[headBytes:])
	}
	return f.add(row)
}

// each calls f for every row of a chunk with its head, and the row or, where it is
// encoded, its head and its bytes.
func (r *joinRows[B]) each(c *joinChunk[B], f func(head uint64, row *B, encoded []byte) error) error {
	if r.plain {
		for i := range c.rows[:c.used] {
			if err := f(c.rows[i].head, &c.rows[i].row, nil); err != nil {
				return err
			}
		}
		return nil
	}
	for at := 0; at < c.used; {
		row, err := r.next(c, at)
		if err != nil {
			return err
		}
		if err := f(binary.LittleEndian.Uint64(row), nil, row); err != nil {
			return err
		}
		at += len(row)
	}
	return nil
}

// makeRoom writes the largest partition to disk, or if that gains nothing the one
// that wants memory.
func (j *Join[B, P, K]) makeRoom(wants int) error {
	if len(j.rows.parts) == 1 {
		return j.divide()
	}
	victim := j.largest()
	if j.level > 0 && j.spilled == 0 && j.built > 0 && victim >= 0 {
		if j.rows.parts[victim].count()*4 > j.built*3 && j.built >= fewRows || j.level >= j.spec.MaxDepth {
			return errLarge
		}
	}
	if victim < 0 || j.rows.parts[victim].bytes <= int64(j.room.Memory.PageSize()) {
		victim = wants
	}
	return j.spill(victim)
}

// largest returns the partition that has the most memory; -1 if none has any.
func (j *Join[B, P, K]) largest() int {
	at, bytes := -1, int64(0)
	for i := range j.rows.parts {
		if n := j.rows.parts[i].bytes; n > bytes {
			at, bytes = i, n
		}
	}
	return at
}

// spill writes a partition to disk. A page of it, or the spare one, becomes the
// buffer of its file.
func (j *Join[B, P, K]) spill(part int) error {
	if j.files == nil {
		j.files = make([]joinFiles[B, P], len(j.rows.parts))
		if j.reserved > 0 {
			j.filter = newBloom(j.reserved)
		}
	}
	page := j.spare
	if j.spare = nil; page == nil {
		page = takePage(j.room.Memory)
	}
	f := newRowFile(j.spec.Build, j.room, page)
	j.files[part].build = f
	j.spilled++
	for _, number := range j.rows.take(&j.rows.parts[part]) {
		err := j.rows.each(&j.rows.chunks[number], func(hash uint64, row *B, encoded []byte) error {
			j.filter.add(hash)
			return f.addKept(row, encoded)
		})
		if err != nil {
			return err // Close frees all chunks
		}
		j.rows.free(number)
		if j.spare == nil {
			j.spare = j.room.Memory.Page()
		}
	}
	return nil
}

// BuildDone ends the build side and makes the table.
func (j *Join[B, P, K]) BuildDone() error {
	for part := 0; j.spec.ForceSpill && j.level == 0 && part < len(j.rows.parts); part++ {
		if len(j.rows.parts) == 1 {
			if err := j.divide(); err != nil {
				return err
			}
		}
		if j.files == nil || j.files[part].build == nil {
			if err := j.spill(part); err != nil {
				return err
			}
		}
	}
	if j.spilled == 0 {
		j.dropFilter()
	}
	bytes, err := j.reserveTable()
	if err != nil {
		return err
	}
	for i := range j.files {
		f := &j.files[i]
		if f.build == nil {
			continue
		}
		page, err := f.build.seal()
		if err != nil {
			return err
		}
		f.probe = newRowFile(j.spec.Probe, j.room, page)
	}
	if j.filter.settle(); j.filter != nil && j.filter.full() {
		j.dropFilter()
	}
	j.dropSpare()
	if err := j.rows.index(&j.table, bytes, &j.work.joinScratch); err != nil {
		return err
	}
	j.rows.lent = j.spec.Build.HasPointers() && j.spec.lendsBuild()
	return nil
}

// reserveTable accounts for the slots of the table, and returns the bytes there are
// for each row. Where they do not fit partitions are written to disk.
func (j *Join[B, P, K]) reserveTable() (bytes int64, err error) {
	memory := j.room.Memory
	for {
		rows, parts := int64(0), int64(len(j.rows.parts))
		for i := range j.rows.parts {
			rows += j.rows.parts[i].count()
		}
		bytes = slotBytes
		if left := memory.Left() - 8*(parts+1); rows > 0 && left/rows < bytes {
			bytes = max(left/rows, minSlotBytes)
		}
		j.slots = tableBytes(rows, parts, bytes)
		if memory.Reserve(j.slots) {
			return bytes, nil
		}
		j.slots = 0
		if victim := j.largest(); j.loops || victim < 0 {
			j.slots = tableBytes(rows, parts, bytes)
			memory.Force(j.slots)
			return bytes, nil
		} else if err := j.makeRoom(victim); err != nil {
			return 0, err
		}
	}
}
