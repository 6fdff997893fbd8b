package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/thalweg/thalweg/bench/batch/side"
	"github.com/thalweg/thalweg/bench/harness"
)

// told is what a contender is told to do.
func (c *config) told(s *suite, who contender) side.Job {
	j := c.job
	j.Suite, j.Engine, j.Threads, j.Dir = s.name, who.engine, who.threads, c.filesOf(s)
	return j
}

// filesOf is the folder of a suite's generated files.
func (c *config) filesOf(s *suite) string { return filepath.Join(c.dir, s.name) }

// command is how a contender is started. The last argument is its job; see
// [side.Serve] for what it has to do.
func (c *config) command(s *suite, who contender) *exec.Cmd {
	job := c.told(s, who).Encoded()
	switch who.engine {
	case side.DuckDB:
		return exec.Command("node", filepath.Join(harness.Module(), "bench/peers/duckdb/peer.mjs"), filepath.Join(c.cache, "duckdb"), job)
	case side.Polars:
		python := filepath.Join(c.cache, "polars/venv/bin/python")
		cmd := exec.Command(python, filepath.Join(harness.Module(), "bench/peers/polars/peer.py"), job)
		cmd.Env = append(os.Environ(), fmt.Sprintf("POLARS_MAX_THREADS=%d", who.threads))
		return cmd
	}
	return exec.Command(c.binary(s.program), job)
}

// binary is where a program of this module is when it is compiled.
func (c *config) binary(program string) string { return filepath.Join(c.dir, program+".exe") }

// compile compiles a program of this module, unless that was done before.
func (c *config) compile(program string) error {
	if _, err := os.Stat(c.binary(program)); err == nil {
		return nil
	}
	cmd := exec.Command("go", "build", "-o", c.binary(program), "./bench/batch/"+program)
	cmd.Dir = harness.Module()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling %s: %w\n%s", program, err, out)
	}
	return nil
}
