package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/thalweg/thalweg/bench/harness"
)

const (
	starts     = 20
	startLimit = 20 * time.Millisecond
	binaryMB   = 15
)

const helloSource = `package main

import "fmt"

func main() { fmt.Println("hello") }
`

// benchStart measures how long it takes from the start of a process to its first
// output, for a word count of a few lines and for a program that only prints, and
// how large the word count's binary is.
func benchStart(c *config) ([]line, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	input, source := filepath.Join(c.dir, "tiny.txt"), filepath.Join(c.dir, "hello.go")
	if err := firstError(
		os.WriteFile(input, []byte("to be or not to be\nthat is the question\n"), 0o644),
		os.WriteFile(source, []byte(helloSource), 0o644),
	); err != nil {
		return nil, err
	}
	count, small, hello := filepath.Join(c.dir, "wordcount"), filepath.Join(c.dir, "stripped"), filepath.Join(c.dir, "hello")
	whole, err := buildBinary(root, count, "./examples/wordcount")
	if err != nil {
		return nil, err
	}
	stripped, err := buildBinary(root, small, "-ldflags=-s -w", "./examples/wordcount")
	if err != nil {
		return nil, err
	}
	if _, err := buildBinary(root, hello, source); err != nil {
		return nil, err
	}
	var ours, peer, ratios []float64
	for i := range starts + 2 {
		h, err := firstOutput(exec.Command(hello))
		if err != nil {
			return nil, err
		}
		w, err := firstOutput(exec.Command(count, "--input", input))
		if err != nil {
			return nil, err
		}
		if i >= 2 { // the files are in memory now
			ours, peer, ratios = append(ours, w.Seconds()), append(peer, h.Seconds()), append(ratios, w.Seconds()/h.Seconds())
		}
	}
	o, p := harness.SpreadOf(ours), harness.SpreadOf(peer)
	return []line{{
		name: "start to first output", wall: harness.SpreadOf(ratios), bar: fmt.Sprintf("< %s", startLimit), met: o.Median < startLimit.Seconds(),
		got: fmt.Sprintf("%.1f ms (%.1f–%.1f), hello world %.1f", 1e3*o.Median, 1e3*o.Min, 1e3*o.Max, 1e3*p.Median),
	}, {
		name: "size of the word count", bar: fmt.Sprintf("< %d MB", binaryMB), met: whole < binaryMB*1e6,
		got: fmt.Sprintf("%.1f MB, stripped %.1f MB", float64(whole)/1e6, float64(stripped)/1e6),
	}}, nil
}

// buildBinary builds a program and returns the size of its file.
func buildBinary(root, output string, args ...string) (int64, error) {
	c := exec.Command("go", append([]string{"build", "-o", output}, args...)...)
	c.Dir = root
	if text, err := c.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", c, err, text)
	}
	info, err := os.Stat(output)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// firstOutput returns the time from before the process starts to its first byte.
func firstOutput(c *exec.Cmd) (time.Duration, error) {
	out, err := c.StdoutPipe()
	if err != nil {
		return 0, err
	}
	c.Stderr = os.Stderr
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	_, err = out.Read(make([]byte, 1))
	took := time.Since(start)
	if err != nil {
		return 0, firstError(c.Wait(), fmt.Errorf("%s printed nothing: %w", c, err))
	}
	return took, c.Wait()
}
