package step

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/window"
)

// visit is a record of the window tests.
type visit struct {
	Page  string
	Count int64
	Trail string
}

func page(v *visit) *string  { return &v.Page }
func visits(v *visit) *int64 { return &v.Count }

func concatenated(a, b visit) visit {
	return visit{a.Page, a.Count + b.Count, a.Trail + b.Trail}
}

func sumOfVisits(t testing.TB) *agg.Program[visit, visit] {
	p, err := agg.Compile(agg.Sum(visits))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

type windowRig struct {
	*rig[visit, window.Result[visit]]
}

func (r windowRig) at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// tick calls OnTimer as a task would: while a timer is due.
func (r windowRig) tick() {
	r.t.Helper()
	timer := r.body.(operator.TimerUser)
	for n := timer.NextTimer(); !n.IsZero() && !n.After(r.clock.now); n = timer.NextTimer() {
		if err := timer.OnTimer(r.clock.now); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r windowRig) add(ms int64, rows ...visit) {
	r.t.Helper()
	r.clock.now = r.at(ms)
	if err := r.in.Collect(rows); err != nil {
		r.t.Fatal(err)
	}
}

// take returns what was emitted since the last take, e.g. "5000-10000 word 3".
func (r windowRig) take() string {
	var b strings.Builder
	for _, w := range r.out.rows {
		fmt.Fprintf(&b, "%d-%d %s %d%s; ", w.Start.UnixMilli(), w.End.UnixMilli(), w.Value.Page, w.Value.Count, w.Value.Trail)
	}
	r.out.rows = nil
	return strings.TrimSuffix(b.String(), "; ")
}

func (r windowRig) expect(want string) {
	r.t.Helper()
	if got := r.take(); got != want {
		r.t.Errorf("got  %q\nwant %q", got, want)
	}
}

func (r windowRig) timer(ms int64) {
	r.t.Helper()
	next := r.body.(operator.TimerUser).NextTimer()
	if ms < 0 && !next.IsZero() || ms >= 0 && !next.Equal(r.at(ms)) {
		r.t.Errorf("the next timer is %v, want %d", next, ms)
	}
}

func aggregateWindows(t testing.TB, a window.Assigner) windowRig {
	return windowRig{newRig[visit, window.Result[visit]](t, WindowAggregate(keyOf(t, page), a, false, sumOfVisits(t)))}
}

func TestTumblingWindows(t *testing.T) {
	r := aggregateWindows(t, window.Tumbling(5*time.Second))
	r.timer(-1)
	r.add(12_000, visit{"a", 1, ""}, visit{"b", 1, ""}, visit{"a", 2, ""})
	r.timer(15_000)
	r.add(14_999, visit{"b", 5, ""})
	r.tick()
	r.expect("")
	r.clock.now = r.at(15_000)
	r.tick()
	r.expect("10000-15000 a 3; 10000-15000 b 6")
	r.timer(-1)
	r.add(15_000, visit{"b", 1, ""})
	r.add(20_000, visit{"a", 7, ""}) // fires the window before, without a timer
	r.expect("15000-20000 b 1")
	r.timer(25_000)
	r.add(999_000, visit{"c", 1, ""})
	r.expect("20000-25000 a 7")
	r.add(990_000, visit{"c", 2, ""}) // the clock goes back, the pane does not
	r.timer(1000_000)
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	r.expect("995000-1000000 c 3")
	r.timer(-1)
}

func TestSlidingWindowsSharePanes(t *testing.T) {
	r := aggregateWindows(t, window.Sliding(3*time.Second, time.Second))
	r.add(10_500, visit{"a", 1, ""})
	r.timer(11_000)
	r.add(11_000, visit{"a", 10, ""}, visit{"b", 100, ""})
	r.expect("8000-11000 a 1")
	r.clock.now = r.at(13_100) // two windows at once
	r.tick()
	r.expect("9000-12000 a 11; 9000-12000 b 100; 10000-13000 a 11; 10000-13000 b 100")
	r.timer(14_000)
	r.clock.now = r.at(60_000) // far beyond: empty windows do not fire
	r.tick()
	r.expect("11000-14000 a 10; 11000-14000 b 100")
	r.timer(-1)
	r.add(61_000, visit{"a", 1, ""})
	if err := r.finish(); err != nil {
		t.Fatal(err)
	}
	r.expect("59000-62000 a 1; 60000-63000 a 1; 61000-64000 a 1")
}

func TestWindowsWithAnOffset(t *testing.T) {
	r := aggregateWindows(t, window.Tumbling(10*time.Second).Offset(-3*time.Second))
	r.add(16_999, visit{"a", 1, ""})
	r.add(17_000, visit{"a", 2, ""})
	r.expect("7000-17000 a 1")
	r.timer(27_000)
}

// TestWindowsAgainstNaiveOnes moves the clock at random, also backwards, and
// compares with sums made window by window.
func TestWindowsAgainstNaiveOnes(t *testing.T) {
	random := seeded(t)
	for range 60 {
		slide := time.Duration(1+random.IntN(6)) * time.Second
		offset := int64(random.IntN(5000))
		a := window.Sliding(slide+time.Duration(random.IntN(9))*time.Second, slide).Offset(time.Duration(offset) * time.Millisecond)
		reduce := windowRig{newRig[visit, window.Result[visit]](t, WindowReduce(keyOf(t, page), typeOf[visit](t), a, false, Plain(concatenated)))}
		sums := aggregateWindows(t, a)
		want := map[string][]visit{} // by window and page
		now, latest := 1_000_000+int64(random.IntN(100_000)), int64(0)
		for n := range 80 {
			rows := make([]visit, 1+random.IntN(3))
			for i := range rows {
				rows[i] = visit{fmt.Sprint("p", random.IntN(3)), int64(random.IntN(10)), fmt.Sprintf(" %d.%d", n, i)}
			}
			latest = max(latest, now)
			sums.add(now, rows...)
			reduce.add(now, rows...)
			if random.IntN(2) == 0 {
				sums.tick()
				reduce.tick()
			}
			size, slide := a.Size().Milliseconds(), a.Slide().Milliseconds()
			for start := (latest-offset)/slide*slide + offset; start+size > latest; start -= slide {
				for _, row := range rows {
					id := fmt.Sprintf("%012d-%d %s", start+size, start, row.Page)
					want[id] = append(want[id], row)
				}
			}
			switch random.IntN(10) {
			case 0:
				now += int64(random.IntN(100_000))
			case 1:
				now -= int64(random.IntN(5_000))
			default:
				now += int64(random.IntN(2_000))
			}
		}
		if err := sums.finish(); err != nil {
			t.Fatal(err)
		}
		if err := reduce.finish(); err != nil {
			t.Fatal(err)
		}
		var wantSums, wantAll []string
		for id, rows := range want {
			v := rows[0]
			for _, row := range rows[1:] {
				v = concatenated(v, row)
			}
			wantAll = append(wantAll, fmt.Sprint(id, v.Count, v.Trail))
			wantSums = append(wantSums, fmt.Sprint(id, v.Count))
		}
		list := func(results []window.Result[visit], trail bool) (out []string) {
			ends := slices.IsSortedFunc(results, func(a, b window.Result[visit]) int { return a.End.Compare(b.End) })
			if !ends {
				t.Errorf("%v: windows do not fire in the order of their ends", a)
			}
			for _, w := range results {
				s := fmt.Sprintf("%012d-%d %s%d", w.End.UnixMilli(), w.Start.UnixMilli(), w.Value.Page, w.Value.Count)
				if trail {
					s += w.Value.Trail
				}
				out = append(out, s)
			}
			return out
		}
		same(t, a.String(), list(sums.out.rows, false), wantSums, false)
		same(t, a.String(), list(reduce.out.rows, true), wantAll, false)
		if n := len(sums.body.(*windowStep[visit, visit]).panes.open); n != 0 {
			t.Errorf("%v: %d panes are left", a, n)
		}
	}
}

func TestWindowReduceNamesWhatItPanickedOn(t *testing.T) {
	fail := Plain(func(a, b visit) visit {
		if a.Count+b.Count > 3 {
			panic("enough")
		}
		return concatenated(a, b)
	})
	r := windowRig{newRig[visit, window.Result[visit]](t, WindowReduce(keyOf(t, page), typeOf[visit](t), window.Sliding(2*time.Second, time.Second), false, fail))}
	r.add(1000, visit{"a", 1, ""})
	r.add(2000, visit{"a", 2, ""}, visit{"b", 3, ""})
	r.clock.now = r.at(3000)
	r.tick()
	r.add(3000, visit{"a", 2, ""})
	r.clock.now = r.at(4000)
	err := r.body.(operator.TimerUser).OnTimer(r.clock.now)
	want := `operator "under test", subtask 0 of 1, {Page:a Count:2 Trail:}: panic: enough`
	if err == nil || strings.Replace(err.Error(), "1 {", "1, {", 1) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	r = windowRig{newRig[visit, window.Result[visit]](t, WindowReduce(keyOf(t, page), typeOf[visit](t), window.Tumbling(time.Second), false, fail))}
	r.add(1, visit{"a", 2, ""})
	err = r.in.Collect([]visit{{"b", 1, ""}, {"a", 2, "x"}})
	want = `operator "under test", subtask 0 of 1, record 2 {Page:a Count:2 Trail:x}: panic: enough (--quarantine DIR puts such records aside, and the job goes on)`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestWindowsRefuseBadAssigners(t *testing.T) {
	w := operator.Wiring{Context: operator.NewContext(operator.Spec{}), Outputs: []any{&nothing[window.Result[visit]]{}}}
	if _, err := WindowAggregate(keyOf(t, page), window.Assigner{}, false, sumOfVisits(t))(w); err == nil {
		t.Error("the zero assigner was accepted")
	}
	if _, err := WindowReduce(keyOf(t, page), typeOf[visit](t), window.Tumbling(-1), false, Plain(concatenated))(w); err == nil {
		t.Error("a negative size was accepted")
	}
}
