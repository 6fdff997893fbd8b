package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// flink is a process of bench/peers/flink: a cluster that runs one job after the
// other.
type flink struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// opened are the packages that Flink's own scripts open to it in Java 17.
var opened = []string{
	"java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time",
	"java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks",
}

// startFlink starts a cluster with the memory and parallelism of a point.
func startFlink(dir, heap string, p point) (*flink, error) {
	jar := filepath.Join(dir, "flink-peer-1.jar")
	if _, err := os.Stat(jar); err != nil {
		return nil, fmt.Errorf("there is no Flink in %s: run mvn -q -f bench/peers/flink package, or leave it out with --flink none", dir)
	}
	args := []string{"-Xms" + heap, "-Xmx" + heap, "-XX:+UseG1GC"}
	for _, name := range opened {
		args = append(args, "--add-opens=java.base/"+name+"=ALL-UNNAMED")
	}
	args = append(args, "-cp", jar+string(filepath.ListSeparator)+filepath.Join(dir, "lib", "*"),
		"peer.Curve", fmt.Sprint(p.Memory), fmt.Sprint(p.Parallelism), p.Scratch)
	f := &flink{cmd: exec.Command("java", args...)}
	f.cmd.Stderr = os.Stderr
	in, errIn := f.cmd.StdinPipe()
	out, errOut := f.cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		return nil, err
	}
	f.in, f.out = in, bufio.NewReader(out)
	return f, f.cmd.Start()
}

func (f *flink) run(p point) (a answer, err error) {
	if _, err := fmt.Fprintln(f.in, p.Program, p.Records, p.Probe); err != nil {
		return a, fmt.Errorf("flink does not listen: %w", err)
	}
	line, err := f.out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("flink gave no answer: %w", err)
	}
	return a, json.Unmarshal(line, &a)
}

// warm has the cluster run a few jobs in memory and a few that spill: so many that
// the code it spends its time in is compiled.
func (f *flink) warm(p point, rounds int) error {
	fits := p.Memory / recordBytes
	p.Probe = min(p.Probe, 4*fits)
	for range rounds {
		for _, n := range []int64{fits / 2, 2 * fits} {
			p.Records = n
			if _, err := f.run(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *flink) end() error { return errors.Join(f.in.Close(), f.cmd.Wait()) }
