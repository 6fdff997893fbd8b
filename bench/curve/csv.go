package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/thalweg/thalweg/bench/harness"
)

// columns are those of the file: times in seconds, sizes in bytes. Input is what
// grows, in working memories, for whoever draws something else of it.
var columns = []string{
	"program", "engine", "input", "records", "probe", "memory", "parallelism", "rounds",
	"wall", "wall_min", "wall_max", "cpu", "cpu_min", "cpu_max", "resident",
}

func formatCSV(curves []curve) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(columns) // a buffer takes everything
	for _, k := range curves {
		for _, c := range k.Points {
			row := []string{
				k.Program, k.Engine, fmt.Sprintf("%.4f", c.x()),
				fmt.Sprint(c.Records), fmt.Sprint(c.Probe), fmt.Sprint(c.Memory), fmt.Sprint(c.Parallelism), fmt.Sprint(c.Rounds),
			}
			for _, s := range []harness.Spread{c.Wall, c.CPU} {
				for _, v := range []float64{s.Median, s.Min, s.Max} {
					row = append(row, fmt.Sprintf("%.4f", v))
				}
			}
			_ = w.Write(append(row, fmt.Sprint(c.Resident)))
		}
	}
	w.Flush()
	return b.Bytes()
}

// parseCSV reads what formatCSV has written.
func parseCSV(text []byte) (curves []curve, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = len(columns)
	if _, err := r.Read(); err != nil {
		return nil, err
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		c, err := parseCost(row)
		if err != nil {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if n := len(curves); n == 0 || curves[n-1].Program != row[0] || curves[n-1].Engine != row[1] {
			curves = append(curves, curve{Program: row[0], Engine: row[1]})
		}
		k := &curves[len(curves)-1]
		k.Points = append(k.Points, c)
	}
	if len(curves) == 0 {
		return nil, errors.New("the file has no points")
	}
	return curves, nil
}

// parseCost reads all but the names and the input of a row.
func parseCost(row []string) (c cost, err error) {
	whole := func(at int) int64 {
		n, e := strconv.ParseInt(row[at], 10, 64)
		err = errors.Join(err, e)
		return n
	}
	spread := func(at int) (s harness.Spread) {
		for i, v := range []*float64{&s.Median, &s.Min, &s.Max} {
			n, e := strconv.ParseFloat(row[at+i], 64)
			*v, err = n, errors.Join(err, e)
		}
		return s
	}
	c = cost{
		Records: whole(3), Probe: whole(4), Memory: whole(5), Parallelism: int(whole(6)), Rounds: int(whole(7)),
		Wall: spread(8), CPU: spread(11), Resident: whole(14),
	}
	if err == nil && !(c.Records > 0 && c.Memory > 0 && c.Wall.Median > 0) {
		err = errors.New("records, memory and wall must be positive")
	}
	return c, err
}
