package jsonl_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/file/filetest"
	"github.com/thalweg/thalweg/connect/jsonl"
)

type event struct {
	ID   int            `json:"id"`
	Name string         `json:"name,omitempty"`
	Tags map[string]int `json:"tags,omitempty"`
}

func ExampleRead() {
	disk := filetest.NewDisk()
	disk.Put("in.jsonl", `{"id": 1, "name": "a"}`+"\n\n"+`{"id": "two"}`+"\n"+`{"id": 3}`)
	got, err := filetest.Read(jsonl.Read[event]("in.jsonl"), disk, 1)
	fmt.Println(got.Rows, err)
	fmt.Println(got.Rejected[0])
	// Output:
	// [{1 a map[]} {3  map[]}] <nil>
	// in.jsonl at byte 24: cannot unmarshal string into Go struct field event.id of type int
}

func ExampleWrite() {
	disk := filetest.NewDisk()
	err := filetest.Write(jsonl.Write[event]("out"), disk, "job", []event{{ID: 1, Name: "<a>"}, {ID: 2}})
	fmt.Print(disk.Content("out/part-00000.jsonl"), err)
	// Output:
	// {"id":1,"name":"<a>"}
	// {"id":2}
	// <nil>
}

func read[T any](t *testing.T, content string, opts ...jsonl.Option) filetest.Result[T] {
	t.Helper()
	disk := filetest.NewDisk()
	disk.Put("in", content)
	got, err := filetest.Read(jsonl.Read[T]("in", opts...), disk, 1)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestMalformedLinesAreRejectedAndReadingGoesOn(t *testing.T) {
	for _, opts := range [][]jsonl.Option{nil, {jsonl.Strict()}} {
		bad := []string{"{", `{"id":1} x`, `{"id":1}{"id":2}`, "\x00\xff", `"text"`, "[1", "nul", `{"id":1e99}`, "{\"id\":1}]"}
		var content strings.Builder
		for _, b := range bad {
			content.WriteString("{\"id\":7,\"tags\":{\"x\":1}}\r\n \t\n" + b + "\n")
		}
		content.WriteString("{\"id\":8}")
		got := read[event](t, content.String(), opts...)
		var rejected []string
		for _, r := range got.Rejected {
			rejected = append(rejected, string(r.Input))
			if r.Cause == "" || strings.HasPrefix(r.Cause, "json: ") || content.String()[r.Offset:][:r.Size] != string(r.Input) {
				t.Errorf("rejected %+v", r)
			}
		}
		if !slices.Equal(rejected, bad) {
			t.Errorf("%v: rejected %q, want %q", opts, rejected, bad)
		}
		if n := len(got.Rows); n != len(bad)+1 || got.Rows[n-1].Tags != nil || got.Rows[0].Tags["x"] != 1 {
			t.Errorf("%v: rows %v", opts, got.Rows)
		}
	}
}

func TestStrictRejectsUnknownFields(t *testing.T) {
	content := "{\"id\":1,\"other\":2}\n{\"id\":2}\n"
	if got := read[event](t, content); len(got.Rows) != 2 {
		t.Errorf("without: %+v", got)
	}
	got := read[event](t, content, jsonl.Strict())
	if len(got.Rows) != 1 || got.Rows[0].ID != 2 || len(got.Rejected) != 1 || !strings.Contains(got.Rejected[0].Cause, `unknown field "other"`) {
		t.Errorf("with: %+v", got)
	}
}

func TestAnyTypeCanBeAValue(t *testing.T) {
	if got := read[int](t, "\ufeff1\n2\n", jsonl.Strict()); !slices.Equal(got.Rows, []int{1, 2}) {
		t.Errorf("got %+v", got)
	}
	if got := read[any](t, "null\n[1]\n"); !reflect.DeepEqual(got.Rows, []any{nil, []any{1.0}}) {
		t.Errorf("got %+v", got)
	}
	if got := read[json.RawMessage](t, "{\"a\": 1}\n2\n"); string(got.Rows[0]) != `{"a": 1}` || string(got.Rows[1]) != "2" {
		t.Errorf("got %q", got.Rows)
	}
}

func TestWhatWasWrittenIsReadBack(t *testing.T) {
	rows := []event{{1, "line\nend", nil}, {2, "\u2028 \" \\", map[string]int{"a": 1}}, {}}
	disk := filetest.NewDisk()
	if err := filetest.Write(jsonl.Write[event]("out", file.Zstd()), disk, "job", rows, nil); err != nil {
		t.Fatal(err)
	}
	got, err := filetest.Read(jsonl.Read[event]("out", jsonl.Strict()), disk, 1)
	if err != nil || !reflect.DeepEqual(got.Rows, rows) {
		t.Errorf("got %v, %v", got.Rows, err)
	}
}

func TestAValueThatJSONCannotExpressIsAnError(t *testing.T) {
	disk := filetest.NewDisk()
	err := filetest.Write(jsonl.Write[float64]("out"), disk, "job", []float64{1, math.NaN()})
	if err == nil || !strings.Contains(err.Error(), "NaN") || len(disk.Names()) != 0 {
		t.Errorf("got %v, left %q", err, disk.Names())
	}
}

func TestWrongOptionsAreKnownBeforeTheJob(t *testing.T) {
	source := jsonl.Read[int]("in", csv.Header(), file.Gzip())
	err := source.(interface{ Err() error }).Err()
	for _, want := range []string{"csv.Header() is an option of another format", "file.Gzip() is no option for reading"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := source.Splits(nil); err == nil {
		t.Error("no error from Splits")
	}
	sink := jsonl.Write[int]("out", jsonl.Strict())
	if err := sink.(interface{ Err() error }).Err(); err == nil {
		t.Error("no error")
	}
	if got := jsonl.Read[int]("in", jsonl.Strict()).String(); got != `jsonl.Read("in", jsonl.Strict())` {
		t.Error(got)
	}
}

func BenchmarkRead(b *testing.B) {
	disk := filetest.NewDisk()
	const lines = 10_000
	content := strings.Repeat(`{"id": 12345, "name": "somebody or other", "tags": {"a": 1}}`+"\n", lines)
	disk.Put("in", content)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		source := jsonl.Read[event]("in")
		c := &filetest.Context{Context: b.Context(), Disk: disk}
		splits, err := source.Splits(c)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range splits {
			if _, err := filetest.ReadSplit(source, c, s, 1024); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/record")
}

func TestASampleTellsHowManyValuesThereAre(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "{\"id\": %d}\n", i)
	}
	disk := filetest.NewDisk()
	disk.Put("in", b.String())
	s, err := filetest.CheckSample(jsonl.Read[map[string]int]("in"), disk, 16)
	if err != nil || len(s.Places) != 16 || s.Estimate() < 18_000 || s.Estimate() > 22_000 {
		t.Errorf("%d places, %.0f values, %v", len(s.Places), s.Estimate(), err)
	}
}
