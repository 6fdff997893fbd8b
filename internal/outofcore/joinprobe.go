package outofcore

// fate is what is known of a probe row.
type fate byte

const (
	alone fate = iota
	matched
	later // its partition is on disk, and so is the row
)

// Probe joins rows of the probe side, which are the caller's again. It comes after
// BuildDone.
func (j *Join[B, P, K]) Probe(rows []P) error {
	for len(rows) > 0 {
		n := min(len(rows), maxBatch)
		if err := j.probe(rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// probe joins a batch.
func (j *Join[B, P, K]) probe(rows []P) error {
	j.probed += int64(len(rows))
	fates, err := j.lookup(rows)
	if err != nil {
		return err
	}
	if j.spilled > 0 {
		if err := j.spillProbe(rows, fates); err != nil {
			return err
		}
	}
	if !j.spec.wantsProbe() {
		return nil
	}
	calls := [...]func(p *P) error{alone: j.spec.ProbeAlone, matched: j.spec.ProbeMatched, later: nil}
	for i, fate := range fates {
		if f := calls[fate]; f != nil {
			if err := f(&rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookup joins a batch with the build rows in memory, and returns which rows have a
// partner there. Hashes are left in work.
//
// The first rows of all chains are visited first, then the second ones, and so on:
// no row of a round depends on another one, so that the processor can wait for many
// at once (group prefetching: Chen, Ailamaki, Gibbons, Mowry, Improving Hash Join
// Performance through Prefetching, 2004).
func (j *Join[B, P, K]) lookup(rows []P) ([]fate, error) {
	w, r, spec := j.work, j.rows, j.spec
	keys, hashes, refs := w.keys[:len(rows)], w.hashes[:len(rows)], w.refs[:len(rows)]
	fates := w.fates[:len(rows)]
	clear(fates)
	spec.ProbeKey.Gather(rows, keys)
	spec.ProbeKey.Type().HashRows(keys, hashes)
	j.adjust(hashes)
	j.table.find(hashes, refs, w.more)
	active, n := w.active[:len(rows)], 0
	for i, ref := range refs {
		active[n] = int32(i)
		n += int((ref | -ref) >> 63)
	}
	for n > 0 {
		active = active[:n]
		n = 0
		r.fetch(active, refs)
		for _, i := range active {
			ref := refs[i]
			head := r.head(ref)
			next := head & refMask
			if mayBe(head, hashes[i]) {
				b, err := r.row(ref)
				if err != nil {
					return nil, err
				}
				if j.key = spec.BuildKey.Get(b); j.equal(&j.key, &keys[i]) {
					fates[i] = matched
					if spec.Match != nil {
						if err := spec.Match(b, &rows[i]); err != nil {
							return nil, err
						}
					}
					if j.mark(ref, head) {
						next = 0
					}
				}
			}
			refs[i] = next
			active[n] = i
			n += int((next | -next) >> 63)
		}
	}
	return fates, nil
}

// mark notes that a build row has a partner, and reports whether nobody wants to
// know of the others with the same key: either only probe rows matter, or all of
// them have been marked before.
func (j *Join[B, P, K]) mark(ref, head uint64) (enough bool) {
	switch {
	case !j.spec.wantsBuild():
		return j.spec.Match == nil
	case head&met != 0:
		return j.spec.Match == nil
	}
	j.rows.setHead(ref, head|met)
	return false
}

// fetch touches the heads of rows, so that they are in the cache soon.
func (r *joinRows[B]) fetch(active []int32, refs []uint64) {
	chunks, sum := r.chunks, uint64(0)
	if r.plain {
		for _, i := range active {
			ref := refs[i]
			sum += chunks[ref>>offsetBits].rows[ref&offsetMask].head
		}
	} else {
		for _, i := range active {
			ref := refs[i]
			sum += uint64(chunks[ref>>offsetBits].page[ref&offsetMask])
		}
	}
	r.touched += sum
}

// spillProbe writes the rows whose partition is on disk there, unless the filter
// says that they have no partner.
func (j *Join[B, P, K]) spillProbe(rows []P, fates []fate) error {
	hashes, index, n := j.work.hashes[:len(rows)], j.work.active[:len(rows)], 0
	for i, h := range hashes {
		index[n] = int32(i)
		if j.files[j.rows.partOf(h)].build != nil {
			n++
		}
	}
	index = index[:j.filter.pass(hashes, index[:n], j.work.more)]
	for _, i := range index {
		fates[i] = later
		if err := j.files[j.rows.partOf(hashes[i])].probe.add(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// ProbeDone ends the probe side, and joins what is on disk.
func (j *Join[B, P, K]) ProbeDone() error {
	if err := j.finish(); err != nil {
		return err
	}
	for i := range j.files {
		f := &j.files[i]
		if f.build == nil {
			continue
		}
		page, err := f.probe.seal()
		if err != nil {
			return err
		}
		j.room.Memory.Free(page)
	}
	for i := range j.files {
		f := &j.files[i]
		if f.build == nil {
			continue
		}
		if err := j.descend(f); err != nil {
			return err
		}
		f.build.close()
		f.probe.close()
	}
	return nil
}

// finish calls what is wanted for build rows in memory, and gives all memory but
// the buffers of files back.
func (j *Join[B, P, K]) finish() error {
	if j.spec.wantsBuild() {
		for number := range j.rows.chunks {
			if err := j.finishChunk(&j.rows.chunks[number]); err != nil {
				return err
			}
		}
	}
	j.rows.close()
	j.room.Memory.Release(j.slots)
	j.slots, j.table = 0, joinTable{}
	j.dropFilter()
	return nil
}

func (j *Join[B, P, K]) finishChunk(c *joinChunk[B]) error {
	return j.rows.each(c, func(head uint64, row *B, encoded []byte) error {
		f := j.spec.BuildAlone
		if head&met != 0 {
			f = j.spec.BuildMatched
		}
		if f == nil {
			return nil
		}
		if encoded != nil {
			var err error
			if row, err = j.rows.decode(encoded); err != nil {
				return err
			}
		}
		return f(row)
	})
}
