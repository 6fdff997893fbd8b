package parquet

import (
	"bytes"
	"sort"
)

// mark is where the list of a row is in the list of the batch.
type mark struct {
	from, to int
	def      byte // of the first level of the row
}

// fillLists sets lists. The elements of a batch share memory. A row's elements can
// go on in the next page, unless the format or an index excludes it.
func (c *cell[V]) fillLists(rows address, stride uintptr, n int, flaws *flaws) error {
	c.list = make([]V, 0, c.usual+c.usual/4)
	c.marks = c.marks[:0]
	p := &c.page
	for {
		if p.level == p.total {
			if len(c.marks) == n && (p.whole || c.at >= c.end) {
				break
			}
			if err := c.next(); err != nil {
				return err
			}
			continue
		}
		if len(c.marks) == n && p.rep[p.level] == 0 {
			break
		}
		c.gather(n, flaws)
	}
	c.usual = len(c.list)
	f, elemDef := c.b.field, c.b.elemDef
	for i, m := range c.marks {
		base := c.reach(step(rows, uintptr(i)*stride), m.def)
		switch {
		case m.def >= elemDef-1: // the list is there
			*as[[]V](step(base, f.offset)) = c.list[m.from:m.to:m.to]
		case !c.b.nullable[m.def]:
			flaws.add(flaw{row: i, null: true, column: &c.chunk})
		}
	}
	return nil
}

// gather takes from the page what belongs to the batch's rows, of which there are
// to be n.
func (c *cell[V]) gather(n int, flaws *flaws) {
	p := &c.page
	from, row := p.level, len(c.marks)
	end := from
	for ; end < p.total; end++ {
		if p.rep[end] == 0 {
			if len(c.marks) == n {
				break
			}
			c.marks = append(c.marks, mark{})
		}
	}
	started := len(c.marks) - row
	c.marks = c.marks[:row]
	def := p.def[from:end]
	there := bytes.Count(def, []byte{c.b.maxDef})
	at := len(c.list)
	if need := at + there; need > cap(c.list) {
		grown := make([]V, at, max(need, 2*cap(c.list)))
		copy(grown, c.list)
		c.list = grown
	}
	c.list = c.list[:at+there]
	c.take(c.list[at:])
	for i, d := range def {
		if p.rep[from+i] == 0 {
			c.marks = append(c.marks, mark{at, at, d})
		}
		if len(c.marks) == 0 { // the rest of a list that nobody began
			if d == c.b.maxDef {
				at++
			}
			continue
		}
		m := &c.marks[len(c.marks)-1]
		switch {
		case d == c.b.maxDef:
			at++
			m.to = at
		case d >= c.b.elemDef:
			flaws.add(flaw{row: len(c.marks) - 1, null: true, column: &c.chunk, cause: "an element"})
		}
	}
	p.level = end
	c.row += int64(started)
	for _, w := range c.wrong {
		at := len(c.list) - there + w.at
		// The last row that begins at or before the element.
		i := sort.Search(len(c.marks), func(i int) bool { return c.marks[i].from > at }) - 1
		flaws.add(flaw{row: max(i, 0), column: &c.chunk, cause: w.cause})
	}
}
