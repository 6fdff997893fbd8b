package parquet

// maxBatch is how many rows are filled at once.
const maxBatch = 1024

// column reads a column of the file into a field of the rows.
type column interface {
	chunkOf() *chunk

	// fill sets the field of the next n rows, at most maxBatch, which are zero.
	// What cannot be a value of the field is left out and added to flaws, with
	// the number that the row has among the n.
	fill(rows address, stride uintptr, n int, flaws *flaws) error

	// bounds returns where statistics are in memory as values of the field's kind.
	bounds(low, high []byte) (l, h address, ok bool)

	// reset forgets what was known of the row group before.
	reset()
}

// flaws are the rows that cannot be records.
type flaws struct{ found []flaw }

func (f *flaws) add(x flaw) { f.found = append(f.found, x) }

type flaw struct {
	row    int
	null   bool
	column *chunk
	cause  string // if it is no NULL
}

// cell is the column for fields whose memory is that of a V.
type cell[V any] struct {
	chunk
	convert convert[V]

	hops    []slab // for the groups behind pointers
	pointed []V    // for the values behind pointers
	scratch []V    // values of a batch

	dict    []V // the dictionary, converted
	dictBad []wrong
	filled  bool // dict is that of this row group

	list  []V     // of the batch
	marks []mark  // where the lists of the rows are in it
	wrong []wrong // of the values converted last
	usual int     // length of list in the batch before
	one   values  // for bounds
}

// wrong is a value that could not be converted.
type wrong struct {
	at    int
	cause string
}

// convert makes values from what a file holds: dst from those that begin with
// number from. It adds to bad what does not fit.
type convert[V any] func(dst []V, src *values, from int, bad *[]wrong)

func newCell[V any](b *binding, o *opened, f convert[V]) *cell[V] {
	c := &cell[V]{chunk: chunk{o: o, b: b}, convert: f}
	for _, h := range b.hops {
		c.hops = append(c.hops, slab{typ: h.typ})
	}
	return c
}

func (c *cell[V]) chunkOf() *chunk { return &c.chunk }

func (c *cell[V]) reset() { c.dict, c.dictBad, c.filled = nil, nil, false }

func (c *cell[V]) fill(rows address, stride uintptr, n int, flaws *flaws) error {
	if c.b.field.list {
		return c.fillLists(rows, stride, n, flaws)
	}
	p := &c.page
	for done := 0; done < n; {
		if p.level == p.total {
			if err := c.next(); err != nil {
				return err
			}
			continue
		}
		m := min(n-done, p.total-p.level)
		c.fillFlat(step(rows, uintptr(done)*stride), stride, done, m, flaws)
		done += m
		c.row += int64(m)
	}
	return nil
}

// fillFlat fills m rows from the page.
func (c *cell[V]) fillFlat(rows address, stride uintptr, done, m int, flaws *flaws) {
	p, b := &c.page, c.b
	def := p.def
	if p.missing == 0 {
		def = nil
	} else {
		def = def[p.level:][:m]
	}
	there := m
	if def != nil {
		there = 0
		for _, d := range def {
			if d == b.maxDef {
				there++
			}
		}
	}
	if len(c.scratch) < there {
		c.scratch = make([]V, max(there, min(2*len(c.scratch), maxBatch)))
	}
	values := c.scratch[:there]
	c.take(values)
	p.level += m
	offset := b.field.offset
	if def == nil && len(b.hops) == 0 && !b.field.pointer {
		at := step(rows, offset)
		for i := range values {
			*as[V](step(at, uintptr(i)*stride)) = values[i]
		}
		for _, w := range c.wrong {
			flaws.add(flaw{row: done + w.at, column: &c.chunk, cause: w.cause})
		}
		return
	}
	next, bad := 0, 0
	for i := range m {
		d := b.maxDef
		if def != nil {
			d = def[i]
		}
		row := step(rows, uintptr(i)*stride)
		base := c.reach(row, d)
		if d < b.maxDef {
			if !b.nullable[d] {
				flaws.add(flaw{row: done + i, null: true, column: &c.chunk})
			}
			continue
		}
		if bad < len(c.wrong) && c.wrong[bad].at == next {
			flaws.add(flaw{row: done + i, column: &c.chunk, cause: c.wrong[bad].cause})
			bad++
		}
		if b.field.pointer {
			*as[*V](step(base, offset)) = c.keep(values[next])
		} else {
			*as[V](step(base, offset)) = values[next]
		}
		next++
	}
}

