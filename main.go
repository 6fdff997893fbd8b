package thalweg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/console"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// Exit codes of Main.
const (
	exitFailure   = 1
	exitUsage     = 2
	exitCancelled = 130 // as a shell reports an interrupt
)

// Main gives a program a command line and runs it. It does not return.
//
//	program [run] [options]      runs the program
//	program explain [options]    shows its plan, and runs nothing but with --analyze
//	program why-not [options]    asks the program, where it runs, what holds event time back
//	program quarantine ls DIR    says what is in the quarantine of a run
//	program quarantine show DIR [--operator NAME] [--limit N]
//	program quarantine replay DIR [options]
//
// show writes each record as JSON with its cause and stack. replay runs the program with
// these records, each entering where it was refused; what fails again goes to DIR.again.
//
// Options are --parallelism, --processes, --memory, --spill, --exchange, --flush,
// --restarts, --check-facts, --quarantine, --quarantine-budget, --strategy, --optimizer,
// --history, --help, those of explain, --format, --set, --flip, --analyze and --diff, --operator of
// why-not and quarantine show, and the program's declared arguments as --name
// value. The exit code is 0 after success, 1 after a failure, 2 if the command
// line or the program is wrong, and 130 after an interrupt.
func Main(name string, build Build) {
	tuneCollector()
	Serve(name, build)
	os.Exit(execute(name, build, os.Args[1:], os.Stdout, os.Stderr))
}

// collectorPercent is GOGC for programs that Main runs, unless the environment
// sets it. The engine's live heap is small and most of what it allocates, the text
// of input, dies at once: at the default of 100 the collector would run hundreds
// of times a second to find nothing.
const collectorPercent = 400

func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectorPercent)
	}
}

// execute is Main without the process around it.
func execute(name string, build Build, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "quarantine" {
		return quarantineCommand(name, build, args[1:], stdout, stderr)
	}
	return executeCommand(name, build, args, "", stdout, stderr)
}

// executeCommand runs a program, on the records of a quarantine if replay names one.
func executeCommand(name string, build Build, args []string, replay string, stdout, stderr io.Writer) int {
	c, err := parseCommand(args)
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return exitUsage
	}
	if c.help {
		return help(name, build, stdout)
	}
	s := newSettings(append(c.options, WithName(name), WithParallelism(c.parallelism), WithProcesses(c.processes)))
	s.arguments = c.arguments
	if replay != "" {
		s.replay = replay
		if q := s.quarantined(); q.Dir == "" {
			q.Dir = strings.TrimRight(replay, "/") + ".again"
		}
	}
	limitCollector(s.memory, s.processes, c.given["memory"])
	if c.verb == "why-not" {
		return whyNot(s.host, controlDirectory(), name, c.operator, stdout, stderr)
	}
	if c.verb == "explain" {
		return explainPlan(build, s, c.question, stdout, stderr)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	w := &watch{host: s.host, name: name, directory: controlDirectory(), process: os.Getpid(), stderr: stderr}
	defer w.close()
	s.observe = w.observe
	if console.IsTerminal(os.Stderr) {
		s.observe = func(p *cluster.Progress) {
			w.observe(p)
			showProgress(p)
		}
		defer console.Hide()
	}
	result, err := run(ctx, build, s)
	console.Hide()
	reportFailures(result, stderr)
	reportQuarantine(result, stderr)
	reportLate(result, stderr)
	return report(ctx, name, err, stderr)
}

// controlDirectory is where the jobs of this user say how they are asked; "" if there is
// no such place.
func controlDirectory() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(cache, "thalweg", "jobs")
	if os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return dir
}

// report prints a job's error and returns the exit code.
func report(ctx context.Context, name string, err error, stderr io.Writer) int {
	var usage *UsageError
	var mistake plan.Mistake
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintf(stderr, "%s: cancelled\n", name)
		return exitCancelled
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(stderr, "%s: %s\n", name, line)
	}
	var failure *operator.Failure
	if errors.As(err, &failure) && failure.Stack != "" {
		fmt.Fprintf(stderr, "\n%s", failure.Stack)
	}
	if errors.As(err, &usage) || errors.As(err, &mistake) {
		return exitUsage
	}
	return exitFailure
}

// reportFailures says that the job was tried again, and why.
func reportFailures(r *Result, stderr io.Writer) {
	for _, err := range r.Failures {
		fmt.Fprintf(stderr, "tried again after: %v\n", err)
	}
}

// reportQuarantine says that input was rejected: nothing is dropped in silence.
func reportQuarantine(r *Result, stderr io.Writer) {
	if r.Quarantined == 0 {
		return
	}
	what := "rejected pieces of input"
	if r.Quarantine != "" {
		what = "in the quarantine " + r.Quarantine
	}
	fmt.Fprintf(stderr, "%s: %d\n", what, r.Quarantined)
	for _, s := range r.Samples {
		fmt.Fprintf(stderr, "  %s: %s\n", s.Operator, s)
	}
	if more := r.Quarantined - int64(len(r.Samples)); more > 0 {
		fmt.Fprintf(stderr, "  and %d more\n", more)
	}
}

// reportLate says which operators have got records that no window took.
func reportLate(r *Result, stderr io.Writer) {
	for _, o := range r.Operators {
		if o.Late > 0 {
			fmt.Fprintf(stderr, "late records: %d of %d at %q (%s)\n", o.Late, o.RecordsIn, o.Name, o.Site)
		}
	}
}

// help lists the options of every program and the arguments of this one, which
// it declares while it builds; a program that cannot be built without arguments
// still shows those it got to.
func help(name string, build Build, stdout io.Writer) int {
	env := newEnvironment(name, nil)
	_, _ = env.build(build)
	fmt.Fprintf(stdout, "%s\n\nUsage:\n", name)
	for _, usage := range []string{
		"[run] [options]", "explain [--format text|json|dot|html] [options]", "why-not [--operator NAME]",
		"quarantine ls|show|replay DIR [options]",
	} {
		fmt.Fprintf(stdout, "  %s %s\n", os.Args[0], usage)
	}
	w := tabwriter.NewWriter(stdout, 0, 8, 2, ' ', 0)
	if len(env.graph.Arguments) > 0 {
		fmt.Fprintln(w, "\nArguments of this program:")
		for _, a := range env.graph.Arguments {
			fmt.Fprintf(w, "  --%s\t%s\t(default %q)\n", a.Name, a.Help, a.Default)
		}
	}
	fmt.Fprintln(w, "\nOptions of every program:")
	for _, f := range engineFlags {
		byDefault := ""
		switch f.name {
		case "parallelism":
			byDefault = fmt.Sprintf("(default %d here)", runtime.GOMAXPROCS(0))
		case "memory":
			byDefault = fmt.Sprintf("(default %s here)", memory.Text(defaultMemory(1)))
		}
		fmt.Fprintf(w, "  --%s\t%s\t%s\n", f.name, f.help, byDefault)
	}
	_ = w.Flush()
	return 0
}
