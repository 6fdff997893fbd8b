package explain_test

import (
	"context"
	_ "embed"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/browser.js
var reader string

// watch notes what goes wrong in a page; it stands before everything else there.
const watch = `<script>
window.failures = [];
addEventListener("error", (e) => failures.push("error: " + e.message));
addEventListener("unhandledrejection", (e) => failures.push("rejection: " + e.reason));
["error", "warn", "assert"].forEach((m) => { console[m] = (...a) => failures.push("console." + m + ": " + a.join(" ")); });
window.alert = (text) => failures.push("alert: " + text);
</script>`

var result = regexp.MustCompile(`(?s)<pre id="result">(.*?)</pre>`)

// A reader with a small telephone and one with a large screen see no error, can choose
// between light and dark, and can go through all operators with mouse and keys; the
// page is nowhere wider than the window.
func TestAReaderCanUseThePage(t *testing.T) {
	browser := findBrowser(t)
	for _, name := range reports {
		t.Run(name, func(t *testing.T) {
			page := strings.Replace(report(t, name).HTML(), "<head>", "<head>"+watch, 1)
			var b strings.Builder
			b.WriteString("<!DOCTYPE html><meta charset=\"utf-8\"><pre id=\"result\">nothing</pre>\n")
			for _, width := range []int{360, 768, 1440} {
				fmt.Fprintf(&b, `<iframe width="%d" height="900" style="border:0" srcdoc="%s"></iframe>`+"\n", width, html.EscapeString(page))
			}
			fmt.Fprintf(&b, "<script>\n%s</script>\n", reader)
			file := filepath.Join(t.TempDir(), "reader.html")
			if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			dom, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
				"--user-data-dir="+t.TempDir(), "--window-size=1600,1000", "--virtual-time-budget=20000", "--dump-dom", "file://"+file).Output()
			if err != nil {
				t.Fatalf("%s: %v", browser, err)
			}
			m := result.FindSubmatch(dom)
			if m == nil {
				t.Fatalf("%s has no result in the page", browser)
			}
			lines := strings.Split(html.UnescapeString(string(m[1])), "\n")
			for _, wrong := range lines[:len(lines)-1] {
				t.Error(wrong)
			}
			if end := lines[len(lines)-1]; end != "done" {
				t.Errorf("the reader has not come to the end: %s", end)
			}
		})
	}
}

// findBrowser returns Chromium, or skips the test; where CI is true it must be there.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "there is no Chromium; on Debian: apt-get install chromium, or say in CHROMIUM where it is"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}
