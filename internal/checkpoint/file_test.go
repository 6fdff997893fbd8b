package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var text = must(types.Of[string]())

// store writes the state file of a task and returns when it is there.
func store(h host.Host, s Storage, name string, parts []Owned, syncs ...func() error) (file File, err error) {
	group, parker := host.NewGroup(h), h.NewParker()
	w := Begin(h, group, s, name, parts, syncs, parker.Unpark, func(f File, e error) { file, err = f, e })
	for more := true; more || !w.Over(); {
		worked := false
		if more {
			var failed error
			if worked, more, failed = w.Step(); failed != nil {
				err = failed
			}
		}
		if !worked && !w.Over() {
			parker.Park(time.Time{})
		}
	}
	group.Wait()
	return file, err
}

// example makes a checkpoint of an operator, number 7, in some subtasks: words that belong
// to keys, and one row of each other kind in each subtask.
func example(t *testing.T, h host.Host, s Storage, r *rand.Rand, subtasks int) (m *Manifest, words []string) {
	t.Helper()
	m = &Manifest{Job: "job", ID: 3, At: time.Unix(100, 0), Sources: map[int][]connect.Split{1: {{ID: "a", Skip: 7}}}}
	m.Fingerprint = json.RawMessage(`{}`)
	rows := make([]*keyed.Rows[string], subtasks)
	for i := range rows {
		rows[i] = keyed.NewRows(text)
	}
	for i := range 1000 {
		word := fmt.Sprint("word ", i, strings.Repeat("x", r.IntN(300)))
		hash := text.Hash(&word)
		rows[keygroup.Owner(keygroup.Of(hash), subtasks)].Add(hash, &word)
		words = append(words, word)
	}
	for i := range subtasks {
		name := fmt.Sprintf("%s/1-%d.state", Dir("job", 3), i)
		file, err := store(h, s, name, []Owned{
			{7, operator.Part{Name: "words", Share: operator.Keyed, Keys: rows[i]}},
			{7, operator.PartOf("dealt", operator.Dealt, text, []string{fmt.Sprint("dealt ", i)})},
			{7, operator.PartOf("union", operator.Union, text, []string{fmt.Sprint("union ", i)})},
			{7, operator.PartOf("alike", operator.Alike, text, []string{"alike"})},
			{8, operator.PartOf("dealt", operator.Dealt, text, []string{"of another operator"})},
		})
		if err != nil {
			t.Fatal(err)
		}
		m.Tasks = append(m.Tasks, TaskState{
			TaskID: TaskID{Chain: 1, Subtask: i}, File: &file, Nodes: []NodeState{{Node: 7, Mark: int64(100 + i)}},
		})
	}
	if err := m.Write(s); err != nil {
		t.Fatal(err)
	}
	return m, words
}

// restoreAll returns what all subtasks get, sorted, by part.
func restoreAll(r *Restored, subtasks int) (got map[string][]string, err error) {
	got = map[string][]string{}
	for i := range subtasks {
		state := r.State(7, i, subtasks)
		err := state.Keys("words", func(in io.Reader) error {
			return keyed.RestoreRows(in, text, keygroup.Owned(i, subtasks), func(w *string) error {
				got["words"] = append(got["words"], *w)
				return nil
			})
		})
		if err != nil {
			return nil, err
		}
		for _, part := range []string{"dealt", "union", "alike"} {
			rows, err := operator.RowsOf(state, part, text)
			if err != nil {
				return nil, err
			}
			got[part] = append(got[part], rows...)
		}
	}
	for _, rows := range got {
		slices.Sort(rows)
	}
	return got, nil
}

func TestEverySubtaskGetsItsShareWhateverTheParallelism(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r, h := rand.New(rand.NewPCG(seed, 0)), host.New()
	for _, before := range []int{1, 2, 5} {
		s := NewDirectory(h.Files(), t.TempDir())
		_, words := example(t, h, s, r, before)
		slices.Sort(words)
		m, skipped, err := Latest(s)
		if err != nil || m == nil || len(skipped) > 0 {
			t.Fatalf("the checkpoint is not found: %v, %v", err, skipped)
		}
		for _, after := range []int{1, 2, 3, 7} {
			got, err := restoreAll(NewRestored(s, m), after)
			if err != nil {
				t.Fatal(err)
			}
			var dealt, union []string
			for i := range before {
				dealt = append(dealt, fmt.Sprint("dealt ", i))
				union = append(union, slices.Repeat([]string{fmt.Sprint("union ", i)}, after)...)
			}
			want := map[string][]string{"words": words, "dealt": dealt, "union": union, "alike": slices.Repeat([]string{"alike"}, after)}
			for part, rows := range want {
				if !slices.Equal(got[part], rows) {
					t.Errorf("%d → %d: %s has %d rows, not %d, or others", before, after, part, len(got[part]), len(rows))
				}
			}
			if mark := NewRestored(s, m).Mark(7); mark != 100 {
				t.Errorf("the watermark is %d", mark)
			}
		}
	}
}

