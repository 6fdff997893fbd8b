package parquet

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/thalweg/thalweg/connect"
)

// reader reads the row groups of a split.
//
// A batch of rows is made column by column. Columns that conditions are about come
// first; then the rows that match are moved together, and the other columns read
// only what belongs to these. Every column keeps its own position in the row group
// and is moved on to the row it is needed for, over whole pages if it can.
type reader[T any] struct {
	s      *source[T]
	c      connect.ReaderContext
	plan   *plan
	asked  []column // conditions are about them
	others []column

	sample   piece // if this is a place of a sample
	groups   []int
	group    int   // the current one, if there are rows left
	before   int64 // rows of the file in front of it
	rows     []stretch
	size     int64 // of the row group, for progress
	reported int64

	keep  []bool
	runs  []run
	flaws flaws

	err error // what Read returns from now on
}

// run is neighbouring rows that match: those from on among the rows read become
// those at on in the result.
type run struct{ from, to, at int }

func (s *source[T]) Open(c connect.ReaderContext, split connect.Split) (r connect.Reader[T], err error) {
	if s.err != nil {
		return nil, s.err
	}
	p, err := pieceOf(split)
	if err != nil {
		return nil, err
	}
	path := string(p.Path)
	o, err := open(c.Files(), path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = o.close()
		}
	}()
	defer recovered(path, &err)
	if o.size != p.Size {
		return nil, fmt.Errorf("parquet: %s has %d bytes, but had %d when the job began", path, o.size, p.Size)
	}
	for _, g := range p.Groups {
		if g < 0 || g >= len(o.footer.RowGroups) {
			return nil, fmt.Errorf("parquet: split %q: there is no row group %d", split.ID, g)
		}
	}
	plan, err := s.bind(o)
	if err != nil {
		return nil, err
	}
	made := &reader[T]{s: s, c: c, plan: plan, sample: p, groups: p.Groups, keep: make([]bool, maxBatch)}
	for i, cell := range plan.cells {
		cell.chunkOf().counts = &s.counts
		if plan.early[i] {
			made.asked = append(made.asked, cell)
		} else {
			made.others = append(made.others, cell)
		}
	}
	return made, nil
}

// Close implements connect.Reader.
func (r *reader[T]) Close() error {
	r.err = io.EOF
	return r.plan.o.close()
}

// Read implements connect.Reader.
func (r *reader[T]) Read(rows []T) (n int, err error) {
	if r.err != nil {
		return 0, r.err
	}
	defer func() {
		if err != nil {
			r.err = err
		}
	}()
	defer recovered(r.plan.o.path, &err)
	// Conditions can leave few rows, or none, of many batches; the caller wants to
	// be asked again before long.
	for tries := 0; n < len(rows) && tries < 16; tries++ {
		for len(r.rows) == 0 {
			if len(r.groups) == 0 {
				return n, io.EOF
			}
			r.next()
		}
		s := &r.rows[0]
		m := int(min(int64(len(rows)-n), maxBatch, s.to-s.from))
		got, err := r.batch(rows[n:][:m], s.from)
		n += got
		if err != nil {
			return n, err
		}
		s.from += int64(m)
		r.progress(s.from)
		if s.from == s.to {
			r.rows = r.rows[1:]
		}
		if len(r.rows) == 0 {
			r.progress(r.plan.o.footer.RowGroups[r.group].NumRows)
		}
	}
	return n, nil
}

// next goes to the next row group.
func (r *reader[T]) next() {
	r.group, r.groups = r.groups[0], r.groups[1:]
	r.before = 0
	for i := range r.group {
		r.before += r.plan.o.footer.RowGroups[i].NumRows
	}
	r.size, r.reported = r.plan.size(r.group), 0
	r.rows = []stretch{{0, r.plan.o.footer.RowGroups[r.group].NumRows}}
	if len(r.asked) > 0 {
		r.rows = r.plan.stretches(r.group)
	}
	if n := r.sample.Rows; n > 0 {
		r.rows = intersect(r.rows, []stretch{{0, n}})
		r.size = r.sample.Bytes
	}
	for _, cell := range r.plan.cells {
		c := cell.chunkOf()
		cell.reset()
		c.open(r.group, nil)
		if len(r.asked) > 0 {
			c.pages = r.plan.pages(r.group, c.b)
		}
	}
	r.s.counts.groups.Add(1)
	if len(r.rows) == 0 {
		r.c.AddBytes(r.size)
	}
}

// progress reports that the rows before row of the row group were read.
func (r *reader[T]) progress(row int64) {
	all := r.plan.o.footer.RowGroups[r.group].NumRows
	done := r.size
	if row < all {
		done = int64(float64(r.size) * (float64(row) / float64(all)))
	}
	if done > r.reported {
		r.c.AddBytes(done - r.reported)
		r.reported = done
	}
}

