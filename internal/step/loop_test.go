package step

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/spill"
	"github.com/thalweg/thalweg/types"
)

type traveller struct {
	Number int64
	Name   string
}

// newLoopQueue returns a queue with a number of pages, and its budget.
func newLoopQueue(t *testing.T, pages int) (*loopQueue[traveller], *memory.Budget) {
	t.Helper()
	rows, err := types.Of[traveller]()
	if err != nil {
		t.Fatal(err)
	}
	budget := memory.NewBudget(1 << 20)
	share, err := budget.Share(int64(pages * budget.PageSize()))
	if err != nil {
		t.Fatal(err)
	}
	space := spill.NewSpace(host.New(), []string{t.TempDir()}, memory.Unlimited())
	t.Cleanup(func() { space.Close() })
	return &loopQueue[traveller]{
		element: NewElement(rows), wakeHead: func() {}, wakeEntry: func() {},
		room: outofcore.Room{Memory: share, Space: space},
	}, budget
}

func TestALoopGivesBackWhatItTakesInItsOrder(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		q, budget := newLoopQueue(t, 1+r.IntN(8))
		timed, spilled := r.IntN(2) == 0, false
		var put, taken int64
		take := func() bool {
			batch, err := q.take()
			if err != nil {
				t.Fatal(err)
			}
			if batch == nil {
				return false
			}
			if timed != (len(batch.Times) == len(batch.Rows)) {
				t.Fatalf("%d rows have %d times", len(batch.Rows), len(batch.Times))
			}
			for i, row := range batch.Rows {
				if row.Number != taken || row.Name != fmt.Sprint("n", taken) || timed && batch.Times[i] != -taken {
					t.Fatalf("record %d is %v", taken, row)
				}
				taken++
			}
			batch.Release()
			return true
		}
		for range r.IntN(300) {
			if r.IntN(3) == 0 {
				take()
				continue
			}
			var rows []traveller
			var times []int64
			for range 1 + r.IntN(200) {
				rows = append(rows, traveller{put, fmt.Sprint("n", put)})
				if timed {
					times = append(times, -put)
				}
				put++
			}
			if err := q.put(rows, times); err != nil {
				t.Fatal(err)
			}
			spilled = spilled || q.crowded()
		}
		for take() {
		}
		if taken != put || q.came != put {
			t.Fatalf("%d of %d records came back", taken, put)
		}
		if q.crowded() {
			t.Error("an empty loop is crowded")
		}
		q.close()
		if used, _ := budget.Used(); used != 0 {
			t.Errorf("%d bytes are not given back, having been on disk: %v", used, spilled)
		}
	}
}

func TestALoopThatIsOverTakesNothing(t *testing.T) {
	q, _ := newLoopQueue(t, 2)
	q.finish()
	if q.put([]traveller{{1, "a"}}, nil) == nil {
		t.Error("a record is lost")
	}
}

// TestHeadsEndWhenNothingIsLeft steps heads and a body by hand: all records of all heads go
// to random tails, after random times, and word waits for them. While there is a record
// event time must not end, nor a head; the end of event time makes records, too.
func TestHeadsEndWhenNothingIsLeft(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range 300 {
		runLoop(t, rand.New(rand.NewPCG(seed, uint64(i))))
	}
}

// element of a channel: a record with the laps it still has to go, or word.
type passing struct {
	laps int
	word operator.Watermark
}

// sending is the outputs of a head: a channel to every tail.
type sending struct {
	r        *rand.Rand
	channels []*[]passing
}

func (s *sending) Collect(rows []traveller) error {
	for _, row := range rows {
		to := s.channels[s.r.IntN(len(s.channels))]
		*to = append(*to, passing{laps: int(row.Number)})
	}
	return nil
}

func runLoop(t *testing.T, r *rand.Rand) {
	n := 1 + r.IntN(4)
	queues, heads := make([]*loopQueue[traveller], n), make([]*loopHead[traveller], n)
	channels := make([][][]passing, n)       // by head and tail
	marks := make([][]operator.Watermark, n) // the latest word of each head, by tail
	timeless := make([]bool, n)              // tails at which event time has ended
	left := 0                                // records in the loop
	for i := range n {
		queues[i], _ = newLoopQueue(t, 4)
		out := &sending{r: r}
		channels[i], marks[i] = make([][]passing, n), make([]operator.Watermark, n)
		for j := range n {
			out.channels = append(out.channels, &channels[i][j])
		}
		heads[i] = &loopHead[traveller]{ctx: operator.NewContext(operator.Spec{Wake: func() {}}), queue: queues[i], out: out}
	}
	inputs, ended, ends := 1+r.IntN(20), false, 0 // what comes in from outside
	sent := make([]operator.Watermark, n)
	put := func(at, laps int) {
		if err := queues[at].put([]traveller{{int64(laps), ""}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for steps := 0; ; steps++ {
		if steps > 1_000_000 {
			t.Fatalf("the loop does not end: %d left, ended %v", left, ended)
		}
		i, j := r.IntN(n), r.IntN(n)
		switch r.IntN(5) {
		case 0: // a record from outside comes to a tail
			if inputs > 0 && r.IntN(3) == 0 {
				inputs--
				left++
				put(j, r.IntN(6))
			}
			ended = inputs == 0
		case 1: // a head sends what came back
			if r.IntN(3) > 0 {
				if _, _, err := heads[i].Poll(); err != nil {
					t.Fatal(err)
				}
			}
		case 2: // a head may send word
			before := heads[i].over
			out, err := heads[i].Advance(operator.Watermark{Time: operator.NoTime})
			if err != nil {
				t.Fatal(err)
			}
			if heads[i].over && !before {
				if left > 0 || !ended {
					t.Fatalf("a head is over and %d records are left, input has ended: %v", left, ended)
				}
				if ends++; ends == n {
					return
				}
			}
			if out == sent[i] {
				continue
			}
			if out.Time != sent[i].Time && out.Time == operator.EndOfTime && !slices.Contains(timeless, true) && (left > 0 || !ended) {
				t.Fatalf("event time ends and %d records are left, input has ended: %v", left, ended)
			}
			sent[i] = out
			for to := range n {
				channels[i][to] = append(channels[i][to], passing{word: out})
			}
		default: // a tail takes from a channel; words of all are one
			c := &channels[i][j]
			if len(*c) == 0 {
				continue
			}
			first := (*c)[0]
			if first.word.Lap.Number == 0 {
				*c = (*c)[1:]
				if left--; first.laps > 0 {
					left++
					put(j, first.laps-1)
				}
				continue
			}
			if !ended {
				continue // word waits for what comes from outside
			}
			*c = (*c)[1:]
			marks[j][i] = first.word
			all := marks[j][0]
			for _, m := range marks[j][1:] {
				all.Time = min(all.Time, m.Time)
				all.Lap.Number, all.Lap.Busy = min(all.Lap.Number, m.Lap.Number), max(all.Lap.Busy, m.Lap.Busy)
			}
			if all.Time == operator.EndOfTime && !timeless[j] {
				timeless[j] = true
				if r.IntN(2) == 0 {
					left++
					put(j, r.IntN(4))
				}
			}
			if all.Lap.Number > 0 {
				queues[j].back(all.Lap)
			}
		}
	}
}
