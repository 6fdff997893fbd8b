package where_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/where"
)

type day int32

func (d day) String() string { return fmt.Sprintf("day %d", int32(d)) }

type record struct {
	Number int64
	Float  float64
	Text   string
	Day    day
	At     time.Time
	Good   bool
	Inner  struct{ Size uint8 }
	Note   *string
}

func number(r *record) *int64  { return &r.Number }
func float(r *record) *float64 { return &r.Float }
func text(r *record) *string   { return &r.Text }
func on(r *record) *day        { return &r.Day }
func at(r *record) *time.Time  { return &r.At }
func good(r *record) *bool     { return &r.Good }
func size(r *record) *uint8    { return &r.Inner.Size }
func note(r *record) **string  { return &r.Note }
func itself(s *string) *string { return s }

func TestAComparisonHoldsAsGoComparesValues(t *testing.T) {
	noon := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	elsewhere := noon.In(time.FixedZone("somewhere", 3600))
	word := "urgent"
	for _, c := range []struct {
		p    where.Predicate[record]
		row  record
		want bool
		text string
	}{
		{where.Equal(number, 5), record{Number: 5}, true, "Number = 5"},
		{where.Equal(number, 5), record{Number: 6}, false, "Number = 5"},
		{where.Below(number, 5), record{Number: 5}, false, "Number < 5"},
		{where.Below(number, 5), record{Number: 4}, true, "Number < 5"},
		{where.AtMost(on, 5), record{Day: 5}, true, "Day <= day 5"},
		{where.Above(number, 5), record{Number: 5}, false, "Number > 5"},
		{where.AtLeast(size, 5), record{}, false, "Inner.Size >= 5"},
		{where.Between(number, 5, 7), record{Number: 7}, true, "Number between 5 and 7"},
		{where.Between(number, 7, 5), record{Number: 6}, false, "Number between 7 and 5"},
		{where.OneOf(text, "a", "b"), record{Text: "b"}, true, `Text in {"a", "b"}`},
		{where.OneOf(text), record{}, false, `Text in {}`},
		{where.Prefix(text, "ab"), record{Text: "abc"}, true, `Text begins with "ab"`},
		{where.Prefix(text, "ab"), record{Text: "a"}, false, `Text begins with "ab"`},
		{where.Prefix(text, ""), record{}, true, `Text begins with ""`},
		{where.Is(good, false), record{}, true, "Good = false"},
		{where.Before(at, noon), record{At: elsewhere}, false, "At < 2020-01-01T12:00:00Z"},
		{where.Since(at, elsewhere), record{At: noon}, true, "At >= 2020-01-01T12:00:00Z"},
		{where.AtMost(float, 5), record{Float: math.NaN()}, false, "Float <= 5"},
		{where.Equal(float, math.NaN()), record{Float: math.NaN()}, false, "Float = NaN"},
		{where.OneOf(float, math.NaN()), record{Float: math.NaN()}, false, "Float in {NaN}"},
		{where.AtLeast(float, math.NaN()), record{Float: 1}, false, "Float >= NaN"},
		{where.Behind(note, where.Prefix(itself, "u")), record{}, false, `Note -> it begins with "u"`},
		{where.Behind(note, where.Prefix(itself, "u")), record{Note: &word}, true, `Note -> it begins with "u"`},
		{where.All[record](), record{}, true, "everything"},
		{where.Any[record](), record{}, false, "nothing"},
		{
			where.All(where.Equal(number, 1), where.Any(where.Equal(text, "a"), where.Is(good, true))), record{Number: 1, Good: true}, true,
			`Number = 1 and (Text = "a" or Good = true)`,
		},
		{where.Any(where.Equal(number, 1), where.Equal(number, 2)), record{Number: 3}, false, "Number = 1 or Number = 2"},
	} {
		if got := c.p.Holds(&c.row); got != c.want || c.p.Err() != nil {
			t.Errorf("%s of %+v: %v, %v", c.p, c.row, got, c.p.Err())
		}
		if c.p.String() != c.text {
			t.Errorf("got %s, want %s", c.p, c.text)
		}
	}
}

