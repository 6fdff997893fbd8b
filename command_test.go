package thalweg

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestCommandLinesAreParsed(t *testing.T) {
	for line, want := range map[string]command{
		"":                                    {verb: "run", question: question{format: "text"}},
		"run":                                 {verb: "run", question: question{format: "text"}},
		"explain --format dot":                {verb: "explain", question: question{format: "dot"}},
		"--parallelism 3 --processes=2":       {verb: "run", question: question{format: "text"}, parallelism: 3, processes: 2},
		"--help":                              {verb: "run", question: question{format: "text"}, help: true},
		"explain -h":                          {verb: "explain", question: question{format: "text"}, help: true},
		"--help --input a":                    {verb: "run", question: question{format: "text"}, help: true, arguments: map[string]string{"input": "a"}},
		"--input a.txt":                       {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": "a.txt"}},
		"-input a.txt":                        {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": "a.txt"}},
		"--input=a.txt":                       {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": "a.txt"}},
		"--input=":                            {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": ""}},
		"--filter a=b":                        {verb: "run", question: question{format: "text"}, arguments: map[string]string{"filter": "a=b"}},
		"--filter=a=b":                        {verb: "run", question: question{format: "text"}, arguments: map[string]string{"filter": "a=b"}},
		"--check-facts --input a":             {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": "a"}},
		"--flush 5ms --input a":               {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": "a"}},
		"--flush 0 --input a":                 {verb: "run", question: question{format: "text"}, arguments: map[string]string{"input": "a"}},
		"--quiet":                             {verb: "run", question: question{format: "text"}, arguments: map[string]string{"quiet": "true"}},
		"--quiet --input a":                   {verb: "run", question: question{format: "text"}, arguments: map[string]string{"quiet": "true", "input": "a"}},
		"--quiet=false":                       {verb: "run", question: question{format: "text"}, arguments: map[string]string{"quiet": "false"}},
		"--offset -5 --rate -0.5 --limit=-1":  {verb: "run", question: question{format: "text"}, arguments: map[string]string{"offset": "-5", "rate": "-0.5", "limit": "-1"}},
		"run --words a,b --output out --n 10": {verb: "run", question: question{format: "text"}, arguments: map[string]string{"words": "a,b", "output": "out", "n": "10"}},
	} {
		c, err := parseCommand(strings.Fields(line))
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		if c.verb != want.verb || c.help != want.help || c.question.format != want.question.format || c.parallelism != want.parallelism ||
			c.processes != want.processes || !maps.Equal(c.arguments, want.arguments) {
			t.Errorf("%q is %+v", line, *c)
		}
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	for line, want := range map[string]string{
		"explan":                 `unknown command "explan"; did you mean "explain"?`,
		"submit":                 `unknown command "submit"`,
		"run king-lear.txt":      `unexpected "king-lear.txt": options are --name value`,
		"--input a b":            `unexpected "b": options are --name value`,
		"--":                     `unexpected "--": options are --name value`,
		"--input a --input b":    "--input is given twice",
		"--parallelism":          "--parallelism true: a whole number from 1 to 1024",
		"--parallelism 0":        "--parallelism 0: a whole number from 1 to 1024",
		"--parallelism -1":       "--parallelism -1: a whole number from 1 to 1024",
		"--processes=many":       "--processes many: a whole number from 1 to 1024",
		"--flush=-1ms":           "--flush -1ms: a time such as 5ms, or 0",
		"--flush 5":              "--flush 5: a time such as 5ms, or 0",
		"--check-facts=perhaps":  "--check-facts perhaps: true or false",
		"explain --format xml":   "--format xml: text, json, dot or html",
		"explain --format=graph": "--format graph: text, json, dot or html",
	} {
		_, err := parseCommand(strings.Fields(line))
		var usage *UsageError
		if !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestTheNearestKnownWordIsSuggested(t *testing.T) {
	known := []string{"input", "output", "parallelism"}
	for word, want := range map[string]string{
		"inptu": "input", "ouput": "output", "paralelism": "parallelism", "inputs": "input", "in": "",
		"x": "", "checkpoint": "",
	} {
		got := suggestion(word, known)
		if want == "" && got != "" || want != "" && got != "; did you mean \""+want+"\"?" {
			t.Errorf("%q: %q", word, got)
		}
	}
}

func TestEditDistanceIsLevenshteins(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}, {"ab", "ba", 2}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, not %d", c.a, c.b, got, c.want)
		}
		if got := editDistance(c.b, c.a); got != c.want {
			t.Errorf("%q to %q: %d, not %d", c.b, c.a, got, c.want)
		}
	}
}

func TestAllUnknownArgumentsAreNamed(t *testing.T) {
	_, err := buildGraph(newEnvironment("p", map[string]string{"imput": "x", "proceses": "2", "input": "b", "zzz": "1"}), func(env *Environment) error {
		_ = env.Arg("input", "a")
		return nil
	})
	if err == nil {
		t.Fatal("unknown arguments were taken")
	}
	got := strings.Split(err.Error(), "\n")
	want := []string{
		`unknown option --imput; did you mean "input"?`,
		`unknown option --proceses; did you mean "processes"?`,
		"unknown option --zzz",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