// batch reads the rows of the row group from the given one on and returns how
// many records they are.
func (r *reader[T]) batch(rows []T, first int64) (int, error) {
	clear(rows)
	r.flaws.found = r.flaws.found[:0]
	r.runs = append(r.runs[:0], run{0, len(rows), 0})
	n := len(rows)
	base, stride := addressOf(rows), sizeOf[T]()
	for _, c := range r.asked {
		if err := r.fill(c, base, stride, first, n, 0); err != nil {
			return 0, err
		}
	}
	if len(r.asked) > 0 {
		n = r.choose(rows)
	}
	for _, c := range r.others {
		for _, run := range r.runs {
			to := step(base, uintptr(run.at)*stride)
			if err := r.fill(c, to, stride, first+int64(run.from), run.to-run.from, run.at); err != nil {
				return 0, err
			}
		}
	}
	if len(r.flaws.found) == 0 {
		return n, nil
	}
	return r.reject(rows[:n], first)
}

// fill has a column fill n rows, which are those at on in the result.
func (r *reader[T]) fill(c column, to address, stride uintptr, row int64, n, at int) error {
	chunk := c.chunkOf()
	if chunk.row != row {
		if err := chunk.seek(row); err != nil {
			return err
		}
	}
	known := len(r.flaws.found)
	err := c.fill(to, stride, n, &r.flaws)
	for i := known; i < len(r.flaws.found); i++ {
		r.flaws.found[i].row += at
	}
	return err
}

// choose moves the rows that satisfy all conditions to the front and returns how
// many they are.
func (r *reader[T]) choose(rows []T) int {
	keep := r.keep[:len(rows)]
	for i := range keep {
		keep[i] = true
	}
	for _, w := range r.s.where {
		if len(r.flaws.found) == 0 {
			w.drop(rows, keep)
			continue
		}
		// What is no value satisfies nothing and contradicts nothing, and of several
		// fields nobody knows what the others would say: if no other condition drops the
		// row, it is rejected. A condition of one field does not hold of a NULL, which is
		// a zero in the record.
		was := slices.Clone(keep)
		w.drop(rows, keep)
		places := w.places()
		for _, f := range r.flaws.found {
			if !slices.ContainsFunc(places, f.column.b.field.isAt) {
				continue
			}
			keep[f.row] = was[f.row] && !(f.null && len(places) == 1)
		}
	}
	n := 0
	r.runs = r.runs[:0]
	for i := 0; i < len(rows); i++ {
		if !keep[i] {
			continue
		}
		from := i
		for i < len(rows) && keep[i] {
			i++
		}
		r.runs = append(r.runs, run{from, i, n})
		if from > n {
			copy(rows[n:], rows[from:i])
		}
		n += i - from
	}
	clear(rows[n:])
	r.moveFlaws(keep)
	return n
}

// moveFlaws gives the flaws of rows that are kept their new numbers, and forgets
// the others.
func (r *reader[T]) moveFlaws(keep []bool) {
	left := r.flaws.found[:0]
	for _, f := range r.flaws.found {
		if !keep[f.row] {
			continue
		}
		for _, run := range r.runs {
			if f.row >= run.from && f.row < run.to {
				f.row += run.at - run.from
				break
			}
		}
		left = append(left, f)
	}
	r.flaws.found = left
}

// reject hands the rows with flaws to the quarantine and moves the others
// together.
func (r *reader[T]) reject(rows []T, first int64) (int, error) {
	found := r.flaws.found
	slices.SortStableFunc(found, func(a, b flaw) int { return cmp.Compare(a.row, b.row) })
	n := 0
	for i := range rows {
		if len(found) == 0 || found[0].row != i {
			if n < i {
				rows[n] = rows[i]
			}
			n++
			continue
		}
		f := found[0]
		for len(found) > 0 && found[0].row == i {
			found = found[1:]
		}
		if err := r.quarantine(f, r.before+first+int64(r.origin(i))); err != nil {
			return n, err
		}
	}
	clear(rows[n:])
	return n, nil
}

// origin returns which of the rows read has become row i of the result.
func (r *reader[T]) origin(i int) int {
	for _, run := range r.runs {
		if i >= run.at && i < run.at+run.to-run.from {
			return run.from + i - run.at
		}
	}
	return i
}

func (r *reader[T]) quarantine(f flaw, row int64) error {
	b := f.column.b
	cause := f.cause
	switch {
	case f.null && cause != "":
		cause += " is NULL"
	case f.null && b.field.list:
		cause = "a group around it is NULL and no pointer"
	case f.null:
		cause = "it is NULL and nothing on the way to the field is a pointer that could be nil"
	}
	return r.c.Quarantine(connect.Rejected{
		Origin: r.plan.o.path,
		Offset: f.column.from,
		Cause:  fmt.Sprintf("row %d, column %q for the field %s: %s", row, b.name, b.field.goName, cause),
	})
}
