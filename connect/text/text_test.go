package text_test

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/text"
)

func ExampleRead() {
	disk := filetest.NewDisk()
	disk.Put("in/a.txt", "one\n\ntwo\r\n")
	disk.Put("in/b.txt", "three")
	got, err := filetest.Read(text.Read("in"), disk, 2)
	fmt.Printf("%q %v\n", got.Rows, err)
	// Output: ["one" "" "two" "three"] <nil>
}

func ExampleWrite() {
	disk := filetest.NewDisk()
	err := filetest.Write(text.Write[int]("out"), disk, "job", []int{1, 2}, []int{3})
	for _, name := range disk.Names() {
		fmt.Printf("%s %q %v\n", name, disk.Content(name), err)
	}
	// Output:
	// out/part-00000.txt "1\n2\n" <nil>
	// out/part-00001.txt "3\n" <nil>
}

type point struct{ X, Y int }

type named struct{ name string }

func (n *named) String() string { return "<" + n.name + ">" }

func written[T any](t *testing.T, rows ...T) string {
	t.Helper()
	disk := filetest.NewDisk()
	if err := filetest.Write(text.Write[T]("out"), disk, "job", rows); err != nil {
		t.Fatal(err)
	}
	return disk.Content("out/part-00000.txt")
}

func TestRecordsAreWrittenAsTheyPrint(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{written(t, "a", "", "ü\x00"), "a\n\nü\x00\n"},
		{written(t, []byte("raw"), nil), "raw\n\n"},
		{written(t, int64(-5)), "-5\n"},
		{written(t, 7), "7\n"},
		{written(t, 1.5), "1.5\n"},
		{written(t, true), "true\n"},
		{written(t, point{1, 2}), "{1 2}\n"},
		{written(t, named{"x"}), "<x>\n"},
		{written(t, &named{"x"}), "<x>\n"},
		{written(t, netip.MustParseAddr("::1")), "::1\n"},
		{written[any](t, 1, "x", nil), "1\nx\n<nil>\n"},
		{written[fmt.Stringer](t, &named{"x"}), "<x>\n"},
		{written(t, (*point)(nil)), "<nil>\n"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSourceAndSinkDescribeTheirConfiguration(t *testing.T) {
	source := text.Read("in", file.Recursive())
	sink := text.Write[string]("out", file.Gzip())
	if got := source.String() + " " + sink.String(); got != `text.Read("in", file.Recursive()) text.Write("out", file.Gzip())` {
		t.Error(got)
	}
	if !source.Bounded() {
		t.Error("files end")
	}
}

func TestWrongOptionsAreKnownBeforeTheJob(t *testing.T) {
	source := text.Read("in", file.Overwrite())
	if err := source.(interface{ Err() error }).Err(); err == nil {
		t.Error("no error")
	}
	if _, err := filetest.Read(source, filetest.NewDisk(), 1); err == nil {
		t.Error("no error from Splits")
	}
	sink := text.Write[string]("", file.Recursive())
	if err := sink.(interface{ Err() error }).Err(); err == nil || !strings.Contains(err.Error(), "no name") || !strings.Contains(err.Error(), "Recursive") {
		t.Errorf("got %v", err)
	}
}

func TestBinaryGarbageIsLinesLikeAnyOther(t *testing.T) {
	disk := filetest.NewDisk()
	disk.Put("in", "\x00\xff\n\xfe\r\r\n")
	got, err := filetest.Read(text.Read("in"), disk, 1)
	if err != nil || !slices.Equal(got.Rows, []string{"\x00\xff", "\xfe\r"}) {
		t.Errorf("got %q, %v", got.Rows, err)
	}
}

func TestReadingAllocatesNothingPerRecord(t *testing.T) {
	disk := filetest.NewDisk()
	const lines = 100_000
	disk.Put("in", strings.Repeat("some text of a line\n", lines))
	c := &filetest.Context{Context: t.Context(), Disk: disk}
	source := text.Read("in")
	splits, err := source.Splits(c)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]string, 1024)
	allocs := testing.AllocsPerRun(3, func() {
		for _, s := range splits {
			drain(t, source, c, s, rows)
		}
	})
	if allocs > lines/1000 {
		t.Errorf("%v allocations for %d records", allocs, lines)
	}
}

func drain[T any](t testing.TB, source connect.Source[T], c connect.ReaderContext, s connect.Split, rows []T) {
	r, err := source.Open(c, s)
	for err == nil {
		_, err = r.Read(rows)
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	_ = r.Close()
}

func TestWritingAllocatesNothingPerRecord(t *testing.T) {
	rows := make([]string, 1000)
	numbers := make([]int, 1000)
	line, number := text.AppendLine[string](), text.AppendLine[int]()
	buf := make([]byte, 0, 1000)
	allocs := testing.AllocsPerRun(10, func() {
		for i := range rows {
			buf, _ = line(buf[:0], &rows[i])
			buf, _ = number(buf, &numbers[i])
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
