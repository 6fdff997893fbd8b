package quarantine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/types"
)

type order struct {
	Name  string
	Price float64
	Tags  []string
	By    map[string]int64
	Per   map[int64]bool
	Since time.Time
	Next  *order
}

var orders, _ = types.Of[order]()

// origin is where the entries of these tests come from.
var origin = Origin{
	Program: "prog", Job: "0123", Subtask: 1, Parallelism: 2,
	Operator: Operator{Node: 3, Kind: "map", Name: "parse", Site: "main.go:12"},
}

// random returns entries of two inputs, of timers and of sources.
func random(r *rand.Rand, n int) []*Entry {
	var all []*Entry
	for i := range n {
		e := &Entry{
			Kind: Panic, Input: int32(r.IntN(3) - 1), Number: int64(i), Timed: r.IntN(2) == 0, Time: r.Int64(), At: r.Int64(),
			Key: fmt.Sprint(r.IntN(3)), Cause: fmt.Sprint("panic: ", r.IntN(5)), Stack: strings.Repeat("f\n", r.IntN(4)),
		}
		if e.Input >= 0 {
			e.Record = orders.Append(nil, &order{Name: fmt.Sprint(i), Price: float64(i)})
		} else {
			e.Kind, e.Source, e.Offset, e.Size, e.Piece = Decode, "a.csv", r.Int64(), r.Int64(), []byte{byte(i)}
		}
		all = append(all, e)
	}
	return all
}

func schemaOf(e *Entry) *types.Schema {
	if e.Input < 0 {
		return nil
	}
	return orders.Schema()
}

// write writes entries to a file and returns its path.
func write(t testing.TB, entries []*Entry) string {
	t.Helper()
	dir := t.TempDir()
	w, err := NewWriter(host.New().Files(), dir, FileName(0, 3, -1, 1), origin, -1)
	for _, e := range entries {
		if err == nil {
			err = w.Put(e, schemaOf(e))
		}
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "0-3-1.quarantine")
}

// read returns the entries of a file as far as it can be read.
func read(in io.Reader) (*File, []*Entry, error) {
	f, err := NewFile(in, "it")
	if err != nil {
		return nil, nil, err
	}
	var all []*Entry
	for {
		e, err := f.Next()
		if err == io.EOF {
			return f, all, nil
		}
		if err != nil {
			return f, all, err
		}
		all = append(all, e)
	}
}

func TestWhatIsPutIsReadBackInOrder(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	want := random(rand.New(rand.NewPCG(seed, 1)), 200)
	f, err := Open(host.New().Files(), write(t, want))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Origin != origin {
		t.Errorf("the origin is %+v", f.Origin)
	}
	for i, e := range want {
		got, err := f.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !same(got, e) {
			t.Fatalf("entry %d is %+v, not %+v", i, got, e)
		}
		if e.Input >= 0 && f.Schemas[e.Input].String() != orders.Schema().String() {
			t.Errorf("the schema is %s", f.Schemas[e.Input])
		}
	}
	if _, err := f.Next(); err != io.EOF {
		t.Errorf("behind the last entry there is %v", err)
	}
}

// same compares entries; missing bytes and none are the same.
func same(a, b *Entry) bool {
	x, y := *a, *b
	equal := bytes.Equal(x.Record, y.Record) && bytes.Equal(x.Piece, y.Piece)
	x.Record, y.Record, x.Piece, y.Piece = nil, nil, nil, nil
	return equal && reflect.DeepEqual(x, y)
}

func TestAFileThatIsCutOffHasTheEntriesBeforeTheCut(t *testing.T) {
	want := random(rand.New(rand.NewPCG(1, 1)), 6)
	whole, err := os.ReadFile(write(t, want))
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for n := range whole {
		f, got, err := read(bytes.NewReader(whole[:n]))
		if f == nil {
			if err == nil || n >= len(whole)/2 {
				t.Fatalf("%d bytes are no file: %v", n, err)
			}
			continue
		}
		if err != nil && !errors.Is(err, ErrTorn) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		for i, e := range got {
			if !same(e, want[i]) {
				t.Fatalf("%d bytes: entry %d is %+v", n, i, e)
			}
		}
		if len(got) < most {
			t.Fatalf("%d bytes have %d entries, fewer bytes had %d", n, len(got), most)
		}
		most = len(got)
	}
	if most != len(want)-1 {
		t.Errorf("all but the last byte have %d of %d entries", most, len(want))
	}
}

