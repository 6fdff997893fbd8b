package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/thalweg/thalweg/bench/batch/side"
)

// process is a program that takes part; see [side.Serve] for what it does.
type process struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// begin starts a process and waits until it is ready.
func begin(name string, cmd *exec.Cmd) (*process, error) {
	p := &process{name: name, cmd: cmd}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.in, p.out = in, bufio.NewReader(out)
	if _, err := p.hear(); err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

// hear returns the next line the process writes.
func (p *process) hear() (side.Answer, error) {
	var a side.Answer
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("%s said nothing: %w", p.name, err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("%s said %q: %w", p.name, line, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", p.name, a.Error)
	}
	return a, nil
}

// sample is what one run cost. Peak is the greatest resident memory of the
// process while it ran, its data included, in bytes; 0 is unknown.
type sample struct{ wall, cpu, peak float64 }

// ask has the process answer a question.
func (p *process) ask(question string) (side.Answer, sample, error) {
	resetPeak(p.cmd.Process.Pid)
	if _, err := fmt.Fprintf(p.in, "{\"question\": %q}\n", question); err != nil {
		return side.Answer{}, sample{}, fmt.Errorf("%s does not listen: %w", p.name, err)
	}
	a, err := p.hear()
	return a, sample{wall: a.Wall, cpu: a.CPU, peak: float64(peak(p.cmd.Process.Pid))}, err
}

// end closes the input of the process and waits for its end.
func (p *process) end() error {
	_ = p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}
