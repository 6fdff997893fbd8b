package csv_test

import (
	stdcsv "encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file/filetest"
)

// carriageReturns are what reading drops in front of a line end.
var carriageReturns = regexp.MustCompile("\r+\n")

type triple struct{ A, B, C string }

// standard reads like package encoding/csv and goes on after an error, as this
// package does. It returns the records and how many errors there were.
func standard(t *testing.T, content string) (rows []triple, failed int) {
	r := stdcsv.NewReader(strings.NewReader(content))
	r.FieldsPerRecord = 3
	for {
		fields, err := r.Read()
		switch {
		case err == io.EOF:
			return rows, failed
		case errors.As(err, new(*stdcsv.ParseError)):
			failed++
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, triple{fields[0], fields[1], fields[2]})
		}
	}
}

func randomCSV(r *rand.Rand) string {
	words := []string{"a", "bc", ",", ",", ",", "\"", "\"\"", "\n", "\r\n", "\r", "\"a\"", "\",\"", " ", "a,b,c\n", "\"x\",\"y\"\"\",\"z\n\"\n"}
	var b strings.Builder
	for range r.IntN(30) {
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}

func TestRandomInputIsReadLikePackageEncodingCSVReadsIt(t *testing.T) {
	accepted := 0
	for seed := range uint64(20_000) {
		content := randomCSV(rand.New(rand.NewPCG(seed, 5)))
		want, failed := standard(t, content)
		disk := filetest.NewDisk()
		disk.Put("in", content)
		disk.Short = int(seed % 3)
		got, err := filetest.Read(csv.Read[triple]("in", csv.Multiline()), disk, 1)
		if err != nil || !slices.Equal(got.Rows, want) || len(got.Rejected) != failed {
			t.Fatalf("seed %d, %q: got %q, rejected %v, %v; want %q and %d errors", seed, content, got.Rows, got.Rejected, err, want, failed)
		}
		accepted += len(want)
	}
	if accepted < 5000 {
		t.Errorf("only %d records were right: the test proves little", accepted)
	}
}

func TestSingleLinesAreReadLikePackageEncodingCSVReadsThem(t *testing.T) {
	for seed := range uint64(10_000) {
		content := randomCSV(rand.New(rand.NewPCG(seed, 6)))
		var want []triple
		failed := 0
		for line := range strings.Lines(content) {
			rows, n := standard(t, line)
			want, failed = append(want, rows...), failed+n
		}
		disk := filetest.NewDisk()
		disk.Put("in", content)
		got, err := filetest.Read(csv.Read[triple]("in"), disk, 1)
		if err != nil || !slices.Equal(got.Rows, want) || len(got.Rejected) != failed {
			t.Fatalf("seed %d, %q: got %q, rejected %v, %v; want %q and %d errors", seed, content, got.Rows, got.Rejected, err, want, failed)
		}
	}
}

func TestOutputIsReadByPackageEncodingCSV(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	words := []string{"", "a", ",", "\"", "\r", "\n", " ", "\\.", "#"}
	rows := make([]triple, 2000)
	for i := range rows {
		for _, f := range []*string{&rows[i].A, &rows[i].B, &rows[i].C} {
			for range r.IntN(4) {
				*f += words[r.IntN(len(words))]
			}
			*f = carriageReturns.ReplaceAllString(*f, "\n")
		}
	}
	disk := filetest.NewDisk()
	if err := filetest.Write(csv.Write[triple]("out"), disk, "job", rows); err != nil {
		t.Fatal(err)
	}
	got, failed := standard(t, disk.Content("out/part-00000.csv"))
	if !slices.Equal(got, rows) || failed > 0 {
		t.Errorf("%d of %d records, %d errors", len(got), len(rows), failed)
	}
}

func TestFieldsAreQuotedOnlyWhenNeeded(t *testing.T) {
	disk := filetest.NewDisk()
	rows := []triple{{"a", " b ", "#"}, {"", "ü'", "\\."}, {"a,b", "\"", "x\ny"}, {"\ufeff", "\ufeff", "\r"}}
	if err := filetest.Write(csv.Write[triple]("out"), disk, "job", rows); err != nil {
		t.Fatal(err)
	}
	want := "a, b ,#\n,ü',\\.\n\"a,b\",\"\"\"\",\"x\ny\"\n\"\ufeff\",\ufeff,\"\r\"\n"
	if got := disk.Content("out/part-00000.csv"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
