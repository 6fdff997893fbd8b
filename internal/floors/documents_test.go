package floors

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// documents returns the paths of all documents from the root.
func documents(t *testing.T) (found []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, filepath.ToSlash(rel))
		}
	}
	return found
}

// prose calls f for every line of a document outside of fenced blocks.
func prose(t *testing.T, document string, f func(number int, line string)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	fenced := false
	number := 0
	for l := range strings.SplitSeq(string(text), "\n") {
		number++
		if strings.HasPrefix(strings.TrimSpace(l), "```") {
			fenced = !fenced
		} else if !fenced {
			f(number, l)
		}
	}
}

// A row of a table cannot be broken.
func TestLinesOfDocumentsAreShort(t *testing.T) {
	for _, d := range documents(t) {
		prose(t, d, func(n int, l string) {
			if utf8.RuneCountInString(l) > 160 && !strings.HasPrefix(l, "|") {
				t.Errorf("%s:%d: %d characters, more than 160", d, n, utf8.RuneCountInString(l))
			}
		})
	}
}

var pathLike = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+/?$|^[\w-]+\.(go|md|yml|mod|sum)$`)

// notBuilt are packages that documents name although they have no code yet.
var notBuilt = []string{"internal/optimizer"}

// A path is what stands in backquotes and looks like one. Import paths and the
// paths of users' files are told apart by their first element, which the tree
// does not have.
func TestPathsInDocumentsExist(t *testing.T) {
	for _, d := range documents(t) {
		prose(t, d, func(n int, l string) {
			for _, m := range span.FindAllStringSubmatch(l, -1) {
				p := m[1]
				first, _, nested := strings.Cut(p, "/")
				if !pathLike.MatchString(p) || nested && !exists(first) || within(p, notBuilt...) {
					continue
				}
				if !exists(p) {
					t.Errorf("%s:%d: there is no %s", d, n, p)
				}
			}
		})
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	for _, d := range documents(t) {
		prose(t, d, func(n int, l string) {
			for _, m := range link.FindAllStringSubmatch(l, -1) {
				if !strings.Contains(m[1], "://") && !exists(path.Join(path.Dir(d), m[1])) {
					t.Errorf("%s:%d: the link to %s leads nowhere", d, n, m[1])
				}
			}
		})
	}
}

func exists(p string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(p)))
	return err == nil
}

var selector = regexp.MustCompile(`^\*?(\w+)\.([A-Z]\w*)(?:\.([A-Z]\w*))?(?:\[.*\]|\(.*\))?$`)

// A name is what stands in backquotes and begins with the name of a package of
// this module: agg.Sum, operator.Batch, plan.Graph.Add.
func TestNamesInDocumentsAreDeclared(t *testing.T) {
	packages, names := declared(t)
	for _, d := range documents(t) {
		prose(t, d, func(n int, l string) {
			for _, m := range span.FindAllStringSubmatch(l, -1) {
				s := selector.FindStringSubmatch(m[1])
				if s == nil || !packages[s[1]] {
					continue
				}
				name := s[1] + "." + s[2]
				if !names[name] || s[3] != "" && !names[name+"."+s[3]] {
					t.Errorf("%s:%d: there is no %s", d, n, m[1])
				}
			}
		})
	}
}

// declared returns the names of the packages, and package.Name and
// package.Type.Member of what they export.
func declared(t *testing.T) (packages, names map[string]bool) {
	packages, names = map[string]bool{}, map[string]bool{}
	for _, s := range tree(t) {
		pkg := s.ast.Name.Name
		if s.test || pkg == "main" {
			continue
		}
		packages[pkg] = true
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := pkg
				if d.Recv != nil {
					name += "." + receiverOf(d)
				}
				names[name+"."+d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					declare(names, pkg, spec)
				}
			}
		}
	}
	return packages, names
}

func declare(names map[string]bool, pkg string, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names[pkg+"."+n.Name] = true
		}
	case *ast.TypeSpec:
		names[pkg+"."+s.Name.Name] = true
		var fields *ast.FieldList
		switch u := s.Type.(type) {
		case *ast.StructType:
			fields = u.Fields
		case *ast.InterfaceType:
			fields = u.Methods
		default:
			return
		}
		for _, f := range fields.List {
			for _, n := range f.Names {
				names[pkg+"."+s.Name.Name+"."+n.Name] = true
			}
		}
	}
}
