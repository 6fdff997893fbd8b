package csv_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/jsonl"
)

type order struct {
	ID     int64
	Placed time.Time `csv:"order_date"`
	Note   *string
	Secret string `csv:"-"`
}

func ExampleRead() {
	disk := filetest.NewDisk()
	disk.Put("orders.csv", "note,ORDER_DATE,id,extra\nhello,2026-03-01,7,x\n,2026-03-02,8,x\n,yesterday,9,x\n")
	source := csv.Read[order]("orders.csv", csv.Header(), csv.TimeLayout(time.DateOnly))
	got, err := filetest.Read(source, disk, 1)
	for _, o := range got.Rows {
		fmt.Println(o.ID, o.Placed.Format(time.DateOnly), o.Note != nil)
	}
	fmt.Println(got.Rejected[0], err)
	// Output:
	// 7 2026-03-01 true
	// 8 2026-03-02 false
	// orders.csv at byte 62: column "order_date": "yesterday" is no time like 2006-01-02 <nil>
}

func ExampleWrite() {
	disk := filetest.NewDisk()
	note := `say "hi", twice`
	rows := []order{{ID: 1, Note: &note}, {ID: 2, Placed: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}}
	err := filetest.Write(csv.Write[order]("out", csv.Header(), csv.TimeLayout(time.DateOnly)), disk, "job", rows)
	fmt.Print(disk.Content("out/part-00000.csv"), err)
	// Output:
	// ID,order_date,Note
	// 1,0001-01-01,"say ""hi"", twice"
	// 2,2026-01-02,
	// <nil>
}

type pair struct {
	A int
	B string
}

func read[T any](t *testing.T, content string, opts ...csv.Option) filetest.Result[T] {
	t.Helper()
	disk := filetest.NewDisk()
	disk.Put("in", content)
	got, err := filetest.Read(csv.Read[T]("in", opts...), disk, 1)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFieldsAreFoundByPositionOrName(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		opts    []csv.Option
	}{
		"position":           {"1,x\r\n2,y", nil},
		"header":             {"b,c,a\nx,,1\ny,,2\n", []csv.Option{csv.Header()}},
		"quoted header":      {"\"B\",\"a\"\nx,1\ny,2\n", []csv.Option{csv.Header()}},
		"columns":            {"?,x,1\n?,y,2\n", []csv.Option{csv.Columns("", "b", "A")}},
		"byte order mark":    {"\ufeffa,b\n1,x\n2,y\n", []csv.Option{csv.Header()}},
		"delimiter":          {"1|x\n2|y\n", []csv.Option{csv.Delimiter('|')}},
		"wide delimiter":     {"1→x\n\"2\"→y\n", []csv.Option{csv.Delimiter('→')}},
		"trailing delimiter": {"1|x|\n2|\"y\"|\n", []csv.Option{csv.Delimiter('|'), csv.TrailingDelimiter()}},
		"comment":            {"# 1\n1,x\n\n#2,y\n2,y\n", []csv.Option{csv.Comment("#")}},
		"quotes":             {"\"1\",\"x\"\n2,\"y\"\n", nil},
		"trailing header":    {"b|a|\nx|1|\ny|2|\n", []csv.Option{csv.Header(), csv.Delimiter('|'), csv.TrailingDelimiter()}},
		"multiline":          {"\"1\",x\n2,y", []csv.Option{csv.Multiline()}},
		"commented header":   {"#\n\na,b\n1,x\n2,y\n", []csv.Option{csv.Comment("#"), csv.Header()}},
	} {
		got := read[pair](t, c.content, c.opts...)
		if want := []pair{{1, "x"}, {2, "y"}}; !slices.Equal(got.Rows, want) || len(got.Rejected) > 0 {
			t.Errorf("%s: got %v, rejected %v", name, got.Rows, got.Rejected)
		}
	}
}

