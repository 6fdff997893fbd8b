package golden

import (
	"fmt"
	"strings"
)

// rule separates a command from its answer.
const rule = "----"

// file is a golden file, with all it takes to write it again.
type file struct {
	cases []testCase
	rest  string // comments and blank lines after the last case
}

type testCase struct {
	before  string // comments and blank lines
	command Command
	answer  string
}

// parse reads a file.
func parse(path, text string) (*file, error) {
	p := &parser{path: path, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	f := &file{}
	for {
		before := p.remarks()
		if p.at == len(p.lines) {
			f.rest = before
			return f, nil
		}
		c := testCase{before: before, command: Command{Place: fmt.Sprintf("%s:%d", path, p.at+1)}}
		for p.at < len(p.lines) && p.lines[p.at] != rule {
			if p.lines[p.at] == "" {
				return nil, fmt.Errorf("%s:%d: a blank line in a command, or a command without %s", path, p.at+1, rule)
			}
			c.command.Lines = append(c.command.Lines, p.lines[p.at])
			p.at++
		}
		if p.at == len(p.lines) || len(c.command.Lines) == 0 {
			return nil, fmt.Errorf("%s without both a command and %s", c.command.Place, rule)
		}
		p.at++
		answer, err := p.answer()
		if err != nil {
			return nil, err
		}
		c.answer = answer
		f.cases = append(f.cases, c)
	}
}

type parser struct {
	path  string
	lines []string
	at    int
}

// remarks reads blank lines and comments.
func (p *parser) remarks() string {
	var b strings.Builder
	for ; p.at < len(p.lines); p.at++ {
		if line := p.lines[p.at]; line == "" || strings.HasPrefix(line, "#") {
			b.WriteString(line + "\n")
		} else {
			break
		}
	}
	return b.String()
}

// answer reads what follows the rule.
func (p *parser) answer() (string, error) {
	begin := p.at
	if p.at < len(p.lines) && p.lines[p.at] == rule {
		for p.at++; p.at+1 < len(p.lines); p.at++ {
			if p.lines[p.at] == rule && p.lines[p.at+1] == rule {
				p.at += 2
				return strings.Join(p.lines[begin+1:p.at-2], "\n"), nil
			}
		}
		return "", fmt.Errorf("%s:%d: an answer without its end", p.path, begin+1)
	}
	for p.at < len(p.lines) && p.lines[p.at] != "" {
		p.at++
	}
	return strings.Join(p.lines[begin:p.at], "\n"), nil
}

// String returns the file's text.
func (f *file) String() string {
	var b strings.Builder
	for _, c := range f.cases {
		b.WriteString(c.before + strings.Join(c.command.Lines, "\n") + "\n" + rule + "\n")
		switch {
		case strings.Contains("\n"+c.answer+"\n", "\n\n") && c.answer != "" || strings.HasPrefix(c.answer, rule):
			b.WriteString(rule + "\n" + c.answer + "\n" + rule + "\n" + rule + "\n")
		case c.answer != "":
			b.WriteString(c.answer + "\n")
		}
	}
	return b.String() + f.rest
}
