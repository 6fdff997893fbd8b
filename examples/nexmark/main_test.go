package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/exampletest"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/model"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
)

var program = exampletest.Program{Name: "nexmark", Build: build}

func TestMain(m *testing.M) { program.Main(m) }

// answers runs the program for a query and returns the lines it writes, sorted.
func answers(t *testing.T, query int, c events.Config, options ...thalweg.Option) (lines []string) {
	t.Helper()
	return answersIn(t, query, program.Run(t, arguments(query, c), options...))
}

func arguments(query int, c events.Config) map[string]string {
	return map[string]string{
		"query":        strconv.Itoa(query),
		"events":       fmt.Sprint(c.Events),
		"generators":   fmt.Sprint(c.Generators),
		"event-rate":   fmt.Sprint(c.Rate),
		"start":        time.UnixMilli(c.Start).UTC().Format(time.RFC3339),
		"out-of-order": fmt.Sprint(c.OutOfOrder),
	}
}

// answersIn returns the lines of the files that the program has written, sorted.
func answersIn(t *testing.T, query int, dir string) (lines []string) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(dir, "part-*.jsonl"))
	if err != nil || len(parts) == 0 {
		t.Fatal("no output", err)
	}
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	slices.Sort(lines)
	if query == 12 {
		lines = withoutWindows(t, lines)
	}
	return lines
}

// withoutWindows adds up what windows of the clock count, which are different in every
// run.
func withoutWindows(t *testing.T, lines []string) (sums []string) {
	t.Helper()
	counts := map[int64]int64{}
	for _, line := range lines {
		var s rows.Session
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		if s.End-s.Start != 10_000 || s.Start%10_000 != 0 {
			t.Errorf("the window from %d to %d", s.Start, s.End)
		}
		counts[s.Bidder] += s.Bids
	}
	for bidder, n := range counts {
		text, _ := json.Marshal(rows.Session{Bidder: bidder, Bids: n})
		sums = append(sums, string(text))
	}
	slices.Sort(sums)
	return sums
}

// compare reports how two answers differ.
func compare(t *testing.T, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	t.Errorf("%d rows, want %d", len(got), len(want))
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("row %d:\ngot  %s\nwant %s", i, got[i], want[i])
			return
		}
	}
}

var ways = []struct {
	name    string
	options []thalweg.Option
}{
	{"parallelism 1", []thalweg.Option{thalweg.WithParallelism(1)}},
	{"parallelism 2", []thalweg.Option{thalweg.WithParallelism(2)}},
	{"parallelism 7", []thalweg.Option{thalweg.WithParallelism(7)}},
	{"parallelism 7 in three processes", []thalweg.Option{thalweg.WithProcesses(3), thalweg.WithParallelism(7)}},
}

// streams are events with different shapes of time.
func streams() map[string]events.Config {
	dense := events.Suite()
	dense.Events = 10_000

	// A hundred seconds, so that windows, sessions and auctions end; most events come
	// after later ones, by up to ten seconds. Day begins.
	shuffled := events.Suite()
	shuffled.Events, shuffled.Generators, shuffled.Rate, shuffled.OutOfOrder = 3000, 3, 30, 100
	shuffled.Start = time.Date(2015, 7, 15, 7, 59, 0, 0, time.UTC).UnixMilli()

	// An hour around midnight, out of order, too.
	days := events.Suite()
	days.Events, days.Generators, days.Rate, days.OutOfOrder = 3600, 6, 1, 50
	days.Start = time.Date(2015, 7, 15, 23, 30, 0, 0, time.UTC).UnixMilli()
	return map[string]events.Config{"dense": dense, "shuffled": shuffled, "days": days}
}

func TestAnswersAreThoseOfTheModel(t *testing.T) {
	answered := map[int]bool{}
	for name, c := range streams() {
		all := events.All(c)
		for query := range 23 {
			want := model.Answer(query, all)
			answered[query] = answered[query] || len(want) > 0
			for _, way := range ways {
				t.Run(fmt.Sprintf("%s/query %d/%s", name, query, way.name), func(t *testing.T) {
					compare(t, answers(t, query, c, way.options...), want)
				})
			}
		}
	}
	if len(answered) != 23 || slices.Contains(slices.Collect(maps.Values(answered)), false) {
		t.Errorf("some queries have no answers to compare: %v", answered)
	}
}

// The counts are those of an example run in Beam's documentation.
func TestTheSuiteHasAsManyResultsAsArePublished(t *testing.T) {
	for query, want := range map[int]int{1: 92_000, 2: 351, 7: 1, 11: 1919} {
		if got := len(answers(t, query, events.Suite(), thalweg.WithParallelism(2))); got != want {
			t.Errorf("query %d has %d results, want %d", query, got, want)
		}
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	for _, test := range []struct{ argument, value, says string }{
		{"query", "23", "there is no query 23"},
		{"start", "yesterday", "start: "},
		{"generators", "0", "0 generators"},
		{"out-of-order", "953", "953 events out of order"},
	} {
		err := program.Try(t, "", map[string]string{test.argument: test.value})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %s: the error is %v, want %q", test.argument, test.value, err, test.says)
		}
	}
}

// TestAnswersAreTheSameWhateverStopsThem stops the program twice, some checkpoints after it
// has begun, and goes on with another parallelism each time.
func TestAnswersAreTheSameWhateverStopsThem(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	c := streams()["shuffled"]
	all := events.All(c)
	stops := 0
	for query := range 23 {
		t.Run(fmt.Sprint("query ", query), func(t *testing.T) {
			dir := t.TempDir()
			output, checkpoints := filepath.Join(dir, "output"), filepath.Join(dir, "checkpoints")
			args := arguments(query, c)
			args["rate"] = "30000" // a tenth of a second, for some checkpoints
			for i, parallelism := range []int{1, 3, 2} {
				after := 1 + r.IntN(4)
				if i == 2 {
					after = math.MaxInt
				}
				if !program.Stop(t, output, checkpoints, after, args, thalweg.WithParallelism(parallelism)) {
					break
				}
				stops++
			}
			compare(t, answersIn(t, query, output), model.Answer(query, all))
		})
	}
	if stops == 0 {
		t.Error("nothing was stopped")
	}
	t.Logf("%d stops", stops)
}