// What is not asked for is neither looked at nor missed, but it must be there where
// columns are found by position.
func TestOnlySomeColumnsAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		opts    []csv.Option
	}{
		"position": {"one,x\n,y\n", nil},
		"header":   {"b,c\nx,1\ny,2\n", []csv.Option{csv.Header()}},
		"columns":  {"one,x\n\"\",y\n", []csv.Option{csv.Columns("a", "b")}},
		"unquoted": {"one|x|\n|y|\n", []csv.Option{csv.Delimiter('|'), csv.TrailingDelimiter(), csv.NoQuotes()}},
	} {
		got := read[pair](t, c.content, append(c.opts, csv.Only("B"))...)
		if want := []pair{{0, "x"}, {0, "y"}}; !slices.Equal(got.Rows, want) || len(got.Rejected) > 0 {
			t.Errorf("%s: got %v, rejected %v", name, got.Rows, got.Rejected)
		}
	}
	if got := read[pair](t, "x\ny,2\n", csv.Only("b")); len(got.Rows) != 1 || len(got.Rejected) != 1 {
		t.Errorf("a line with too few fields: %v, rejected %v", got.Rows, got.Rejected)
	}
}

func TestQuotesCanBeOrdinary(t *testing.T) {
	got := read[pair](t, "1,5\" disk\n2,\"\n", csv.NoQuotes())
	if want := []pair{{1, `5" disk`}, {2, `"`}}; !slices.Equal(got.Rows, want) {
		t.Errorf("got %+v, rejected %v", got.Rows, got.Rejected)
	}
}

func TestMalformedLinesAreRejectedWithTheirCause(t *testing.T) {
	for line, want := range map[string]string{
		"1":                             "1 fields where there are 2 columns",
		"x,y,z":                         "3 fields where there are 2 columns",
		"x,y":                           `column "A": "x" is no integer`,
		",y":                            `column "A": "" is no integer`,
		" 1,y":                          `column "A": " 1" is no integer`,
		"1.5,y":                         `column "A": "1.5" is no integer`,
		"1,a\"b":                        `a quote within the field "a\"b"`,
		"1,\"ab":                        `the quote that begins the field "\"ab" is not closed in the line`,
		"1,\"a\"b":                      `text behind the quoted field "a"`,
		"\"1\"\"\",x":                   `column "A": "1\"" is no integer`,
		"1,\x00\x01":                    "a NUL byte",
		"\xff\xfe,\"\"":                 `column "A": "\xff\xfe" is no integer`,
		"99999999999999999999999,y":     "does not fit into 64 bits",
		"1," + strings.Repeat("y", 100): "a line of 102 bytes is longer than the limit of 80",
	} {
		got := read[pair](t, "1,a\n"+line+"\r\n2,b\n", file.MaxLine(80))
		if len(got.Rejected) != 1 || len(got.Rows) != 2 {
			t.Errorf("%q: rows %v, rejected %v", line, got.Rows, got.Rejected)
			continue
		}
		r := got.Rejected[0]
		if !strings.Contains(r.Cause, want) || r.Offset != 4 || r.Origin != "in" || string(r.Input) != line || r.Size != int64(len(line)) {
			t.Errorf("%q: rejected %+v, want %s", line, r, want)
		}
	}
	got := read[pair](t, "1|x\n2|y|\n", csv.Delimiter('|'), csv.TrailingDelimiter())
	if len(got.Rows) != 1 || len(got.Rejected) != 1 || got.Rejected[0].Cause != `the line does not end with "|"` {
		t.Errorf("got %+v", got)
	}
}

func TestBytesThatAreNoUTF8AreKept(t *testing.T) {
	if got := read[pair](t, "1,caf\xe9\n"); len(got.Rows) != 1 || got.Rows[0].B != "caf\xe9" {
		t.Errorf("got %+v", got)
	}
}

