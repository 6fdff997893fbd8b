package jobtest_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/jsonl"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// entry has what all formats can hold: text with everything that needs quotes,
// numbers, times and an optional field.
type entry struct {
	ID    int64
	Text  string
	Ratio float64
	On    bool
	At    time.Time
	Note  *string
}

func (e entry) String() string {
	note := "none"
	if e.Note != nil {
		note = fmt.Sprintf("%q", *e.Note)
	}
	return fmt.Sprintf("%d %q %v %v %s %s", e.ID, e.Text, e.Ratio, e.On, e.At.Format(time.RFC3339Nano), note)
}

func randomEntries(seed uint64) []entry {
	r := jobtest.Random(seed)
	entries := make([]entry, 3000)
	for i := range entries {
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteRune([]rune(`ab ,;"'\|#é漢 `)[r.IntN(13)])
		}
		e := entry{ID: r.Int64() - r.Int64(), Text: b.String(), Ratio: r.NormFloat64(), On: r.IntN(2) == 0,
			At: time.Unix(r.Int64N(1<<32), r.Int64N(1e9)).UTC()}
		if r.IntN(3) == 0 {
			note := fmt.Sprint(r.IntN(100))
			e.Note = &note
		}
		entries[i] = e
	}
	return entries
}

// compressed is the option of an argument; nil is none.
func compressed(env *thalweg.Environment) []file.Option {
	switch env.Arg("compress", "") {
	case "gzip":
		return []file.Option{file.Gzip()}
	case "zstd":
		return []file.Option{file.Zstd()}
	}
	return nil
}

func mixed[O any](files []file.Option, own ...O) []O {
	for _, f := range files {
		own = append(own, any(f).(O))
	}
	return own
}

var writeFiles = jobtest.Register(&jobtest.Program{
	Name: "write files",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		dir, pack := env.Arg("dir", ""), compressed(env)
		entries := batch.FromSlice(env, randomEntries(out.Seed))
		batch.WriteCSV(entries, filepath.Join(dir, "csv"), mixed(pack, csv.Header())...)
		batch.WriteJSON(entries, filepath.Join(dir, "json"), mixed[jsonl.Option](pack)...)
		batch.WriteText(entries, filepath.Join(dir, "text"), pack...)
		return nil
	},
})

var readFiles = jobtest.Register(&jobtest.Program{
	Name: "read files",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		dir := env.Arg("dir", "")
		jobtest.Keep(out, "csv", batch.ReadCSV[entry](env, filepath.Join(dir, "csv"), csv.Header()))
		jobtest.Keep(out, "json", batch.ReadJSON[entry](env, filepath.Join(dir, "json"), jsonl.Strict()))
		jobtest.Keep(out, "text", batch.ReadText(env, filepath.Join(dir, "text")))
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		want := map[string][]string{}
		for _, name := range []string{"csv", "json", "text"} {
			want[name] = jobtest.Lines(randomEntries(seed))
		}
		return want
	},
})

func TestFilesAreReadAsTheyWereWritten(t *testing.T) {
	for i, c := range jobtest.Configurations() {
		pack := []string{"", "gzip", "zstd"}[i%3]
		t.Run(fmt.Sprint(c, " ", pack), func(t *testing.T) {
			seed := jobtest.Seed(t)
			options := []thalweg.Option{thalweg.WithArgument("dir", t.TempDir()), thalweg.WithArgument("seed", fmt.Sprint(seed))}
			_, _, err := writeFiles.RunOn(jobtest.Deadline(t), c, append(options, thalweg.WithArgument("compress", pack))...)
			if err != nil {
				t.Fatal(err)
			}
			got, r, err := readFiles.RunOn(jobtest.Deadline(t), c, options...)
			if err != nil || r.Quarantined > 0 {
				t.Fatal(err, r.Samples)
			}
			for name, want := range readFiles.Want(seed) {
				if d := jobtest.Difference(got[name], want); d != "" {
					t.Errorf("%s: %s", name, d)
				}
			}
		})
	}
}
