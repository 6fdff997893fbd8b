package thalweg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/plan"
)

// UsageError is a mistake on the command line.
type UsageError struct{ text string }

func (e *UsageError) Error() string { return e.text }

// flag is an option that every program has.
type flag struct{ name, help string }

var engineFlags = []flag{
	{"parallelism", "number of subtasks of each operator"},
	{"processes", "number of worker processes; 1 runs everything in this one"},
	{"memory", "what each process may use for records, such as 64MiB; the rest goes to disk"},
	{"spill", "directories for what does not fit into memory, separated by commas"},
	{"exchange", "which exchanges are blocking: pipelined, pipelined-forced, batch or batch-forced"},
	{"flush", "how long a busy subtask keeps a batch that is not full, such as 5ms; 0: not at all (default 1ms)"},
	{"restarts", "how often to try again after a failure, from what blocking exchanges have kept (default 0)"},
	{"checkpoints", "a directory for checkpoints, which the job goes on from after a failure"},
	{"checkpoint-every", "the time between two checkpoints, such as 1s (default 10s)"},
	{"resume", "go on from the newest checkpoint in that directory, if there is one"},
	{"check-facts", "compare what the program declares of its functions with what they do, record by record"},
	{"quarantine", "a directory for records that operators cannot deal with; the job goes on without them"},
	{"quarantine-budget", "how many of them the job survives, and single operators: 1000,parse=10"},
	{"strategy", "strategies to force, by kind of operator or its number: join=merge,5=hash first"},
	{"optimizer", "off runs every operator by its first strategy (default on)"},
	{"history", "a file that remembers what operators have made, for the plans of later runs"},
	{"format", "form of explain: text, json, dot or html"},
	{"set", "explain the plan there would be if a fact were another: orders.rows=1e9, memory=1GiB"},
	{"flip", "explain at which values of facts the plan would be another one"},
	{"analyze", "run the program, and explain what it did beside what was expected"},
	{"diff", "explain what is different from a plan, or between two, that --format json has written"},
	{"operator", "the operator that why-not asks about, by name or number; without it all that wait"},
	{"help", "show this"},
}

// command is a parsed command line.
type command struct {
	verb        string
	help        bool
	question    question
	operator    string // of why-not
	parallelism int
	processes   int
	arguments   map[string]string
	options     []Option        // from the options that need no more than that
	given       map[string]bool // options seen
}

// isOption tells the next option from a value, which may be a negative number.
func isOption(arg string) bool { return strings.HasPrefix(arg, "--") || arg == "-h" || arg == "-help" }