func TestQuotedFieldsMaySpanLinesIfToldSo(t *testing.T) {
	content := "1,\"a\r\nb\n\n\"\"c\"\n2,d\n3,\"never\nclosed\n4,e\n"
	got := read[pair](t, content, csv.Multiline())
	if want := []pair{{1, "a\nb\n\n\"c"}, {2, "d"}}; !slices.Equal(got.Rows, want) {
		t.Errorf("got %+v", got.Rows)
	}
	if len(got.Rejected) != 1 || got.Rejected[0].Offset != int64(strings.Index(content, "3,")) ||
		got.Rejected[0].Size != int64(len("3,\"never\nclosed\n4,e")) || !strings.Contains(got.Rejected[0].Cause, "not closed before the file ends") {
		t.Errorf("rejected %v", got.Rejected)
	}
}

func TestRecordsOverManyLinesStayWithinTheLineLimit(t *testing.T) {
	content := "1,\"" + strings.Repeat("abc\n", 50_000) + "\"\n2,d\n3,\"x\n" + strings.Repeat("y", 2000) + "\n4,e\n"
	got := read[pair](t, content, csv.Multiline(), file.MaxLine(1000))
	if want := []pair{{2, "d"}, {4, "e"}}; !slices.Equal(got.Rows, want) {
		t.Errorf("got %+v", got.Rows)
	}
	var causes []string
	for _, r := range got.Rejected {
		causes = append(causes, fmt.Sprintf("%d+%d %s", r.Offset, r.Size, r.Cause))
	}
	want := []string{
		"0+200004 a record over several lines is longer than a line may be (option file.MaxLine)",
		"200014+2000 a line of 2000 bytes is longer than the limit of 1000 (option file.MaxLine)",
		"200009+4 a line of this record is too long",
	}
	if !slices.Equal(causes, want) {
		t.Errorf("rejected %q, want %q", causes, want)
	}
}

