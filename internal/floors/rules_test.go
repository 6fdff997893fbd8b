package floors

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// A rule keeps packages of the standard library to where they belong. Tests,
// benchmarks and examples are free.
type rule struct {
	packages []string
	why      string
	where    []string // packages or files
}

var rules = []rule{
	{
		[]string{"unsafe"},
		"what others need of it is offered by types",
		[]string{"types", "connect/csv/field.go"},
	},
	{
		[]string{"net"},
		"sockets come from the host",
		[]string{
			"internal/host", "internal/sim", "internal/exchange", "internal/cluster",
			"connect/connect.go", "connect/sink.go", "connect/socket",
			"internal/step/source.go", "internal/step/sink.go", "internal/faulty", "thalwegtest/machine.go",
		},
	},
	{
		[]string{"os", "os/exec", "os/signal", "io/ioutil"},
		"files come from the host",
		[]string{
			"internal/host", "internal/sim", "internal/console", "internal/cluster/process.go", "internal/cluster/binary.go",
			"internal/cluster/detach_unix.go", "internal/cluster/detach_other.go", "main.go", "run.go", "internal/golden",
		},
	},
	{
		[]string{"math/rand", "math/rand/v2"},
		"randomness comes from the host",
		[]string{"internal/host", "internal/sim"},
	},
	{
		[]string{"crypto/rand"},
		"only secrets need it",
		[]string{"internal/cluster/run.go"},
	},
}

// free are programs and what only tests use.
var free = []string{"bench", "examples", "internal/jobtest", "internal/floors", "internal/doctest", "connect/file/filetest", "internal/keyed/keyedtest"}

func TestPackagesOfTheStandardLibraryStayWhereTheyBelong(t *testing.T) {
	for _, s := range tree(t) {
		for _, i := range s.imports {
			for _, r := range rules {
				if slices.Contains(r.packages, i.path) && !s.test && !within(s.pkg, free...) && !within(s.path, r.where...) {
					t.Errorf("%s:%d: imports %s: %s", s.path, i.line, i.path, r.why)
				}
			}
		}
	}
}

var clockFunctions = []string{"Now", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Since", "Until"}

// The engine reads the clock, waits and starts goroutines through its host, so
// that a simulator can own all of them.
func TestClockAndGoroutinesComeFromTheHost(t *testing.T) {
	for _, s := range tree(t) {
		if s.test || within(s.pkg, free...) || within(s.pkg, "internal/host", "internal/sim") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s:%d: a go statement; use host.Group", s.path, line(n))
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if !ok {
					break
				}
				if x.Name == "time" && slices.Contains(clockFunctions, n.Sel.Name) {
					t.Errorf("%s:%d: time.%s; ask the host", s.path, line(n), n.Sel.Name)
				}
				if x.Name == "sync" && (n.Sel.Name == "Cond" || n.Sel.Name == "NewCond" || n.Sel.Name == "WaitGroup") {
					t.Errorf("%s:%d: sync.%s; use a host.Parker or a host.Group", s.path, line(n), n.Sel.Name)
				}
			}
			return true
		})
	}
}

// longest is how many lines a file may have; larger holds the exceptions, which
// may only shrink.
const longest = 500

var larger = map[string]int{}

func TestFilesStaySmall(t *testing.T) {
	for _, s := range tree(t) {
		limit := max(longest, larger[s.path])
		if s.lines > limit {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, limit)
		}
		if n, ok := larger[s.path]; ok && s.lines < n {
			t.Errorf("%s has shrunk to %d lines: lower its entry from %d", s.path, s.lines, n)
		}
	}
}

// A declaration right below another one shares its comment, so that pairs like
// two field references need one comment only.
func TestExportedDeclarationsHaveComments(t *testing.T) {
	interfaces := interfaceMethods(t)
	implementing := implementingTypes(t)
	for _, s := range tree(t) {
		if s.test {
			continue
		}
		end, commented := 0, false
		for _, d := range s.ast.Decls {
			shared := commented && line(d) == end+1
			switch d := d.(type) {
			case *ast.FuncDecl:
				commented = d.Doc != nil || shared
				receiver := receiverOf(d)
				name := d.Name.Name
				known := receiver != "" && (slices.Contains([]string{"Error", "Unwrap", "String"}, name) ||
					interfaces[s.pkg+"."+name] || implementing[s.pkg+"."+receiver])
				if !commented && !known && d.Name.IsExported() && (receiver == "" || ast.IsExported(receiver)) {
					t.Errorf("%s:%d: %s has no comment", s.path, line(d), name)
				}
			case *ast.GenDecl:
				commented = d.Doc != nil || shared
				for _, spec := range d.Specs {
					for _, name := range undocumented(spec) {
						if !commented {
							t.Errorf("%s:%d: %s has no comment", s.path, line(spec), name)
						}
					}
				}
			}
			end = fileSet.Position(d.End()).Line
		}
	}
}

// interfaceMethods has package.Method of every interface: a method of that name
// is described there.
func interfaceMethods(t *testing.T) map[string]bool {
	found := map[string]bool{}
	for _, s := range tree(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok {
				for _, m := range i.Methods.List {
					for _, name := range m.Names {
						found[s.pkg+"."+name.Name] = true
					}
				}
			}
			return true
		})
	}
	return found
}

// implementingTypes has package.Type of every type whose comment says what it
// implements: its methods are described there.
func implementingTypes(t *testing.T) map[string]bool {
	found := map[string]bool{}
	for _, s := range tree(t) {
		for _, d := range s.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok && (strings.Contains(g.Doc.Text(), "implements") || strings.Contains(ts.Doc.Text(), "implements")) {
					found[s.pkg+"."+ts.Name.Name] = true
				}
			}
		}
	}
	return found
}

// receiverOf returns the name of a method's type; "" for a function.
func receiverOf(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	return baseName(d.Recv.List[0].Type)
}

func baseName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return baseName(e.X)
	case *ast.IndexExpr:
		return baseName(e.X)
	case *ast.IndexListExpr:
		return baseName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// undocumented returns the exported names of a type, constant or variable that
// has no comment of its own.
func undocumented(spec ast.Spec) (names []string) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
			names = append(names, s.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if s.Doc == nil && s.Comment == nil && n.IsExported() {
				names = append(names, n.Name)
			}
		}
	}
	return names
}
