package types

import (
	"math"
	"slices"
	"testing"
	"time"
)

type degrees float32

type columnInner struct {
	Small int8
	inner string
	Note  []byte
}

type columned struct {
	ID      uint64
	hidden  int64
	Inner   columnInner
	Warm    degrees
	Maybe   *float64
	Text    *string
	Yes     bool
	Sure    *bool
	Wait    time.Duration
	When    time.Time
	Numbers []int64
	Twice   **int32
	columnInner
}

func TestColumnsAreTheExportedFields(t *testing.T) {
	columns, err := Columns[columned]()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range columns {
		text := c.Path + " " + c.Kind.String()
		if c.Pointer {
			text += " or nil"
		}
		got = append(got, text)
	}
	want := []string{
		"ID uint64", "Inner.Small int8", "Inner.Note bytes", "Warm float32", "Maybe float64 or nil", "Text string or nil", "Yes bool",
		"Sure bool or nil", "Wait duration", "When time", "Numbers slice", "Twice pointer or nil",
		"columnInner.Small int8", "columnInner.Note bytes",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if none, err := Columns[int64](); len(none) != 0 || err != nil {
		t.Errorf("a number has the columns %v, %v", none, err)
	}
	if _, err := Columns[chan int](); err == nil {
		t.Error("a channel has columns")
	}
}

func TestColumnsReadWhatIsInTheFields(t *testing.T) {
	half, text, yes := 0.5, "four", true
	rows := []columned{
		{ID: 1<<53 + 2, hidden: 9, Inner: columnInner{-3, "x", []byte("abc")}, Warm: 1.5, Maybe: &half, Text: &text, Yes: true, Wait: time.Second},
		{columnInner: columnInner{5, "y", []byte{1}}},
		{ID: 7, Inner: columnInner{127, "", nil}, Warm: degrees(math.Inf(1)), Sure: &yes, Wait: -1},
	}
	columns, err := Columns[columned]()
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string][]float64{
		"ID": {1<<53 + 2, 0, 7}, "Inner.Small": {-3, 0, 127}, "Warm": {1.5, 0, math.Inf(1)}, "Maybe": {0.5}, "Wait": {1e9, 0, -1},
		"Inner.Note": {3, 0, 0}, "Text": {4}, "Yes": {1}, "Sure": {1},
		"columnInner.Small": {0, 5, 0}, "columnInner.Note": {0, 1, 0},
	}
	nils := map[string]int{"Maybe": 2, "Text": 2, "Sure": 2, "Twice": 3}
	batch := ColumnsIn(rows)
	for _, c := range columns {
		var got []float64
		switch {
		case c.Numeric():
			got = c.AppendNumbers(nil, batch)
		case c.Kind == String || c.Kind == Bytes:
			got = c.AppendLengths(nil, batch)
		case c.Kind == Bool:
			got = []float64{float64(c.True(batch))}
		}
		if !slices.Equal(got, numbers[c.Path]) {
			t.Errorf("%s: got %v, want %v", c.Path, got, numbers[c.Path])
		}
		if n := c.Nil(batch); n != nils[c.Path] {
			t.Errorf("%s: %d are nil, want %d", c.Path, n, nils[c.Path])
		}
	}
	if n := len(columns[0].AppendNumbers(nil, ColumnsIn[columned](nil))); n != 0 {
		t.Errorf("no rows have %d values", n)
	}
}
