package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/thalweg/thalweg/bench/batch/side"
)

// moveBlock is how much the floor reads and writes at once: as much as stays in the
// cache between the two. Much larger blocks are no help, and a hindrance where the
// kernel gets larger pieces of memory for them that have not been used for long.
const moveBlock = 256 << 10

// moveAll is the floor of a sort that has less memory than input: every byte is read,
// written to a file beside the output, read again and written to the output, which
// is on the disk in the end. As many goroutines as threads share the input.
func moveAll(j side.Job) error {
	lines := j.Lines()
	n := int64(j.Threads)
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			from, to := lines*i/n*side.LineSize, lines*(i+1)/n*side.LineSize
			errs[i] = move(j.Input(), from, to-from, filepath.Join(j.Output(), fmt.Sprintf("part-%05d", i)))
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// move takes size bytes of a file by way of another one to a third one.
func move(input string, from, size int64, output string) (err error) {
	var open []*os.File
	defer func() {
		for _, f := range open {
			err = errors.Join(err, f.Close())
		}
	}()
	in, err := os.Open(input)
	if err != nil {
		return err
	}
	open = append(open, in)
	between, err := os.CreateTemp(filepath.Dir(output), "between-*")
	if err != nil {
		return err
	}
	open = append(open, between)
	if err := os.Remove(between.Name()); err != nil {
		return err
	}
	out, err := os.Create(output)
	if err != nil {
		return err
	}
	open = append(open, out)
	buf := make([]byte, moveBlock)
	if err := copyBlocks(between, io.NewSectionReader(in, from, size), buf); err != nil {
		return err
	}
	if err := copyBlocks(out, io.NewSectionReader(between, 0, size), buf); err != nil {
		return err
	}
	return out.Sync()
}

// copyBlocks copies through the buffer, as a sort must: the kernel may not do it.
func copyBlocks(to io.Writer, from io.Reader, buf []byte) error {
	for {
		n, err := io.ReadFull(from, buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
