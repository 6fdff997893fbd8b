package parquet

import (
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Statistics only ever exclude: where they are missing, cannot be understood or
// contradict themselves, everything may match.

// stretch is rows of a row group.
type stretch struct{ from, to int64 }

// size returns how many bytes the columns to read take in a row group.
func (p *plan) size(group int) int64 {
	var n int64
	for _, c := range p.cells {
		n += p.o.footer.RowGroups[group].Columns[c.chunkOf().b.number].MetaData.TotalCompressedSize
	}
	return n
}

// mayMatch reports whether a row group can hold a row that satisfies all
// conditions.
func (p *plan) mayMatch(group int) bool {
	for i, cell := range p.cells {
		b := cell.chunkOf().b
		m := &p.o.footer.RowGroups[group].Columns[b.number].MetaData
		if len(p.pruning[i]) == 0 {
			continue
		}
		if m.NumValues > 0 && m.Statistics.NullCount == m.NumValues {
			return false
		}
		if m.Statistics.MinValue == nil || m.Statistics.MaxValue == nil || !p.ordered(b) {
			continue
		}
		if !p.possible(i, m.Statistics.MinValue, m.Statistics.MaxValue) {
			return false
		}
	}
	return true
}

// ordered reports whether the least and the greatest value of a column are so in
// the order that we know.
func (p *plan) ordered(b *binding) bool {
	orders := p.o.footer.ColumnOrders
	if b.number >= len(orders) || b.physical() == parquet.Int96 {
		return false
	}
	_, ok := orders[b.number].Value.(*format.TypeDefinedOrder)
	return ok
}

// possible asks the conditions about a column whether a value between two bounds
// can match.
func (p *plan) possible(cell int, low, high []byte) bool {
	if len(low) == 0 && len(high) == 0 {
		return true // more likely unknown than empty
	}
	l, h, ok := p.cells[cell].bounds(low, high)
	if !ok {
		return true
	}
	for _, w := range p.pruning[cell] {
		if !w.possible(l, h) {
			return false
		}
	}
	return true
}

// stretches returns the rows of a row group that may match, in order, by the
// indexes of pages.
func (p *plan) stretches(group int) []stretch {
	rows := []stretch{{0, p.o.footer.RowGroups[group].NumRows}}
	for i, cell := range p.cells {
		b := cell.chunkOf().b
		if len(p.pruning[i]) == 0 || !p.ordered(b) {
			continue
		}
		pages := p.pages(group, b)
		index := p.columnIndex(group, b, len(pages))
		if index == nil {
			continue
		}
		var may []stretch
		for n := range pages {
			if index.NullPages[n] || !p.possible(i, index.MinValues[n], index.MaxValues[n]) {
				continue
			}
			s := stretch{pages[n].FirstRowIndex, p.o.footer.RowGroups[group].NumRows}
			if n+1 < len(pages) {
				s.to = pages[n+1].FirstRowIndex
			}
			if k := len(may); k > 0 && may[k-1].to == s.from {
				may[k-1].to = s.to
				continue
			}
			may = append(may, s)
		}
		rows = intersect(rows, may)
	}
	return rows
}

// intersect returns the rows that are in both, which are in order.
func intersect(a, b []stretch) []stretch {
	var both []stretch
	for len(a) > 0 && len(b) > 0 {
		if s := (stretch{max(a[0].from, b[0].from), min(a[0].to, b[0].to)}); s.from < s.to {
			both = append(both, s)
		}
		if a[0].to < b[0].to {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}

// pages returns where the pages of a column are, or nothing if there is no index
// that makes sense.
func (p *plan) pages(group int, b *binding) []format.PageLocation {
	g := &p.o.footer.RowGroups[group]
	c := &g.Columns[b.number]
	var index format.OffsetIndex
	if !p.read(c.OffsetIndexOffset, c.OffsetIndexLength, &index) {
		return nil
	}
	from := chunkStart(&c.MetaData)
	end := from + c.MetaData.TotalCompressedSize
	row := int64(-1)
	for i, l := range index.PageLocations {
		if l.Offset < from || l.Offset >= end || l.FirstRowIndex <= row || l.FirstRowIndex >= g.NumRows || i == 0 && l.FirstRowIndex != 0 {
			return nil
		}
		from, row = l.Offset, l.FirstRowIndex
	}
	return index.PageLocations
}

// columnIndex returns the least and greatest values of a column's pages, nil if
// they are not those of so many pages.
func (p *plan) columnIndex(group int, b *binding, pages int) *format.ColumnIndex {
	c := &p.o.footer.RowGroups[group].Columns[b.number]
	index := new(format.ColumnIndex)
	if pages == 0 || !p.read(c.ColumnIndexOffset, c.ColumnIndexLength, index) ||
		len(index.NullPages) != pages || len(index.MinValues) != pages || len(index.MaxValues) != pages {
		return nil
	}
	return index
}

// read decodes a Thrift struct in the file, and reports whether there is one.
func (p *plan) read(at int64, size int32, to any) bool {
	if at <= 0 || size <= 0 || at > p.o.body || int64(size) > p.o.body-at {
		return false
	}
	b := make([]byte, size)
	if readFull(p.o.file, b, at) != nil {
		return false
	}
	if _, err := measure(b); err != nil {
		return false
	}
	var protocol thrift.CompactProtocol
	return thrift.NewDecoder(protocol.NewReaderFromBytes(b)).Decode(to) == nil
}
