package harness

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Process is a program that takes part in a comparison. It speaks lines of JSON: one
// that says it is ready, then an answer to every question it reads, until its input
// ends. What it says is an object that has at least
//
//	"error": what is wrong, which ends the comparison
//	"pid":   when it is ready, the process that does the work, if it is another one
type Process struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	pid  int // whose memory counts
}

// Begin starts a process and waits until it is ready. The name is for errors.
func Begin(name string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{name: name, cmd: cmd}
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
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
	p.in, p.out, p.pid = in, bufio.NewReader(out), cmd.Process.Pid
	var ready struct{ Pid int }
	if err := p.hear(&ready); err != nil {
		return nil, errors.Join(err, p.End())
	}
	if ready.Pid > 0 {
		p.pid = ready.Pid
	}
	return p, nil
}

// hear reads the next line the process writes into what an answer is made of.
func (p *Process) hear(answer any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s said nothing: %w", p.name, err)
	}
	var wrong struct{ Error string }
	if err := errors.Join(json.Unmarshal(line, &wrong), json.Unmarshal(line, answer)); err != nil {
		return fmt.Errorf("%s said %q: %w", p.name, line, err)
	}
	if wrong.Error != "" {
		return fmt.Errorf("%s: %s", p.name, wrong.Error)
	}
	return nil
}

// Ask writes a question and reads the answer to it. It returns the greatest resident
// memory of the process meanwhile in bytes, its data included; 0 is unknown.
func (p *Process) Ask(question, answer any) (peak int64, err error) {
	line, err := json.Marshal(question)
	if err != nil {
		return 0, err
	}
	resetPeak(p.pid)
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return 0, fmt.Errorf("%s does not listen: %w", p.name, err)
	}
	err = p.hear(answer)
	return peakOf(p.pid), err
}

// End closes the input of the process and waits for its end.
func (p *Process) End() error {
	_ = p.in.Close()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}
