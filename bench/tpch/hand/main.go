// Hand answers three queries of TPC-H as a Go program without an engine would: on one
// goroutine, with maps, and reading no more of a line than the query needs.
//
//	go run ./bench/tpch/hand --query 1 --data tpch-1 --output q01.csv
//
// The data are .tbl files in the notation of dbgen; the answer is a CSV file with a
// header.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
)

var queries = map[int]func(dir string, answer *bytes.Buffer) error{1: q1, 3: q3, 6: q6}

func main() {
	query := flag.Int("query", 1, "number of the query: 1, 3 or 6")
	data := flag.String("data", "", "folder with the tables")
	output := flag.String("output", "", "CSV file for the answer")
	flag.Parse()
	debug.SetGCPercent(400) // as programs of the engine have it
	if err := run(*query, *data, *output); err != nil {
		fmt.Fprintln(os.Stderr, "hand:", err)
		os.Exit(1)
	}
}

func run(query int, data, output string) error {
	q := queries[query]
	if q == nil {
		return fmt.Errorf("there is no query %d by hand", query)
	}
	var answer bytes.Buffer
	if err := q(data, &answer); err != nil {
		return err
	}
	return os.WriteFile(output, answer.Bytes(), 0o666)
}
