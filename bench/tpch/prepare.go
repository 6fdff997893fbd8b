package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/thalweg/thalweg/bench/harness"
)

// programs of this module and the one within it: their folder, from that of the
// module, and their package.
var programs = map[string][2]string{
	oursText:    {".", "./examples/tpch"},
	oursParquet: {"connect/parquet", "./examples/tpch"},
	byHand:      {".", "./bench/tpch/hand"},
	"generate":  {".", "./examples/tpch/generate"},
}

// program is one of them as a command.
func (c *config) program(name string, arguments ...string) *exec.Cmd {
	return exec.Command(filepath.Join(c.dir, name+".exe"), arguments...)
}

func (c *config) compile(name string) error {
	from := programs[name]
	cmd := exec.Command("go", "build", "-o", filepath.Join(c.dir, name+".exe"), from[1])
	cmd.Dir = filepath.Join(harness.Module(), from[0])
	return output(cmd)
}

// output runs a command and makes what it prints part of its error.
func output(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
}

// prepare compiles the programs and makes the tables that are not there.
func (c *config) prepare(beside []contender) error {
	needed := []string{oursText, "generate"}
	for _, x := range beside {
		needed = append(needed, x.beside)
		if x.name == byHand {
			needed = append(needed, byHand)
		}
	}
	slices.Sort(needed)
	for _, name := range slices.Compact(needed) {
		if err := c.compile(name); err != nil {
			return err
		}
	}
	if c.data == "" {
		c.data = filepath.Join(c.cache, fmt.Sprintf("tpch-%v", c.scale))
		if err := whole(c.data, func(part string) error {
			return output(c.program("generate", "--scale", fmt.Sprint(c.scale), "--output", part))
		}); err != nil {
			return err
		}
	}
	if c.made == "" {
		c.made = filepath.Join(c.data, "made")
	}
	var err error
	if c.data, err = filepath.Abs(c.data); err != nil {
		return err
	}
	if c.made, err = filepath.Abs(c.made); err != nil {
		return err
	}
	if !slices.Contains(needed, oursParquet) {
		return nil
	}
	return whole(c.made, c.load)
}

// whole makes a folder unless it is there. It has its name only when all is in it.
func whole(dir string, make func(part string) error) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	fmt.Fprintln(os.Stderr, "making", dir)
	part := dir + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o777)); err != nil {
		return err
	}
	if err := make(part); err != nil {
		return err
	}
	return os.Rename(part, dir)
}

// load has DuckDB load the text into tables of its own, and write those as Parquet.
func (c *config) load(part string) error {
	if _, err := os.Stat(filepath.Join(c.cache, "duckdb/node_modules")); err != nil {
		return errors.New("files of Parquet are made by DuckDB, which is not there: run bench/peers/duckdb/setup.sh, or leave them out with --forms text")
	}
	all, err := schema()
	if err != nil {
		return err
	}
	p, err := harness.Begin("DuckDB", duckdb(c, told{
		Threads: c.threads, Database: filepath.Join(part, filepath.Base(c.database())), Setup: loading(all, c.data, part),
	}))
	if err != nil {
		return err
	}
	return p.End()
}
