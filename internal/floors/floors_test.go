package floors

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows are the imports allowed inside a floor.
var arrows = map[[2]string]bool{
	{"internal/optimizer", "internal/plan"}: true,
}

// allowed are the modules that the root module may require.
var allowed = []string{"github.com/klauspost/compress"}

var span = regexp.MustCompile("`([^`]+)`")

// table reads the floors of all packages by folder. A row's first cell is the
// floor, its second one the packages in backquotes; thalweg is the root.
func table(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	floors := map[string]int{}
	for row := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			continue
		}
		floor, err := strconv.Atoi(strings.TrimSpace(cells[1]))
		if err != nil {
			continue
		}
		for _, m := range span.FindAllStringSubmatch(cells[2], -1) {
			name := m[1]
			if name == "thalweg" {
				name = "."
			}
			if _, twice := floors[name]; twice {
				t.Errorf("docs/architecture.md has %s twice in its table of floors", name)
			}
			floors[name] = floor
		}
	}
	if len(floors) == 0 {
		t.Fatal("docs/architecture.md has no table of floors: | floor | packages | what lives there |")
	}
	return floors
}

func TestEveryPackageHasItsFloorInTheTable(t *testing.T) {
	floors := table(t)
	packages := map[string]bool{}
	for _, s := range tree(t) {
		packages[s.pkg] = true
	}
	for _, p := range slices.Sorted(maps.Keys(packages)) {
		if _, ok := floors[p]; !ok {
			t.Errorf("package %s is not in the table of floors", p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(floors)) {
		if !packages[p] {
			t.Errorf("the table of floors has %s, which is no package", p)
		}
	}
}

// Tests may import any package of the module, to build what they test with.
func TestPackagesImportLowerFloorsOnly(t *testing.T) {
	floors := table(t)
	for _, s := range tree(t) {
		for _, i := range s.imports {
			p, ours := folder(i.path)
			if !ours || s.test || arrows[[2]string{s.pkg, p}] {
				continue
			}
			if floors[p] >= floors[s.pkg] {
				t.Errorf("%s:%d: %s is on floor %d and imports %s on floor %d", s.path, i.line, s.pkg, floors[s.pkg], p, floors[p])
			}
		}
	}
}

var floorNote = regexp.MustCompile(`\bFloor\s+(\d+)\b`)

// Programs need not name their floor: nothing imports them.
func TestPackageCommentsNameTheirFloor(t *testing.T) {
	floors := table(t)
	named := map[string]bool{}
	for _, s := range tree(t) {
		if s.ast.Doc == nil {
			continue
		}
		if m := floorNote.FindStringSubmatch(s.ast.Doc.Text()); m != nil {
			named[s.pkg] = true
			if m[1] != strconv.Itoa(floors[s.pkg]) {
				t.Errorf("%s: the package comment says floor %s, the table says %d", s.path, m[1], floors[s.pkg])
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(floors)) {
		if !named[p] && !within(p, "examples", "bench") {
			t.Errorf("no package comment of %s says \"Floor %d.\"", p, floors[p])
		}
	}
}

func TestOnlyAllowedModulesAreImported(t *testing.T) {
	for _, s := range tree(t) {
		for _, i := range s.imports {
			_, ours := folder(i.path)
			if ours || standard(i.path) || within(i.path, allowed...) || s.test && within(i.path, "golang.org/x") {
				continue
			}
			t.Errorf("%s:%d: %s is not on the allow-list of the root module", s.path, i.line, i.path)
		}
	}
}
