package golden

import (
	"strings"
	"testing"
)

func TestAnswersAreCompared(t *testing.T) {
	Run(t, "testdata/*.txt", func(t *testing.T) func(Command) string {
		calls := 0
		return func(c Command) string {
			calls++
			switch c.Lines[0] {
			case "repeat":
				return strings.Join(c.Lines[1:], "\n")
			case "paragraphs":
				return strings.Join(c.Lines[1:], "\n\n")
			case "calls":
				return strings.Repeat("I", calls)
			}
			return ""
		}
	})
}

func TestAFileIsWrittenAsItWasRead(t *testing.T) {
	const text = "# about\n\none\ntwo\n----\nanswer\n\n# more\nthree\n----\n\nfour\n----\n----\na\n\nb\n----\n----\n\n# end\n"
	f, err := parse("file", text)
	if err != nil {
		t.Fatal(err)
	}
	if f.String() != text {
		t.Errorf("got:\n%s\nnot:\n%s", f, text)
	}
	if len(f.cases) != 3 || f.cases[2].answer != "a\n\nb" || f.cases[1].command.Place != "file:9" {
		t.Errorf("%+v", f.cases)
	}
}

func TestABrokenFileIsRefusedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"command\n":                   "file:1",
		"one\n----\n\n----\n":         "file:4",
		"one\n\ntwo\n----\n":          "file:2",
		"one\n----\n----\nanswer\n\n": "file:3",
	} {
		if _, err := parse("file", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
