package side

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// The data of the db-benchmark of H2O.ai and DuckDB Labs, made as it says: for the
// groups G1 with K = 100, for the joins J1, both without missing values and in
// random order. The random numbers are others than R's, and the same in every run.
// Files have the columns as there, and a line with their names.

const (
	h2oKeys   = 100
	h2oSeed   = 108
	h2oFactor = 1000 // between the sizes of small, medium and big
)

// table writes lines of values with commas between them.
type table struct {
	f    *os.File
	w    *bufio.Writer
	line []byte
}

func newTable(j Job, name, columns string) (*table, error) {
	f, err := os.Create(filepath.Join(j.Dir, name+".csv"))
	if err != nil {
		return nil, err
	}
	t := &table{f: f, w: bufio.NewWriterSize(f, 1<<20)}
	t.line = append(append(t.line, columns...), ',')
	t.end()
	return t, nil
}

func (t *table) int(v int) { t.line = append(strconv.AppendInt(t.line, int64(v), 10), ',') }

// id is "id" and the number in at least as many digits.
func (t *table) id(v, digits int) { t.line = fmt.Appendf(t.line, "id%0*d,", digits, v) }

// value is a number below a hundred with six digits behind the point, of which
// zeros at the end are left out.
func (t *table) value(r *rand.Rand) {
	v := float64(r.IntN(100_000_000)) / 1_000_000
	t.line = append(strconv.AppendFloat(t.line, v, 'f', -1, 64), ',')
}

// end writes the line. An error stays with the writer until the table is closed.
func (t *table) end() {
	t.line[len(t.line)-1] = '\n'
	_, _ = t.w.Write(t.line)
	t.line = t.line[:0]
}

func (t *table) close() error { return errors.Join(t.w.Flush(), t.f.Close()) }

// WriteGroupTable writes g1.csv.
func WriteGroupTable(j Job) error {
	n, small := j.H2ORows, max(1, j.H2ORows/h2oKeys)
	r := rand.New(rand.NewPCG(h2oSeed, 1))
	t, err := newTable(j, "g1", "id1,id2,id3,id4,id5,id6,v1,v2,v3")
	if err != nil {
		return err
	}
	for range n {
		t.id(1+r.IntN(h2oKeys), 3)
		t.id(1+r.IntN(h2oKeys), 3)
		t.id(1+r.IntN(small), 10)
		t.int(1 + r.IntN(h2oKeys))
		t.int(1 + r.IntN(h2oKeys))
		t.int(1 + r.IntN(small))
		t.int(1 + r.IntN(5))
		t.int(1 + r.IntN(15))
		t.value(r)
		t.end()
	}
	return t.close()
}

// keys of one size: nine tenths of them are on both sides, and a tenth on each one
// alone.
type keys struct{ left, right []int32 }

func newKeys(r *rand.Rand, n int) keys {
	common := max(1, n*9/10)
	alone := n - common
	all := make([]int32, n+alone)
	for i := range all {
		all[i] = int32(i + 1)
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return keys{left: all[:n:n], right: append(all[:common:common], all[n:]...)}
}

// column has each of the keys once, then any of them, up to n, in random order.
func column(r *rand.Rand, keys []int32, n int) []int32 {
	rows := append(make([]int32, 0, n), keys...)
	for len(rows) < n {
		rows = append(rows, keys[r.IntN(len(keys))])
	}
	r.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// WriteJoinTables writes x.csv, small.csv, medium.csv and big.csv.
func WriteJoinTables(j Job) error {
	r := rand.New(rand.NewPCG(h2oSeed, 2))
	n := j.H2ORows
	medium := max(1, n/h2oFactor)
	small := max(1, medium/h2oFactor)
	k := []keys{newKeys(r, small), newKeys(r, medium), newKeys(r, n)}
	write := func(name, value string, rows, ids int, left bool) error {
		var columns [][]int32
		header := ""
		for i := range ids {
			from := k[i].right
			if left {
				from = k[i].left
			}
			columns = append(columns, column(r, from, rows))
			header += fmt.Sprintf("id%d,", i+1)
		}
		for i := range ids {
			header += fmt.Sprintf("id%d,", i+4)
		}
		t, err := newTable(j, name, header+value)
		if err != nil {
			return err
		}
		for row := range rows {
			for _, column := range columns {
				t.int(int(column[row]))
			}
			for _, column := range columns {
				t.id(int(column[row]), 1)
			}
			t.value(r)
			t.end()
		}
		return t.close()
	}
	return errors.Join(write("x", "v1", n, 3, true), write("small", "v2", small, 1, false),
		write("medium", "v2", medium, 2, false), write("big", "v2", n, 3, false))
}

// ReadTable calls row for each line of a file but the first one, with its fields;
// they are lent for the call.
func ReadTable(j Job, name string, row func(fields [][]byte) error) error {
	f, err := os.Open(filepath.Join(j.Dir, name+".csv"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReaderSize(f, 1<<20)
	var fields [][]byte
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if first {
			continue
		}
		fields = fields[:0]
		from := 0
		for i, b := range line {
			if b == ',' || b == '\n' {
				fields = append(fields, line[from:i])
				from = i + 1
			}
		}
		if err := row(fields); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// Interned are texts that occur again and again: each is in memory once, as it is in
// the dictionaries of other engines.
type Interned map[string]string

// Text returns the text of the bytes, which are only lent.
func (d Interned) Text(b []byte) string {
	if s, ok := d[string(b)]; ok {
		return s
	}
	s := string(b)
	d[s] = s
	return s
}

// Scanner turns fields into values and keeps the first error.
type Scanner struct{ Err error }

// Int returns a number without a sign.
func (s *Scanner) Int(b []byte) int64 {
	v := int64(0)
	for _, d := range b {
		if d < '0' || d > '9' {
			s.Err = fmt.Errorf("%q is no number", b)
		}
		v = 10*v + int64(d-'0')
	}
	return v
}

// Float returns any number.
func (s *Scanner) Float(b []byte) float64 {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		s.Err = err
	}
	return v
}
