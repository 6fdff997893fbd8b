package explain

import (
	"fmt"
	"strings"
	"unicode"
)

// markup is text that is HTML already.
type markup string

// page collects HTML.
type page struct{ strings.Builder }

// put writes formatted HTML. Of the arguments, strings are escaped, so that they are
// text inside of elements and of quoted attributes; markup is not.
func (p *page) put(format string, arguments ...any) {
	for i, a := range arguments {
		switch a := a.(type) {
		case string:
			arguments[i] = escape(a)
		case markup:
			arguments[i] = string(a)
		}
	}
	fmt.Fprintf(p, format, arguments...)
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// escape makes text HTML. What cannot be in a page is shown as such.
func escape(s string) string {
	return escapes.Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0xfffe && r <= 0xffff {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
}

// short cuts text to a number of characters.
func short(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimRight(string(r[:most-1]), " ,(") + "…"
	}
	return s
}
