package filetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/thalweg/thalweg/connect"
)

// Sample is what was read of a sample: the records, by place, and what they take in the
// input.
type Sample[T any] struct {
	Places [][]T
	Rows   int
	Bytes  int64
	Size   connect.Size // of the whole input
}

// Estimate is how many records the whole input has, as far as the sample says.
func (s Sample[T]) Estimate() float64 {
	if s.Size.Records >= 0 {
		return float64(s.Size.Records)
	}
	return float64(s.Size.Bytes) / float64(s.Bytes) * float64(s.Rows)
}

// CheckSample reads a sample of a source, and all of it, and checks what sources promise
// of both: see [connect.Sized] and [connect.Sampled]. What is compared are the records as
// they print.
func CheckSample[T any](source connect.Source[T], files connect.Files, places int) (sample Sample[T], err error) {
	sized, isSized := source.(connect.Sized)
	sampled, isSampled := source.(connect.Sampled[T])
	if !isSized || !isSampled {
		return sample, errors.New("filetest: the source has no size, or no samples")
	}
	c := &Context{Context: context.Background(), Disk: files, Subtasks: 1}
	if sample.Size, err = sized.Size(c); err != nil {
		return sample, err
	}
	all, err := readAll(source, c)
	if err != nil {
		return sample, err
	}
	if err := sample.read(sampled.Sample(places), c); err != nil {
		return sample, err
	}
	again := Sample[T]{Size: sample.Size}
	if err := again.read(sampled.Sample(places), c); err != nil {
		return sample, err
	}
	if !reflect.DeepEqual(sample, again) {
		return sample, errors.New("filetest: two samples differ")
	}
	left := map[string]int{}
	for _, row := range all {
		left[fmt.Sprintf("%#v", row)]++
	}
	for _, place := range sample.Places {
		for _, row := range place {
			if left[fmt.Sprintf("%#v", row)]--; left[fmt.Sprintf("%#v", row)] < 0 {
				return sample, fmt.Errorf("filetest: the sample has %#v, which the input has not, or not as often", row)
			}
		}
	}
	size := sample.Size
	switch {
	case size.Records >= 0 && size.Records != int64(len(all)):
		return sample, fmt.Errorf("filetest: a size of %d records, but there are %d", size.Records, len(all))
	case size.Bytes >= 0 && sample.Bytes > size.Bytes:
		return sample, fmt.Errorf("filetest: the sample has %d bytes of %d", sample.Bytes, size.Bytes)
	case len(sample.Places) > places:
		return sample, fmt.Errorf("filetest: %d places where %d were wanted", len(sample.Places), places)
	}
	return sample, nil
}

// Rows reads all splits of a source, each as a place of a sample.
func Rows[T any](source connect.Source[T], files connect.Files) (s Sample[T], err error) {
	err = s.read(source, &Context{Context: context.Background(), Disk: files, Subtasks: 1})
	return s, err
}

func readAll[T any](source connect.Source[T], c *Context) (rows []T, err error) {
	splits, err := source.Splits(c)
	for _, s := range splits {
		if err == nil {
			var more []T
			more, err = readSplit(source, c, s, 7)
			rows = append(rows, more...)
		}
	}
	return rows, err
}

func (s *Sample[T]) read(source connect.Source[T], c *Context) error {
	splits, err := source.Splits(c)
	if err != nil {
		return err
	}
	for _, split := range splits {
		rows, err := readSplit(source, c, split, 7)
		if err != nil {
			return err
		}
		s.Places = append(s.Places, rows)
		s.Rows += len(rows)
		s.Bytes += c.Bytes
	}
	return nil
}
