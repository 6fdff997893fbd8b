package jobtest_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/stream"
)

// journal is a source of numbers, in pieces, each of which notes in a directory that it
// has been read.
type journal struct {
	Name       string
	From, To   int64
	Pieces     int64
	Dir        string
	After      string // the journal of which all pieces must have been read before
	OfPieces   int64
	SideBySide int
}

// jotting is a number of a journal.
type jotting struct {
	Journal string
	N       int64
}

func (j journal) String() string   { return "journal " + j.Name }
func (j journal) Bounded() bool    { return true }
func (j journal) Together(int) int { return max(j.SideBySide, 1) }

func (j journal) Splits(connect.SplitContext) (all []connect.Split, err error) {
	for p := range j.Pieces {
		from, to := j.From+(j.To-j.From)*p/j.Pieces, j.From+(j.To-j.From)*(p+1)/j.Pieces
		all = append(all, connect.Split{ID: fmt.Sprint("piece ", p), Size: to - from, Data: fmt.Appendf(nil, "%d %d %d", p, from, to)})
	}
	return all, nil
}

func (j journal) read(name string, piece int64) string {
	return fmt.Sprintf("%s/%s-%d", j.Dir, name, piece)
}

func (j journal) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[jotting], error) {
	r := &journalReader{journal: j, c: c}
	if _, err := fmt.Sscan(string(p.Data), &r.piece, &r.next, &r.end); err != nil {
		return nil, err
	}
	if want := fmt.Sprint("piece ", r.piece); p.ID != want {
		return nil, fmt.Errorf("split %q, want %q", p.ID, want)
	}
	for piece := range j.OfPieces {
		if _, err := c.Files().Stat(j.read(j.After, piece)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s begins before piece %d of %s has been read", j.Name, piece, j.After)
		}
	}
	return r, nil
}

type journalReader struct {
	journal          journal
	c                connect.ReaderContext
	piece, next, end int64
}

func (r *journalReader) Read(rows []jotting) (int, error) {
	if r.next == r.end {
		f, err := r.c.Files().Create(r.journal.read(r.journal.Name, r.piece))
		if err != nil {
			return 0, err
		}
		if err := f.Close(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	n := 0
	for ; n < 20 && r.next < r.end; n++ {
		rows[n] = jotting{r.journal.Name, r.next}
		r.next++
	}
	r.c.WakeAt(r.c.Now().Add(100 * time.Microsecond)) // others have a turn
	return n, connect.Wait
}

func (r *journalReader) Close() error { return nil }

// journalEnd is where the pieces of a journal end.
func journalEnd(splits []connect.Split) (end int64, err error) {
	for _, s := range splits {
		fields := strings.Fields(string(s.Data))
		to, err := strconv.ParseInt(fields[len(fields)-1], 10, 64)
		if err != nil {
			return 0, err
		}
		end = max(end, to)
	}
	return end, nil
}

const historyEnd, recentEnd, liveEnd = 1003, 1490, 2011

var historyThenLive = jobtest.Register(&jobtest.Program{
	Name: "history, then live",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		dir := env.Arg("dir", "")
		for i, together := range []int{1, 3} {
			name := func(what string) string { return fmt.Sprint(what, i) }
			history := journal{Name: name("history"), To: historyEnd, Pieces: 9, Dir: dir, SideBySide: together}
			recent := connect.Then(history, journalEnd, func(from int64) connect.Source[jotting] {
				return journal{Name: name("recent"), From: from, To: recentEnd, Pieces: 4, Dir: dir, After: name("history"), OfPieces: 9}
			})
			all := connect.Then(recent, journalEndOfFollower, func(from int64) connect.Source[jotting] {
				return journal{Name: name("live"), From: from, To: liveEnd, Pieces: 3, Dir: dir, After: name("recent"), OfPieces: 4}
			})
			rows := stream.Read(env, all)
			// Times are in order, so nothing of the history may be late.
			timed := stream.AssignTime(rows, eventtime.OfFunc(func(e jotting) time.Time { return time.Unix(e.N, 0) }).
				Disorder(time.Hour).OrderedSplits().Idle(time.Nanosecond))
			jobtest.KeepStream(out, name("rows "), timed)
		}
		jobtest.KeepStream(out, "numbers", stream.Read(env, connect.Then(memory.Sequence(0, 500, 0),
			func(splits []connect.Split) (n int64, err error) {
				for _, s := range splits {
					n += s.Size
				}
				return n, nil
			},
			func(from int64) connect.Source[int64] { return memory.Sequence(from, 700, 0) })))
		return nil
	},
	Want: func(uint64) map[string][]string {
		want := map[string][]string{}
		for n := range int64(liveEnd) {
			for i := range 2 {
				name := "history"
				if n >= recentEnd {
					name = "live"
				} else if n >= historyEnd {
					name = "recent"
				}
				rows := fmt.Sprint("rows ", i)
				want[rows] = append(want[rows], fmt.Sprintf("%+v", jotting{fmt.Sprint(name, i), n}))
			}
			if n < 700 {
				want["numbers"] = append(want["numbers"], fmt.Sprint(n))
			}
		}
		for _, rows := range want {
			slices.Sort(rows)
		}
		return want
	},
})

// journalEndOfFollower is journalEnd of splits some of which follow others.
func journalEndOfFollower([]connect.Split) (int64, error) { return recentEnd, nil }

func TestWhatFollowsHistoryBeginsWhereItEndsAndWhenItHasBeenRead(t *testing.T) {
	for _, c := range jobtest.Configurations() {
		historyThenLive.Try(t, c, thalweg.WithArgument("dir", t.TempDir()))
	}
}
