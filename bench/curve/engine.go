package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/bench/harness"
)

// point is one job.
type point struct {
	Program     string
	Records     int64
	Probe       int64 // of a join
	Memory      int64
	Parallelism int
	Scratch     string // where to spill
}

// answer is what a job came to and what it cost.
type answer struct {
	total
	Wall     time.Duration `json:"wall"`
	CPU      time.Duration `json:"cpu"`
	Resident int64         `json:"resident"` // the most the process had, in bytes; 0 is unknown
}

// engine runs jobs.
type engine interface {
	run(p point) (answer, error)
	end() error
}

// ours runs every job in a process of its own, which is this program with
// childCommand and a point as arguments.
type ours struct{}

const childCommand = "point"

func (ours) run(p point) (a answer, err error) {
	self, err := os.Executable()
	if err != nil {
		return a, err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return a, err
	}
	c := exec.Command(self, childCommand, string(text))
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(out, &a)
}

func (ours) end() error { return nil }

// child runs the point of an argument and prints the answer.
func child(text string) error {
	debug.SetGCPercent(400) // as thalweg.Main does for every program
	var p point
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	of, err := programNamed(p.Program)
	if err != nil {
		return err
	}
	var a answer
	cpu, start := harness.CPUTime(), time.Now()
	_, err = thalweg.Run(context.Background(), of(p, &a.total), thalweg.WithName(p.Program),
		thalweg.WithParallelism(p.Parallelism), thalweg.WithMemory(p.Memory), thalweg.WithSpill(p.Scratch))
	a.Wall, a.CPU, a.Resident = time.Since(start), harness.CPUTime()-cpu, peakResident()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(a)
}

// peakResident returns the most memory this process ever had, in bytes, or 0
// where nobody says.
func peakResident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
			if err == nil {
				return n << 10
			}
		}
	}
	return 0
}

func (p point) String() string {
	if p.Program == "join" {
		return fmt.Sprintf("%s of %d and %d records", p.Program, p.Records, p.Probe)
	}
	return fmt.Sprintf("%s of %d records", p.Program, p.Records)
}