func TestADamagedCheckpointIsNeverRestored(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r, h, dir := rand.New(rand.NewPCG(seed, 0)), host.New(), t.TempDir()
	s := NewDirectory(h.Files(), dir)
	m, _ := example(t, h, s, r, 2)
	want, err := restoreAll(NewRestored(s, m), 3)
	if err != nil {
		t.Fatal(err)
	}
	name := m.Tasks[1].File.Name
	path := filepath.Join(dir, name)
	intact := must(os.ReadFile(path))
	damage := map[string]func(b []byte) []byte{
		"cut":     func(b []byte) []byte { return b[:r.IntN(len(b))] },
		"changed": func(b []byte) []byte { b[r.IntN(len(b))] ^= byte(1 + r.IntN(255)); return b },
		"longer":  func(b []byte) []byte { i := r.IntN(len(b)); return slices.Insert(b, i, 0) },
		"zeroed":  func(b []byte) []byte { i := r.IntN(len(b)); clear(b[i:min(len(b), i+64)]); return b },
	}
	for what, f := range damage {
		for range 200 {
			broken := f(slices.Clone(intact))
			if bytes.Equal(broken, intact) {
				continue
			}
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := restoreAll(NewRestored(s, m), 3)
			if err == nil && what == "longer" && fmt.Sprint(got) == fmt.Sprint(want) {
				continue // behind its end
			}
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Fatalf("a file that is %s is restored, or its error does not name it: %v", what, err)
			}
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := restoreAll(NewRestored(s, m), 3); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("a file that is missing is restored: %v", err)
	}
	foreign := must(os.ReadFile(filepath.Join(dir, m.Tasks[0].File.Name)))
	if err := os.WriteFile(path, foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := restoreAll(NewRestored(s, m), 3); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("the file of another task is restored: %v", err)
	}
}

func TestADamagedManifestGivesWayToTheOneBefore(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r, h, dir := rand.New(rand.NewPCG(seed, 0)), host.New(), t.TempDir()
	s := NewDirectory(h.Files(), dir)
	m, _ := example(t, h, s, r, 1)
	next := *m
	next.ID, next.At = 4, m.At.Add(time.Second)
	if err := next.Write(s); err != nil {
		t.Fatal(err)
	}
	if got, skipped, err := Latest(s); err != nil || got.ID != 4 || len(skipped) > 0 {
		t.Fatalf("the newest checkpoint is %v, %v, %v", got, skipped, err)
	}
	path := filepath.Join(dir, Dir("job", 4), "manifest")
	intact := must(os.ReadFile(path))
	for range 300 {
		broken := slices.Clone(intact)
		if broken[r.IntN(len(broken))] ^= byte(1 + r.IntN(255)); r.IntN(3) == 0 {
			broken = intact[:r.IntN(len(intact))]
		}
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		got, skipped, err := Latest(s)
		if err != nil || got == nil || got.ID != 3 || len(skipped) != 1 || !strings.Contains(skipped[0].Error(), Dir("job", 4)) {
			t.Fatalf("with a damaged manifest the newest checkpoint is %v, %v, %v", got, skipped, err)
		}
	}
}

func TestRowsOfAnotherTypeAreNotRestored(t *testing.T) {
	h := host.New()
	s := NewDirectory(h.Files(), t.TempDir())
	m, _ := example(t, h, s, rand.New(rand.NewPCG(1, 1)), 1)
	state := NewRestored(s, m).State(7, 0, 1)
	if _, err := operator.RowsOf(state, "dealt", must(types.Of[int]())); err == nil || !strings.Contains(err.Error(), `the part "dealt" had another type`) {
		t.Errorf("rows of another type are restored: %v", err)
	}
	if err := state.Keys("dealt", func(io.Reader) error { return nil }); err == nil {
		t.Error("rows are restored as keys")
	}
	if rows, err := operator.RowsOf(state, "nothing", text); err != nil || len(rows) > 0 {
		t.Errorf("a part that is not there has %v, %v", rows, err)
	}
}

