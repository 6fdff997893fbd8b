package explain_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/explain"
)

var reports = []string{"revenue", "larger", "ran", "loop", "hostile"}

var scripts = regexp.MustCompile(`(?s)<script[^>]*>.*?</script>`)

func TestAPageIsWellFormedAndNeedsNothingElse(t *testing.T) {
	for _, name := range reports {
		r := report(t, name)
		page := r.HTML()
		if n := len(scripts.FindAllString(page, -1)); n != 2 {
			t.Errorf("%s: %d scripts, not that of the page and the report", name, n)
		}
		graph := strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, "")
		for _, away := range []string{"http://", "https://", "@import", "url(//", "<link", "<img", "<iframe"} {
			if strings.Contains(graph, away) {
				t.Errorf("%s: the page has %q", name, away)
			}
		}
		var ids, links []string
		cards, edges := 0, 0
		d := xml.NewDecoder(strings.NewReader(scripts.ReplaceAllString(page, "")))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range e.Attr {
				switch {
				case a.Name.Local == "id":
					if slices.Contains(ids, a.Value) {
						t.Errorf("%s: there are two elements %q", name, a.Value)
					}
					ids = append(ids, a.Value)
				case a.Name.Local == "href":
					links = append(links, a.Value)
				case strings.HasPrefix(a.Name.Local, "on"), a.Name.Local == "src":
					t.Errorf("%s: an attribute %s", name, a.Name.Local)
				case a.Name.Local == "class" && strings.Fields(a.Value)[0] == "op":
					cards++
				case a.Name.Local == "class" && strings.Fields(a.Value)[0] == "edge":
					edges++
				}
			}
			if e.Name.Local == "script" || e.Name.Local == "b" && name == "hostile" && len(e.Attr) > 0 {
				t.Errorf("%s: a name became an element", name)
			}
		}
		if cards != len(r.Operators) || edges != len(r.Edges) {
			t.Errorf("%s: %d operators and %d edges are drawn, not %d and %d", name, cards, edges, len(r.Operators), len(r.Edges))
		}
		for _, l := range links {
			if !slices.Contains(ids, strings.TrimPrefix(l, "#")) {
				t.Errorf("%s: the link %q leads nowhere", name, l)
			}
		}
		for _, o := range r.Operators {
			if !slices.Contains(ids, fmt.Sprintf("op-%d", o.ID)) {
				t.Errorf("%s: nothing is said of operator %d", name, o.ID)
			}
		}
	}
}

func TestThePageHoldsTheReport(t *testing.T) {
	for _, name := range reports {
		r := report(t, name)
		_, rest, _ := strings.Cut(r.HTML(), `id="report">`)
		text, _, _ := strings.Cut(rest, "</script>")
		again, err := explain.Read([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again.JSON() != r.JSON() {
			t.Errorf("%s: the page holds another report", name)
		}
	}
}

// The same plan has the same page, so that pages can be compared.
func TestAPageIsTheSameEveryTime(t *testing.T) {
	for _, name := range reports {
		if report(t, name).HTML() != report(t, name).HTML() {
			t.Errorf("%s: two pages of one report differ", name)
		}
	}
}

// With EXPLAIN_PAGES the pages of all reports are written to that folder, to be looked
// at.
func TestPagesAreWritten(t *testing.T) {
	folder := os.Getenv("EXPLAIN_PAGES")
	if folder == "" {
		t.Skip("EXPLAIN_PAGES names no folder")
	}
	for _, name := range reports {
		if err := os.WriteFile(filepath.Join(folder, name+".html"), []byte(report(t, name).HTML()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
