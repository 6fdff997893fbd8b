package jobtest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/csv"
	"github.com/thalweg/thalweg/connect/file"
	"github.com/thalweg/thalweg/connect/text"
	"github.com/thalweg/thalweg/internal/faulty"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// point is a line that is easily wrong.
type point struct {
	X, Y int64
	Name string
}

// readPoints reads CSV and keeps what is good, what is bad and how much that is.
var readPoints = jobtest.Register(&jobtest.Program{
	Name: "read points",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		var options []batch.ReadOption
		if n := env.ArgInt("budget", -1); n >= 0 {
			options = append(options, batch.Budget(int64(n)))
		}
		points := batch.Read(env, csv.Read[point](env.Arg("in", "")), options...).Named("points")
		jobtest.Keep(out, "good", points)
		jobtest.Keep(out, "bad", batch.Map(points.Quarantine(), func(r connect.Rejected) rejected {
			return rejected{r.Operator, r.Origin, r.Offset, r.Size, string(r.Input), r.Cause}
		}))
		return nil
	},
})

type rejected struct {
	Operator, Origin string
	Offset, Size     int64
	Input, Cause     string
}

func (r rejected) String() string {
	return fmt.Sprintf("%s|%s|%d|%d|%x|%s", r.Operator, r.Origin, r.Offset, r.Size, r.Input, r.Cause)
}

func TestWhatIsNoRecordGoesToTheQuarantine(t *testing.T) {
	seed := jobtest.Seed(t)
	r := jobtest.Random(seed)
	dir := t.TempDir()
	good, bad := 0, map[string]string{} // input by origin and offset
	for i := range 5 {
		var content bytes.Buffer
		path := filepath.Join(dir, fmt.Sprint(i, ".csv"))
		for range 1000 {
			if r.IntN(5) > 0 {
				good++
				fmt.Fprintf(&content, "%d,%d,name %d\n", r.Int64(), -r.Int64(), r.IntN(10))
				continue
			}
			garbage := make([]byte, 1+r.IntN(40))
			for i := range garbage {
				for garbage[i] = '\n'; garbage[i] == '\n' || garbage[i] == '\r'; {
					garbage[i] = byte(r.Uint32())
				}
			}
			garbage[0] = 0 // never a number, and the line is not blank
			bad[fmt.Sprint(path, "|", content.Len())] = string(garbage)
			content.Write(append(garbage, '\n'))
		}
		if err := os.WriteFile(path, content.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range jobtest.Configurations() {
		got, result, err := readPoints.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", dir))
		if err != nil {
			t.Fatal(c, err)
		}
		if len(got["good"]) != good || len(got["bad"]) != len(bad) || result.Quarantined != int64(len(bad)) {
			t.Errorf("%s: %d good, %d bad, %d counted; want %d good, %d bad", c, len(got["good"]), len(got["bad"]), result.Quarantined, good, len(bad))
		}
		for _, row := range got["bad"] {
			f := strings.Split(row, "|")
			input, ok := bad[f[1]+"|"+f[2]]
			if !ok || f[0] != "points" || f[3] != fmt.Sprint(len(input)) || f[4] != fmt.Sprintf("%x", input) || f[5] == "" {
				t.Fatalf("%s: quarantined %q, but at that place is %q", c, row, input)
			}
		}
		if len(result.Samples) == 0 || result.Samples[0].Cause == "" {
			t.Errorf("%s: samples %v", c, result.Samples)
		}
	}
}

func TestABudgetCountsOverAllSubtasks(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte("1,2,three\nnothing\n4,5,six\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range jobtest.Configurations() {
		got, _, err := readPoints.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", dir), thalweg.WithArgument("budget", "20"))
		if err != nil || len(got["good"]) != 40 {
			t.Errorf("%s: %d good, %v", c, len(got["good"]), err)
		}
		for _, budget := range []string{"19", "0"} {
			got, _, err = readPoints.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", dir), thalweg.WithArgument("budget", budget))
			if err == nil || !strings.Contains(err.Error(), "budget of "+budget) || !strings.Contains(err.Error(), "points") || len(got["good"]) > 0 {
				t.Errorf("%s: a budget of %s: %d rows, %v", c, budget, len(got["good"]), err)
			}
		}
	}
}

// readText reads lines and keeps their lengths.
var readText = jobtest.Register(&jobtest.Program{
	Name: "read text",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		lines := batch.Read(env, text.Read(env.Arg("in", ""), file.MaxLine(env.ArgInt("limit", file.DefaultMaxLine)))).Named("lines")
		jobtest.Keep(out, "lengths", batch.Map(lines, func(l string) int { return len(l) }))
		return nil
	},
})

func TestInputThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("file ", i)), bytes.Repeat([]byte("line\n"), 1000), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		in   string
		op   faulty.Operation
		err  error
		want string
	}{
		"missing":          {in: filepath.Join(dir, "missing"), want: "no such file"},
		"nothing matches":  {in: filepath.Join(dir, "*.missing"), want: "nothing matches"},
		"no rights":        {in: dir, op: faulty.List, err: syscall.EACCES, want: "permission denied"},
		"no rights inside": {in: dir, op: faulty.Open, err: syscall.EACCES, want: "permission denied"},
		"bad disk":         {in: dir, op: faulty.Read, err: syscall.EIO, want: "input/output error"},
	} {
		t.Run(name, func(t *testing.T) {
			check := jobtest.Watch(t)
			disk := faulty.New(host.New())
			if c.op != "" {
				disk.Fail(c.op, "*", c.err)
			}
			got, _, err := readText.RunOn(jobtest.Deadline(t), jobtest.Alone, thalweg.WithArgument("in", c.in), thalweg.OnHost(disk))
			if err == nil || len(got["lengths"]) > 0 {
				t.Fatal(len(got["lengths"]), err)
			}
			for _, part := range []string{c.want, dir, "lines", "jobtest/input_test.go:"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
			if c.op != "" && disk.Failed(c.op) == 0 {
				t.Error("the disk has not failed")
			}
			check()
		})
	}
}

func TestEmptyInputIsNoRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range jobtest.Configurations() {
		for _, p := range []*jobtest.Program{readText, readPoints} {
			got, _, err := p.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", path))
			if err != nil || len(got["lengths"])+len(got["good"])+len(got["bad"]) > 0 {
				t.Errorf("%s, %s: %v, %v", p.Name, c, got, err)
			}
		}
	}
}

func TestALineOf100MB(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long")
	const length = 100 << 20
	content := append(append([]byte("before\n"), bytes.Repeat([]byte("long"), length/4)...), "\nafter\n"...)
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []jobtest.Configuration{{Processes: 1, Parallelism: 7}, jobtest.Apart} {
		got, r, err := readText.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", path))
		if err != nil || jobtest.Difference(got["lengths"], []string{"5", "6"}) != "" || r.Quarantined != 1 {
			t.Fatal(c, got, r.Quarantined, err)
		}
		if s := r.Samples[0]; s.Origin != path || s.Offset != 7 || s.Size != length || !strings.Contains(s.Cause, "longer than the limit") {
			t.Errorf("%s: quarantined %v of %d bytes", c, s, s.Size)
		}
		got, r, err = readText.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("in", path), thalweg.WithArgument("limit", fmt.Sprint(length)))
		if err != nil || jobtest.Difference(got["lengths"], []string{fmt.Sprint(length), "5", "6"}) != "" || r.Quarantined != 0 {
			t.Fatal(c, got, r.Quarantined, err)
		}
	}
}