// failingKeys is a snapshot that fails.
type failingKeys struct{ closed *bool }

func (f failingKeys) Next(io.Writer) (bool, error) { return false, errors.New("not encodable") }
func (f failingKeys) Close()                       { *f.closed = true }

func TestAFileThatCannotBeWrittenIsAnErrorAndLeavesNothing(t *testing.T) {
	for _, op := range []faulty.Operation{faulty.Create, faulty.Write, faulty.Sync, faulty.Close, faulty.Rename, faulty.Make} {
		h, dir := faulty.New(host.New()), t.TempDir()
		h.Fail(op, "*", errors.New("broken disk"))
		s := NewDirectory(h.Files(), dir)
		rows := keyed.NewRows(text)
		for i := range 1000 {
			word := strings.Repeat("x", 1000)
			rows.Add(uint64(i)<<54, &word)
		}
		parts := []Owned{{1, operator.Part{Name: "words", Keys: rows}}}
		if _, err := store(h, s, "job/1/a", parts); err == nil || !strings.Contains(err.Error(), "broken disk") || !strings.Contains(err.Error(), "job/1/a") {
			t.Errorf("%s: the error is %v", op, err)
		}
		if names, err := s.List(""); len(names) > 0 || err != nil {
			t.Errorf("%s: left are %v, %v", op, names, err)
		}
	}
	h := host.New()
	s := NewDirectory(h.Files(), t.TempDir())
	closed := false
	if _, err := store(h, s, "a", []Owned{{1, operator.Part{Keys: failingKeys{&closed}}}}); err == nil || !closed {
		t.Errorf("a snapshot that fails: %v, closed: %v", err, closed)
	}
	sync := func() error { return errors.New("output not safe") }
	if _, err := store(h, s, "a", nil, sync); err == nil || !strings.Contains(err.Error(), "output not safe") {
		t.Errorf("an output that cannot be made last: %v", err)
	}
	if names, err := s.List(""); len(names) > 0 || err != nil {
		t.Errorf("left are %v, %v", names, err)
	}
}

func TestDropKeepsWhatIsNeeded(t *testing.T) {
	h := host.New()
	s := NewDirectory(h.Files(), t.TempDir())
	for _, name := range []string{"job/00000001/manifest", "job/00000001/0-0.state", "job/00000002/0-0.state", "job/00000003/manifest",
		"job/ended/0-0-1-0.state", "job/ended/0-0-2-0.state", "other/00000001/manifest"} {
		w := must(s.Create(name))
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	keep := func(id int64) bool { return id >= 3 }
	if err := Drop(s, "job", keep, func(name string) bool { return strings.Contains(name, "2-0.state") }); err != nil {
		t.Fatal(err)
	}
	want := []string{"job/00000003/manifest", "job/ended/0-0-2-0.state", "other/00000001/manifest"}
	if got := must(s.List("")); !slices.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
	}
}

func FuzzOpenFile(f *testing.F) {
	h := host.New()
	s := NewDirectory(h.Files(), f.TempDir())
	file, err := store(h, s, "a", []Owned{{1, operator.PartOf("rows", operator.Dealt, text, []string{"a", "b"})}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(must(os.ReadFile(s.at("a"))))
	f.Fuzz(func(_ *testing.T, b []byte) {
		file := File{Name: "a", Size: int64(len(b)), Sum: file.Sum}
		r, err := openFile(inMemory{b}, file)
		if err != nil {
			return
		}
		for i := range r.index.Parts {
			_ = r.rows(&r.index.Parts[i], func([]byte) error { return nil })
		}
	})
}

// inMemory is storage with one file.
type inMemory struct{ content []byte }

func (s inMemory) Open(string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s.content)), nil
}
func (s inMemory) Create(string) (Writer, error) { return nil, errors.New("not for writing") }
func (s inMemory) List(string) ([]string, error) { return nil, nil }
func (s inMemory) Remove(string) error           { return nil }
func (s inMemory) String() string                { return "memory" }
