package plan

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Site is a place in the user's program.
type Site struct {
	File string // as the compiler recorded it
	Line int
}

// String is the file with its folder, and the line: "wordcount/main.go:31". It
// does not depend on where the program was built.
func (s Site) String() string {
	if s.File == "" {
		return "unknown"
	}
	dir, file := filepath.Split(s.File)
	return fmt.Sprintf("%s/%s:%d", filepath.Base(dir), file, s.Line)
}

// module is this module's path, read off this package's own name.
var module = func() string {
	pc, _, _, _ := runtime.Caller(0)
	name := runtime.FuncForPC(pc).Name()
	return name[:strings.Index(name, "/internal/plan")]
}()

// Caller returns the innermost place on the stack outside of the engine: the
// user's call of a skin's function. The tests of the engine are users, too.
func Caller() Site {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !engine(frame.Function) || strings.HasSuffix(frame.File, "_test.go") {
			return Site{File: frame.File, Line: frame.Line}
		}
		if !more {
			return Site{}
		}
	}
}

// engine reports whether a function belongs to the packages users call or to
// what lies beneath them. Examples, benchmarks and external tests do not.
func engine(function string) bool {
	rest, ok := strings.CutPrefix(function, module)
	if !ok {
		return strings.HasPrefix(function, "runtime.")
	}
	if strings.Contains(rest, "/examples/") {
		return false // of a connector in a module of its own
	}
	for _, p := range []string{".", "/batch.", "/stream.", "/internal/", "/connect"} {
		if strings.HasPrefix(rest, p) {
			return true
		}
	}
	return false
}