// parseCommand reads a command line. Options are --name value or --name=value; an
// option followed by another one, or by nothing, is a switch and means true.
func parseCommand(args []string) (*command, error) {
	c := &command{verb: "run", question: question{format: "text"}, arguments: map[string]string{}, given: map[string]bool{}}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.verb = args[0]
		args = args[1:]
		if verbs := []string{"run", "explain", "why-not"}; !slices.Contains(verbs, c.verb) {
			return nil, &UsageError{fmt.Sprintf("unknown command %q%s", c.verb, suggestion(c.verb, verbs))}
		}
	}
	for len(args) > 0 {
		name, ok := strings.CutPrefix(args[0], "-")
		name = strings.TrimPrefix(name, "-")
		if !ok || name == "" {
			return nil, &UsageError{fmt.Sprintf("unexpected %q: options are --name value", args[0])}
		}
		name, value, given := strings.Cut(name, "=")
		args = args[1:]
		if !given && len(args) > 0 && !isOption(args[0]) && name != "help" && name != "h" {
			value, given = args[0], true
			args = args[1:]
		}
		if name == "diff" && len(args) > 0 && !isOption(args[0]) {
			c.question.diff = append(c.question.diff, value)
			value, args = args[0], args[1:]
		}
		if !given {
			value = "true"
		}
		if err := c.set(name, value); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *command) set(name, value string) (err error) {
	if name == "h" || name == "help" {
		c.help = true
		return nil
	}
	if c.given[name] && name != "set" {
		return &UsageError{fmt.Sprintf("--%s is given twice", name)}
	}
	c.given[name] = true
	switch name {
	case "parallelism":
		c.parallelism, err = positive(name, value)
	case "processes":
		c.processes, err = positive(name, value)
	case "memory":
		var bytes int64
		if bytes, err = memory.Parse(value); err != nil {
			return &UsageError{"--memory: " + err.Error()}
		}
		c.options = append(c.options, WithMemory(bytes))
	case "spill":
		c.options = append(c.options, WithSpill(strings.Split(value, ",")...))
	case "exchange":
		mode, err := plan.ExchangeModeNamed(value)
		if err != nil {
			return &UsageError{"--exchange: " + err.Error()}
		}
		c.options = append(c.options, WithExchange(mode))
	case "flush":
		d, err := time.ParseDuration(value)
		if value == "0" {
			d, err = 0, nil
		}
		if err != nil || d < 0 {
			return &UsageError{fmt.Sprintf("--flush %s: a time such as 5ms, or 0", value)}
		}
		c.options = append(c.options, WithFlush(d))
	case "restarts":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return &UsageError{fmt.Sprintf("--restarts %s: a whole number, not negative", value)}
		}
		c.options = append(c.options, WithRestarts(n))
	case "checkpoints":
		c.options = append(c.options, func(s *settings) { s.checkpointed().Dir = value })
	case "checkpoint-every":
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return &UsageError{fmt.Sprintf("--checkpoint-every %s: a time such as 1s", value)}
		}
		c.options = append(c.options, func(s *settings) { s.checkpointed().Settings.Interval = d })
	case "resume":
		on, err := strconv.ParseBool(value)
		if err != nil {
			return &UsageError{fmt.Sprintf("--resume %s: true or false", value)}
		}
		c.options = append(c.options, func(s *settings) { s.resume = on })
	case "check-facts":
		on, err := strconv.ParseBool(value)
		if err != nil {
			return &UsageError{fmt.Sprintf("--check-facts %s: true or false", value)}
		}
		if on {
			c.options = append(c.options, WithFactChecks())
		}
	case "quarantine":
		c.options = append(c.options, func(s *settings) { s.quarantined().Dir = value })
	case "quarantine-budget":
		return c.setBudget(value)
	case "strategy":
		for _, pair := range strings.Split(value, ",") {
			kind, strategy, ok := strings.Cut(pair, "=")
			if !ok {
				return &UsageError{fmt.Sprintf("--strategy %s: write kind=strategy", pair)}
			}
			c.options = append(c.options, WithStrategy(strings.TrimSpace(kind), strings.TrimSpace(strategy)))
		}
	case "optimizer":
		switch value {
		case "on":
		case "off":
			c.options = append(c.options, WithoutOptimizer())
		default:
			return &UsageError{fmt.Sprintf("--optimizer %s: on or off", value)}
		}
	case "operator":
		if c.verb != "why-not" {
			return &UsageError{"--operator is an option of why-not"}
		}
		c.operator = value
	case "history":
		c.options = append(c.options, WithHistory(value))
	default:
		return c.setOther(name, value)
	}
	return err
}

// setOther sets an option of explain or an argument of the program.
func (c *command) setOther(name, value string) error {
	known, err := c.setQuestion(name, value)
	switch {
	case known && c.verb != "explain" && name != "format":
		return &UsageError{fmt.Sprintf("--%s is an option of explain", name)}
	case !known:
		c.arguments[name] = value
	}
	return err
}

// maxSubtasks is how many subtasks a key can be divided among.
const maxSubtasks = 1024

func positive(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxSubtasks {
		return 0, &UsageError{fmt.Sprintf("--%s %s: a whole number from 1 to %d", name, value, maxSubtasks)}
	}
	return n, nil
}

// suggestion names the known word nearest to an unknown one, if one is near.
func suggestion(word string, known []string) string {
	best, distance := "", len(word)/2+2
	for _, k := range known {
		if d := editDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is Levenshtein's: the least number of letters to insert, delete
// or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
