package jobtest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
)

// The aligned lanes are splits whose times go on at different paces. Each read notes the
// clock of the machine, which all processes share, so that it can be said afterwards who
// had come how far when.
const (
	lanes     = 7
	laneRows  = 120
	laneBatch = 3
	laneDrift = 2 * time.Second
)

type laneRow struct {
	Lane, Number int
	Millis       int64 // its time
	Read         int64 // when it was read
}

func laneMillis(r *laneRow) *int64 { return &r.Millis }

func lanePace(lane int) int64 { return int64(1+lane*lane) * 10 }

// laneSource reads lanes from first on, every second one. Nothing is read before all
// lanes have been opened: who has begun late may be behind.
type laneSource struct {
	First int
	Dir   string // where it is noted that lanes are open
}

func (s laneSource) String() string   { return fmt.Sprint("lanes from ", s.First) }
func (s laneSource) Bounded() bool    { return true }
func (s laneSource) Together(int) int { return lanes }

func (s laneSource) Splits(connect.SplitContext) (all []connect.Split, err error) {
	for lane := s.First; lane < lanes; lane += 2 {
		all = append(all, connect.Split{ID: fmt.Sprint("lane ", lane), Data: []byte(strconv.Itoa(lane))})
	}
	return all, nil
}

func (s laneSource) Open(ctx connect.ReaderContext, p connect.Split) (connect.Reader[laneRow], error) {
	lane, err := strconv.Atoi(string(p.Data))
	if err != nil {
		return nil, err
	}
	f, err := ctx.Files().Create(s.path(lane))
	if err != nil {
		return nil, err
	}
	return &laneReader{source: s, ctx: ctx, lane: lane}, f.Close()
}

func (s laneSource) path(lane int) string { return fmt.Sprintf("%s/lane-%d", s.Dir, lane) }

type laneReader struct {
	source       laneSource
	ctx          connect.ReaderContext
	lane, number int
	opened       bool
}

func (r *laneReader) Read(rows []laneRow) (int, error) {
	for lane := 0; lane < lanes && !r.opened; lane++ {
		if _, err := r.ctx.Files().Stat(r.source.path(lane)); errors.Is(err, fs.ErrNotExist) {
			r.ctx.WakeAt(r.ctx.Now().Add(time.Millisecond))
			return 0, connect.Wait
		} else if err != nil {
			return 0, err
		}
	}
	r.opened = true
	read := r.ctx.Now().UnixNano()
	n := 0
	for ; n < laneBatch && r.number < laneRows; n++ {
		rows[n] = laneRow{r.lane, r.number, int64(r.number) * lanePace(r.lane), read}
		r.number++
	}
	if r.number == laneRows {
		return n, io.EOF
	}
	return n, nil
}

func (r *laneReader) Close() error { return nil }

var alignedLanes = jobtest.Register(&jobtest.Program{
	Name: "aligned lanes",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		timed := eventtime.Millis(laneMillis)
		if env.Arg("align", "yes") == "yes" {
			timed = timed.Align("lanes", laneDrift)
		}
		dir := env.Arg("dir", "")
		var all []*stream.DataStream[laneRow]
		for first := range 2 {
			rows := stream.Read(env, laneSource{first, dir}).Named(fmt.Sprint("lanes ", first))
			all = append(all, stream.AssignTime(rows, timed))
		}
		jobtest.KeepStream(out, "rows", stream.Union(all[0], all[1:]...))
		return nil
	},
})

// worstDrift returns how far a lane was ahead of the others when it was read.
func worstDrift(t *testing.T, lines []string) (worst time.Duration) {
	var all []laneRow
	for _, line := range lines {
		var r laneRow
		if _, err := fmt.Sscanf(line, "{Lane:%d Number:%d Millis:%d Read:%d}", &r.Lane, &r.Number, &r.Millis, &r.Read); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, r)
	}
	if len(all) != lanes*laneRows {
		t.Fatalf("%d records have come, want %d", len(all), lanes*laneRows)
	}
	slices.SortFunc(all, func(a, b laneRow) int {
		if a.Read != b.Read {
			return int(a.Read - b.Read)
		}
		return a.Number - b.Number
	})
	marks, ended := make([]int64, lanes), make([]bool, lanes)
	for _, r := range all {
		for lane := range lanes {
			if !ended[lane] {
				worst = max(worst, time.Duration(r.Millis-marks[lane])*time.Millisecond)
			}
		}
		marks[r.Lane] = max(marks[r.Lane], r.Millis)
		ended[r.Lane] = r.Number == laneRows-1
	}
	return worst
}

func TestSplitsOfAGroupKeepTogetherInAllProcesses(t *testing.T) {
	// A batch takes a lane at most that far beyond where it had to stop; and one that was
	// read at the same moment may stand before it.
	batch := time.Duration(2*laneBatch*lanePace(lanes-1)) * time.Millisecond
	for _, c := range jobtest.Configurations() {
		if c.Unchained {
			continue // who assigns times runs in the source's tasks all the same
		}
		got, _, err := alignedLanes.RunOn(jobtest.Deadline(t), c, thalweg.WithArgument("dir", t.TempDir()))
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		if worst := worstDrift(t, got["rows"]); worst > laneDrift+batch {
			t.Errorf("%s: a lane was %s ahead", c, worst)
		}
	}
	got, _, err := alignedLanes.RunOn(jobtest.Deadline(t), jobtest.Alone,
		thalweg.WithArgument("dir", t.TempDir()), thalweg.WithArgument("align", "no"))
	if err != nil {
		t.Fatal(err)
	}
	if worst := worstDrift(t, got["rows"]); worst <= laneDrift+batch {
		t.Errorf("without alignment no lane is more than %s ahead: the test tests nothing", worst)
	}
}