func TestADamagedByteIsFound(t *testing.T) {
	whole, err := os.ReadFile(write(t, random(rand.New(rand.NewPCG(1, 1)), 3)))
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x10
		if _, _, err := read(bytes.NewReader(damaged)); err == nil {
			t.Fatalf("byte %d is damaged, and nobody says so", at)
		}
	}
}

func TestABudgetEndsWithTheLastCause(t *testing.T) {
	w, err := NewWriter(host.New().Files(), t.TempDir(), "f", origin, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range 3 {
		err = w.Put(&Entry{Kind: Panic, Input: -1, Cause: fmt.Sprint("cause ", i)}, nil)
		if i < 2 && err != nil {
			t.Fatal(err)
		}
	}
	var budget *BudgetError
	if !errors.As(err, &budget) || budget.Last != "cause 2" || budget.Refused != 3 {
		t.Errorf("%v", err)
	}
}

func TestAnEarlierAttemptIsForgotten(t *testing.T) {
	path := write(t, random(rand.New(rand.NewPCG(1, 1)), 3))
	if _, err := NewWriter(host.New().Files(), filepath.Dir(path), filepath.Base(path), origin, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestOnlyAQuarantineIsListed(t *testing.T) {
	files, dir := host.New().Files(), t.TempDir()
	inner := filepath.Join(dir, "q")
	if err := Prepare(files, inner); err != nil {
		t.Fatal(err)
	}
	if paths, err := List(files, inner); err != nil || len(paths) > 0 {
		t.Errorf("an empty one has %v, %v", paths, err)
	}
	for _, bad := range []string{dir, filepath.Join(dir, "nowhere")} {
		if paths, err := List(files, bad); err == nil {
			t.Errorf("%s has %v", bad, paths)
		}
	}
	if err := Prepare(files, dir); err == nil {
		t.Errorf("a directory with something in it was taken")
	}
	for _, content := range []string{"", "id,name\n", magic, "thalweg quarantine 2\n"} {
		if _, _, err := read(strings.NewReader(content)); err == nil {
			t.Errorf("%q was read", content)
		}
	}
}

func TestARecordIsShownByItsSchema(t *testing.T) {
	row := orders.Append(nil, &order{
		Name: `a "b"`, Price: math.Inf(1), Tags: []string{"x", "y"}, By: map[string]int64{"k": 1}, Per: map[int64]bool{7: true},
		Since: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Next: &order{},
	})
	got, err := Show(orders.Schema(), row)
	const want = `{"Name":"a \"b\"","Price":"+Inf","Tags":["x","y"],"By":{"k":1},"Per":[[7,true]],"Since":"2026-01-02T03:04:05.000000006Z",` +
		`"Next":{"Name":"","Price":0,"Tags":null,"By":null,"Per":null,"Since":"0001-01-01T00:00:00Z","Next":null}}`
	if err != nil || got != want {
		t.Errorf("%v\n%s\nnot\n%s", err, got, want)
	}
	if _, err := Show(orders.Schema(), row[:len(row)-1]); err == nil {
		t.Error("a row that is cut off was shown")
	}
}

// Whatever the bytes, reading ends, and what was read can be shown or not.
func FuzzFile(f *testing.F) {
	whole, err := os.ReadFile(write(f, random(rand.New(rand.NewPCG(1, 1)), 5)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, entries, _ := read(bytes.NewReader(data))
		for _, e := range entries {
			if s := file.Schemas[e.Input]; e.Input >= 0 && s == nil {
				t.Fatal("an entry without a schema")
			} else if s != nil {
				_, _ = Show(s, e.Record)
			}
		}
	})
}

func BenchmarkPut(b *testing.B) {
	w, err := NewWriter(host.New().Files(), b.TempDir(), "f", origin, -1)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	e := random(rand.New(rand.NewPCG(1, 1)), 1)[0]
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Put(e, schemaOf(e)); err != nil {
			b.Fatal(err)
		}
	}
}