func TestEverySplitOfAFileKnowsItsHeader(t *testing.T) {
	var content strings.Builder
	content.WriteString(strings.Repeat("# a long introduction\n", 70_000)) // more than a split
	content.WriteString("b,a\n")
	const rows = 200_000
	for i := range rows {
		fmt.Fprintf(&content, "row number %d,%d\n", i, i)
	}
	disk := filetest.NewDisk()
	disk.Put("in", content.String())
	got, err := filetest.Read(csv.Read[pair]("in", csv.Header(), csv.Comment("#")), disk, 4)
	if err != nil || len(got.Rejected) > 0 || len(got.Splits) < 4 || len(got.Rows) != rows {
		t.Fatalf("%d rows in %d splits, rejected %v, %v", len(got.Rows), len(got.Splits), got.Rejected, err)
	}
	for i, r := range got.Rows {
		if r.A != i || r.B != fmt.Sprintf("row number %d", i) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
}

func TestHeadersThatDoNotFitAreRefused(t *testing.T) {
	for content, want := range map[string]string{
		"a\n1\n":                         `csv: in: there is no column "B"; the columns are ["a"], read into csv_test.pair`,
		"a,b,A\n":                        `there are two columns "A"`,
		"a,\"b\n":                        "csv: in: the header: the quote that begins",
		"a," + strings.Repeat("b", 2000): "csv: reading the header: file: in at byte 0: a line of 2002 bytes",
	} {
		disk := filetest.NewDisk()
		disk.Put("in", content)
		_, err := filetest.Read(csv.Read[pair]("in", csv.Header(), file.MaxLine(1000)), disk, 1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %s", content, err, want)
		}
	}
	if got := read[pair](t, "# nothing else\n", csv.Header(), csv.Comment("#")); len(got.Rows)+len(got.Rejected) > 0 {
		t.Errorf("got %+v", got)
	}
}

func TestFilesWithQuotedLinesAreNotSplit(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", strings.Repeat("1,x\n", 1_000_000))
	got, err := csv.Read[pair]("in", csv.Multiline()).Splits(&filetest.Context{Context: t.Context(), Disk: disk, Subtasks: 4})
	if err != nil || len(got) != 1 {
		t.Errorf("%d splits, %v", len(got), err)
	}
}

func TestMistakesAreKnownBeforeTheJob(t *testing.T) {
	type nested struct{ In struct{ X int } }
	type twice struct {
		A int
		B int `csv:"a"`
	}
	for _, c := range []struct {
		source any
		want   string
	}{
		{csv.Read[int]("in"), "cannot read into int"},
		{csv.Read[time.Time]("in"), "cannot read into time.Time"},
		{csv.Read[struct{ C chan int }]("in"), "field C of struct { C chan int }: a chan int cannot be a column"},
		{csv.Read[nested]("in"), "field In of csv_test.nested"},
		{csv.Read[struct{ x int }]("in"), "no exported field"},
		{csv.Read[struct{ P **int }]("in"), "a *int cannot be a column"},
		{csv.Read[pair]("in", csv.Columns("a")), `there is no column "B"`},
		{csv.Read[twice]("in", csv.Columns("a")), `two fields are called "a"`},
		{csv.Read[pair]("in", csv.Columns()), "no columns"},
		{csv.Read[pair]("in", csv.Only()), "no columns"},
		{csv.Read[pair]("in", csv.Only("c")), `there is no field for a column "c"`},
		{csv.Read[pair]("in", csv.Columns("a", "b"), csv.Header()), "drop Columns"},
		{csv.Read[pair]("in", csv.Delimiter('"')), "not usable as a delimiter"},
		{csv.Read[pair]("in", csv.Comment("")), "not usable as a prefix"},
		{csv.Read[pair]("in", csv.Comment("--,")), "holds the delimiter"},
		{csv.Read[pair]("in", csv.Null("a,b")), "read as something else"},
		{csv.Read[pair]("in", csv.TimeLayout("")), "no layout"},
		{csv.Read[pair]("in", csv.NoQuotes(), csv.Multiline()), "drop NoQuotes"},
		{csv.Read[pair]("in", file.Overwrite()), "no option for reading"},
		{csv.Read[pair]("in", jsonl.Strict()), "option of another format"},
		{csv.Write[func()]("out"), "cannot write func()"},
		{csv.Write[*int]("out"), "give the option csv.Null"},
		{csv.Write[pair]("out", csv.Multiline()), "csv.Multiline() is no option for writing"},
		{csv.Write[pair]("out", file.Recursive()), "no option for writing"},
	} {
		err := c.source.(interface{ Err() error }).Err()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, err := csv.Read[int]("in").Splits(nil); err == nil {
		t.Error("no error from Splits")
	}
	if err := filetest.Write(csv.Write[chan int]("out"), filetest.NewDisk(), "job", nil); err == nil {
		t.Error("no error from Prepare")
	}
}

func TestSourceAndSinkDescribeTheirConfiguration(t *testing.T) {
	source := csv.Read[pair]("in", csv.Header(), file.Recursive(), csv.Delimiter('|'), csv.Columns("a", "b"))
	if got, want := source.String(), `csv.Read("in", csv.Header(), file.Recursive(), csv.Delimiter('|'), csv.Columns(["a" "b"]))`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := csv.Write[pair]("out", csv.Null("-")).String(); got != `csv.Write("out", csv.Null("-"))` {
		t.Error(got)
	}
}

func TestFailedRecordsLeaveNothingInTheNext(t *testing.T) {
	type row struct {
		A *int
		B int
	}
	got := read[row](t, "1,x\n,2\n")
	if !reflect.DeepEqual(got.Rows, []row{{nil, 2}}) {
		t.Errorf("got %+v", got)
	}
}

func TestSamplesKnowHeadersAndRecordsOverLines(t *testing.T) {
	var b strings.Builder
	b.WriteString("X,Y\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "%d,\"%d\"\n", i, i%7)
	}
	disk := filetest.NewDisk()
	disk.Put("in.csv", b.String())
	for _, opts := range [][]csv.Option{{csv.Header()}, {csv.Header(), csv.Multiline()}} {
		s, err := filetest.CheckSample(csv.Read[sampled]("in.csv", opts...), disk, 16)
		if err != nil || s.Estimate() < 30_000 || s.Estimate() > 60_000 {
			t.Errorf("%v: %.0f records, %v", opts, s.Estimate(), err)
		}
	}
}

type sampled struct{ X, Y int }
