package thalweg

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/internal/replay"
)

// setBudget reads --quarantine-budget: a number for the job, and name=number for operators.
func (c *command) setBudget(value string) error {
	for part := range strings.SplitSeq(value, ",") {
		name, number, named := strings.Cut(part, "=")
		if !named {
			name, number = "", part
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 {
			return &UsageError{fmt.Sprintf("--quarantine-budget %s: write a whole number, or operator=number", part)}
		}
		c.options = append(c.options, func(s *settings) {
			if named {
				s.quarantined().Budgets[strings.TrimSpace(name)] = n
			} else {
				s.quarantined().Budget = n
			}
		})
	}
	return nil
}

// prepareQuarantine makes the directory of the quarantine.
func (s *settings) prepareQuarantine() error {
	if s.quarantine == nil {
		return nil
	}
	if s.quarantine.Dir == "" {
		return &UsageError{"a budget for a quarantine, and no quarantine"}
	}
	return quarantine.Prepare(s.host.Files(), s.quarantine.Dir)
}

// applyReplay has a program that was built read the records of a quarantine.
func applyReplay(env *Environment, dir string) error {
	if dir == "" {
		return nil
	}
	if env.sinks > 0 {
		return errors.New("a program that runs jobs while it is built cannot be replayed")
	}
	return replay.Apply(env.graph, env.files, dir)
}

// quarantineVerbs are the commands for a quarantine.
var quarantineVerbs = []string{"ls", "show", "replay"}

// quarantineCommand carries out program quarantine ls, show and replay.
func quarantineCommand(name string, build Build, args []string, stdout, stderr io.Writer) int {
	fail := func(code int, err error) int {
		fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return code
	}
	if len(args) < 2 || !slices.Contains(quarantineVerbs, args[0]) || strings.HasPrefix(args[1], "-") {
		return fail(exitUsage, &UsageError{"quarantine: write quarantine ls, show or replay, and a directory"})
	}
	verb, dir, args := args[0], args[1], args[2:]
	if verb == "replay" {
		if _, err := quarantine.List(host.New().Files(), dir); err != nil {
			return fail(exitFailure, err)
		}
		return executeCommand(name, build, args, dir, stdout, stderr)
	}
	operator, limit := "", -1
	for i := 0; i < len(args); i++ {
		option, value, ok := strings.Cut(args[i], "=")
		if !ok && i+1 < len(args) {
			i++
			value, ok = args[i], true
		}
		var err error
		switch {
		case verb == "show" && ok && option == "--operator":
			operator = value
		case verb == "show" && ok && option == "--limit":
			limit, err = strconv.Atoi(value)
		default:
			err = errors.New("unexpected")
		}
		if err != nil {
			return fail(exitUsage, &UsageError{fmt.Sprintf("quarantine %s: %s: %v", verb, option, err)})
		}
	}
	var err error
	if verb == "ls" {
		err = listQuarantine(dir, stdout)
	} else {
		err = showQuarantine(dir, operator, limit, stdout)
	}
	if err != nil {
		return fail(exitFailure, err)
	}
	return 0
}

// errEnough ends a reading early.
var errEnough = errors.New("enough")

// eachEntry calls f with all entries of a quarantine. A file that is cut off is an error
// after all others have been read.
func eachEntry(dir string, f func(*quarantine.File, *quarantine.Entry) error) error {
	files := host.New().Files()
	paths, err := quarantine.List(files, dir)
	if err != nil {
		return err
	}
	var torn error
	for _, path := range paths {
		if err := eachEntryOf(files, path, f); errors.Is(err, quarantine.ErrTorn) {
			torn = errors.Join(torn, err)
		} else if err != nil {
			return err
		}
	}
	return torn
}

func eachEntryOf(files host.FileSystem, path string, f func(*quarantine.File, *quarantine.Entry) error) error {
	file, err := quarantine.Open(files, path)
	if err != nil {
		return err
	}
	defer file.Close()
	for {
		e, err := file.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = f(file, e)
		}
		if err != nil {
			return err
		}
	}
}

// kindOf is what ls counts by.
type kindOf struct {
	operator, site string
	kind           quarantine.Kind
	cause          string
}

type kindCount struct{ n, first, last int64 }

// listQuarantine counts what is in a quarantine by operator and cause.
func listQuarantine(dir string, stdout io.Writer) error {
	counts := map[kindOf]*kindCount{}
	failure := eachEntry(dir, func(f *quarantine.File, e *quarantine.Entry) error {
		k := kindOf{f.Origin.Operator.Name, f.Origin.Operator.Site, e.Kind, e.Cause}
		c := counts[k]
		if c == nil {
			c = &kindCount{first: e.At, last: e.At}
			counts[k] = c
		}
		c.n, c.first, c.last = c.n+1, min(c.first, e.At), max(c.last, e.At)
		return nil
	})
	w := tabwriter.NewWriter(stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "count\toperator\tplace\tkind\tfirst\tlast\tcause")
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b kindOf) int {
		if d := counts[b].n - counts[a].n; d != 0 {
			return int(d)
		}
		return strings.Compare(a.operator+a.cause, b.operator+b.cause)
	})
	for _, k := range keys {
		c := counts[k]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", c.n, k.operator, k.site, k.kind, moment(c.first), moment(c.last), k.cause)
	}
	return errors.Join(w.Flush(), failure)
}

func moment(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// showQuarantine shows entries one by one.
func showQuarantine(dir, operator string, limit int, stdout io.Writer) error {
	shown := 0
	err := eachEntry(dir, func(f *quarantine.File, e *quarantine.Entry) error {
		o := f.Origin
		if operator != "" && o.Operator.Name != operator {
			return nil
		}
		if shown == limit {
			return errEnough
		}
		shown++
		fmt.Fprintf(stdout, "%s (%s), subtask %d of %d, record %d, %s: %s\n", o.Operator.Name, o.Operator.Site, o.Subtask, o.Parallelism, e.Number, e.Kind, e)
		if s := f.Schemas[e.Input]; s != nil {
			text, err := quarantine.Show(s, e.Record)
			if err != nil {
				return err
			}
			fmt.Fprintf(stdout, "  record %s\n", text)
		}
		if e.Kind == quarantine.Decode {
			fmt.Fprintf(stdout, "  input  %q\n", e.Piece)
		} else if e.Input < 0 && e.Source != "" {
			fmt.Fprintf(stdout, "  %s  %s\n", e.Kind, e.Source)
			if e.Size > 0 {
				fmt.Fprintf(stdout, "  records %d\n", e.Size)
			}
			fmt.Fprintf(stdout, "  of     %s\n", e.Piece)
		}
		if e.Key != "" {
			fmt.Fprintf(stdout, "  key    %s\n", e.Key)
		}
		if e.Timed {
			fmt.Fprintf(stdout, "  time   %s\n", moment(e.Time))
		}
		if e.Stack != "" {
			fmt.Fprintf(stdout, "  %s\n", strings.ReplaceAll(strings.TrimRight(e.Stack, "\n"), "\n", "\n  "))
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