// inSpans says whether a number or text is in one of the spans.
func inSpans(spans []connect.Span, v any) bool {
	less := func(a, b any) bool {
		switch a := a.(type) {
		case int64:
			return a < b.(int64)
		default:
			return a.(string) < b.(string)
		}
	}
	for _, s := range spans {
		low := s.Low == nil || less(s.Low, v) || !s.LowOpen && !less(v, s.Low)
		high := s.High == nil || less(v, s.High) || !s.HighOpen && !less(s.High, v)
		if low && high {
			return true
		}
	}
	return false
}

// random draws a predicate about the number and the text of a record.
func random(r *rand.Rand, depth int) where.Predicate[record] {
	texts := []string{"", "a", "a\xff", "ab", "b", "\xff", "\xff\xff", "ba"}
	word, n := texts[r.IntN(len(texts))], r.Int64N(6)
	if depth > 0 && r.IntN(2) == 0 {
		parts := make([]where.Predicate[record], r.IntN(4))
		for i := range parts {
			parts[i] = random(r, depth-1)
		}
		if r.IntN(2) == 0 {
			return where.All(parts...)
		}
		return where.Any(parts...)
	}
	return []where.Predicate[record]{
		where.Equal(number, n), where.Below(number, n), where.AtMost(number, n), where.Above(number, n), where.AtLeast(text, word),
		where.Between(number, n, n+2), where.OneOf(text, word, "b"), where.Prefix(text, word), where.Below(text, word), where.OneOf(number),
	}[r.IntN(10)]
}

func TestTermsFollowFromAPredicate(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	held, sharp := 0, 0
	for range 20_000 {
		p := random(r, 3)
		row := record{Number: r.Int64N(8)}
		for range r.IntN(3) {
			row.Text += string([]byte{[]byte{'a', 'b', 0xff}[r.IntN(3)]})
		}
		all := true
		for _, term := range p.Terms() {
			v := any(row.Number)
			if term.Path == "Text" {
				v = row.Text
			}
			all = all && inSpans(term.Spans, v)
		}
		if p.Holds(&row) {
			held++
			if !all {
				t.Fatalf("%s holds of %+v, but not its terms %+v", p, row, p.Terms())
			}
		} else if !all {
			sharp++
		}
	}
	if held < 100 || sharp < 100 {
		t.Errorf("%d predicates held, %d were refused by their terms", held, sharp)
	}
}

func TestAPrefixIsASpan(t *testing.T) {
	for prefix, outside := range map[string][]string{
		"":         nil,
		"ab":       {"", "a", "aa\xff\xff", "ac", "b"},
		"a\xff":    {"a", "a\xfe\xff", "b", "c"},
		"\xff\xff": {"", "\xff", "\xff\xfe\xff"},
	} {
		spans := where.Prefix(text, prefix).Terms()[0].Spans
		for _, v := range []string{prefix, prefix + "\x00", prefix + "\xff\xff"} {
			if !inSpans(spans, v) {
				t.Errorf("%q is not in %+v", v, spans)
			}
		}
		for _, v := range outside {
			if inSpans(spans, v) {
				t.Errorf("%q is in %+v", v, spans)
			}
		}
	}
}

func TestWhatIsNoFieldIsAMistake(t *testing.T) {
	computed := func(r *record) *int64 { n := r.Number + 1; return &n }
	wrong := where.Equal(computed, 1)
	for what, p := range map[string]where.Predicate[record]{
		"a computed field": wrong, "an empty predicate": {}, "in all": where.All(where.Equal(number, 1), wrong), "in any": where.Any(where.Predicate[record]{}, wrong),
		"behind": where.Behind(note, where.Predicate[string]{}),
	} {
		if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), "where: ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func BenchmarkHolds(b *testing.B) {
	p := where.All(where.AtLeast(number, 10), where.Below(number, 20), where.Between(float, 1, 2))
	rows := make([]record, 1024)
	for i := range rows {
		rows[i].Number, rows[i].Float = int64(i%30), float64(i%3)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for i := range rows {
			if p.Holds(&rows[i]) {
				n++
			}
		}
	}
	if n == 0 {
		b.Fatal("nothing holds")
	}
}