// keep returns where a copy of the value is.
func (c *cell[V]) keep(v V) *V {
	if len(c.pointed) == cap(c.pointed) {
		c.pointed = make([]V, 0, slabSize)
	}
	c.pointed = append(c.pointed, v)
	return &c.pointed[len(c.pointed)-1]
}

// reach returns where the struct with the field is, after it has made the groups
// on the way that a definition level says are there.
func (c *cell[V]) reach(row address, def byte) address {
	for i := range c.b.hops {
		h := &c.b.hops[i]
		if def < h.def {
			return nil
		}
		p := as[address](step(row, h.offset))
		if *p == nil {
			*p = c.hops[i].take()
		}
		row = *p
	}
	return row
}

// take converts the next values of the page, and notes in wrong which of them it
// could not.
func (c *cell[V]) take(dst []V) {
	p := &c.page
	c.wrong = c.wrong[:0]
	from := p.value
	p.value += len(dst)
	if !p.inDict {
		if len(dst) > 0 {
			c.convert(dst, &p.plain, from, &c.wrong)
		}
		return
	}
	if len(dst) == 0 {
		return
	}
	if !c.filled {
		c.dict = make([]V, c.dictionary.n)
		c.convert(c.dict, c.dictionary, 0, &c.dictBad)
		c.filled = true
	}
	dict := c.dict
	for i, index := range p.indexes[from:][:len(dst)] {
		dst[i] = dict[index]
	}
	if len(c.dictBad) > 0 {
		for i, index := range p.indexes[from:][:len(dst)] {
			for _, w := range c.dictBad {
				if w.at == int(index) {
					c.wrong = append(c.wrong, wrong{i, w.cause})
				}
			}
		}
	}
}

func (c *cell[V]) bounds(low, high []byte) (l, h address, ok bool) {
	c.one.c, c.one.n = &c.chunk, 1
	var v [2]V
	for i, b := range [][]byte{low, high} {
		switch width := c.width(); {
		case width > 0 && len(b) != width:
			return nil, nil, false
		case width == 0:
			c.one.offsets = append(c.one.offsets[:0], 0, uint32(len(b)))
		}
		c.one.data = b
		c.wrong = c.wrong[:0]
		c.convert(v[i:i+1], &c.one, 0, &c.wrong)
		if len(c.wrong) > 0 {
			return nil, nil, false
		}
	}
	return address(&v[0]), address(&v[1]), true
}

// newColumn returns the column for a binding, or says why the file's type cannot
// be the field's.
func newColumn(b *binding, o *opened) (column, error) {
	switch b.field.kind {
	case boolKind:
		return newCellOr(b, o, bools)
	case int8Kind:
		return newCellOr(b, o, integers[int8])
	case int16Kind:
		return newCellOr(b, o, integers[int16])
	case int32Kind:
		return newCellOr(b, o, integers[int32])
	case int64Kind:
		return newCellOr(b, o, integers[int64])
	case uint8Kind:
		return newCellOr(b, o, integers[uint8])
	case uint16Kind:
		return newCellOr(b, o, integers[uint16])
	case uint32Kind:
		return newCellOr(b, o, integers[uint32])
	case uint64Kind:
		return newCellOr(b, o, integers[uint64])
	case float32Kind:
		return newCellOr(b, o, floats32)
	case float64Kind:
		return newCellOr(b, o, floats64)
	case stringKind:
		return newCellOr(b, o, texts)
	case bytesKind:
		return newCellOr(b, o, byteSlices)
	case timeKind:
		return newCellOr(b, o, times)
	case durationKind:
		return newCellOr(b, o, durations)
	}
	return nil, errMisfit
}

func newCellOr[V any](b *binding, o *opened, choose func(*binding, *opened) (convert[V], error)) (column, error) {
	f, err := choose(b, o)
	if err != nil {
		return nil, err
	}
	return newCell(b, o, f), nil
}
