// Package floors holds the layout of the module: its tests read the table of
// floors in docs/architecture.md and check the source against it, and the names
// in the documents against the source. Floor 8.
package floors

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/thalweg/thalweg"
)

// source is one Go file of the root module, whatever system it is for.
type source struct {
	path    string // from the root, with slashes
	pkg     string // its folder; "." is the root package
	test    bool
	ast     *ast.File
	lines   int
	imports []imported
}

type imported struct {
	path string
	line int
}

var fileSet = token.NewFileSet()

// sources parses the module once for all tests.
var sources = sync.OnceValues(func() (all []*source, err error) {
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p != root && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata" || isModule(p)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		s, err := parse(p)
		all = append(all, s)
		return err
	})
	return all, err
})

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(file string) (*source, error) {
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	s := &source{path: filepath.ToSlash(rel), test: strings.HasSuffix(file, "_test.go")}
	s.pkg = path.Dir(s.path)
	s.ast, err = parser.ParseFile(fileSet, file, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	s.lines = fileSet.File(s.ast.Pos()).LineCount()
	for _, i := range s.ast.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		s.imports = append(s.imports, imported{name, line(i)})
	}
	return s, nil
}

func line(n ast.Node) int { return fileSet.Position(n.Pos()).Line }

// tree returns the files of the module.
func tree(t *testing.T) []*source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// folder returns the folder of a package of this module, "." for the root.
func folder(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// standard reports whether a package is of the standard library.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// within reports whether a path is one of the names or inside of one.
func within(p string, names ...string) bool {
	for _, name := range names {
		if p == name || strings.HasPrefix(p, name+"/") {
			return true
		}
	}
	return false
}
