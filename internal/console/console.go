// Package console is the terminal that a program's output and its progress line
// share. Floor 0.
//
// The progress line stands on standard error, output goes to standard output. If
// both are the same terminal the line is wiped before output is written, so that
// neither breaks the other.
package console

import (
	"io"
	"os"
	"sync"
)

var shared = struct {
	sync.Mutex
	line bool // a progress line is visible; guarded by the mutex
}{}

// wipe returns to the start of the line and clears it.
const wipe = "\r\x1b[K"

// Out writes to standard output. Each Write appears as a whole. Safe for
// concurrent use.
var Out io.Writer = out{}

type out struct{}

func (out) Write(p []byte) (int, error) {
	shared.Lock()
	defer shared.Unlock()
	hide()
	return os.Stdout.Write(p)
}

// Progress shows line, which has no newline, in place of the one before.
func Progress(line string) {
	shared.Lock()
	defer shared.Unlock()
	_, _ = os.Stderr.WriteString(wipe + line)
	shared.line = true
}

// Hide removes the progress line.
func Hide() {
	shared.Lock()
	defer shared.Unlock()
	hide()
}

func hide() {
	if shared.line {
		_, _ = os.Stderr.WriteString(wipe)
		shared.line = false
	}
}

// IsTerminal reports whether f is a terminal: a character device other than the
// null device.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
