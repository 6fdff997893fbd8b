// Generate writes the eight tables of TPC-H as .tbl files, as dbgen does. At scale
// 1 they are about 1 GB.
//
//	go run ./examples/tpch/generate --scale 1 --output tpch-1
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/thalweg/thalweg/examples/tpch/tpchgen"
)

func main() {
	scale := flag.Float64("scale", 0.01, "scale factor: 1 is about 1 GB")
	seed := flag.Uint64("seed", 1, "another seed makes other data")
	output := flag.String("output", "", "directory for the files (required)")
	flag.Parse()
	if *output == "" || *scale <= 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := generate(tpchgen.New(*scale, *seed), *output); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes all tables into a directory.
func generate(g *tpchgen.Generator, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, t := range g.Tables() {
		f, err := os.Create(filepath.Join(dir, t.Name+".tbl"))
		if err != nil {
			return err
		}
		if err := errors.Join(write(f, t), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// chunk is how many units of a table are made at a time, to be written at once.
const chunk = 2000

// write makes the chunks of a table on all processors and writes them in order.
// There are never more chunks than places in the queue.
func write(w io.Writer, t tpchgen.Table) error {
	queue := make(chan chan []byte, 2*runtime.GOMAXPROCS(0))
	free := make(chan []byte, cap(queue)+1)
	for range cap(free) {
		free <- nil
	}
	go func() {
		defer close(queue)
		for from := int64(0); from < t.Units; from += chunk {
			text, made := <-free, make(chan []byte, 1)
			queue <- made
			go func() {
				for unit := from; unit < min(from+chunk, t.Units); unit++ {
					text = t.Append(text, unit)
				}
				made <- text
			}()
		}
	}()
	var failed error
	for made := range queue {
		text := <-made
		if failed == nil {
			_, failed = w.Write(text)
		}
		free <- text[:0]
	}
	return failed
}
