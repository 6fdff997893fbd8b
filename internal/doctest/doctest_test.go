// Package doctest executes the documents: its tests compare the code they quote
// with the source, save the files they show and run the commands they list.
// Floor 8.
//
// A fenced block says in its first line what it is:
//
//	go file=examples/words/words.go   stands, word for word, in that file
//	go save=words/main.go             is saved in the working directory, as are blocks of other languages
//	console                           "$ command" lines, run in the working directory, each followed by its output
//	console in=checkout               the same, in the root of this module
//
// A document's working directory starts empty, beside a link to this module that
// is called thalweg; cd stays in force for the rest of the document. In expected
// output "…" stands for any text, a line of it alone for any lines. A command
// without expected output has to succeed; one that fails shows its exit status.
// What make would do is looked at and not done, as these tests are part of it.
package doctest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// block is a fenced block of a document.
type block struct {
	place    string // document and line
	language string
	options  map[string]string
	text     string
}

// blocks takes a document apart.
func blocks(t *testing.T, document string) (all []*block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	var b *block
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && b == nil:
			b = newBlock(t, document, number, info)
		case fence:
			all = append(all, b)
			b = nil
		case b != nil:
			b.text += line
		}
	}
	if b != nil {
		t.Fatalf("%s: the block is not closed", b.place)
	}
	return all
}

// look reads the folders of the module, so that go test knows that what it
// remembers of these tests ends when any file changes: the commands that they
// run depend on all of them.
func look(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != root && strings.HasPrefix(d.Name(), ".") && d.IsDir() {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDocuments(t *testing.T) {
	look(t)
	var documents []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, found...)
	}
	for _, file := range documents {
		document, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.ToSlash(document), func(t *testing.T) {
			t.Parallel()
			all := blocks(t, document)
			if len(all) == 0 {
				return
			}
			s := newSession(t)
			for _, b := range all {
				s.execute(t, b)
			}
		})
	}
}

// execute does what a block asks for. Go and commands that nothing checks are
// refused; blocks of other languages may be there to be looked at.
func (s *session) execute(t *testing.T, b *block) {
	t.Helper()
	file, quoted := b.options["file"]
	save, saved := b.options["save"]
	switch {
	case quoted:
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Errorf("%s: %v", b.place, err)
		} else if !strings.Contains(string(source), b.text) {
			t.Errorf("%s: this does not stand in %s:\n%s", b.place, file, b.text)
		}
	case saved:
		s.save(t, save, b.text)
	case b.language == "console":
		s.console(t, b)
	case b.language == "go":
		t.Errorf("%s: a go block needs file= or save=", b.place)
	}
}
