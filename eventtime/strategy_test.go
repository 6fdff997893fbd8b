package eventtime

import (
	"math"
	"strings"
	"testing"
	"time"
)

type event struct {
	When   time.Time
	Millis int64
	Mark   int64
}

func when(e *event) *time.Time { return &e.When }
func millis(e *event) *int64   { return &e.Millis }

func TestTimesAreFoundInTheirUnits(t *testing.T) {
	moment := time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC)
	e := event{When: moment}
	for name, c := range map[string]struct {
		s     Strategy[event]
		count int64
		want  int64
	}{
		"time":             {Of(when), 0, moment.UnixNano()},
		"computed":         {OfFunc(func(e event) time.Time { return e.When }), 0, moment.UnixNano()},
		"seconds":          {Seconds(millis), 5, 5e9},
		"milliseconds":     {Millis(millis), -5, -5e6},
		"microseconds":     {Micros(millis), 5, 5e3},
		"nanoseconds":      {Nanos(millis), 5, 5},
		"too many seconds": {Seconds(millis), math.MaxInt64 / 100_000_000, NoTime},
	} {
		e.Millis = c.count
		if got := c.s.Rules().At(&e); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for _, none := range []time.Time{{}, time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := Of(when).Rules().At(&event{When: none}); got != NoTime {
			t.Errorf("%v counts as %d", none, got)
		}
	}
}

// latest is watermarks of the user's own.
type latest struct{ at time.Time }

func (l *latest) Record(_ *event, at time.Time) {
	if at.After(l.at) {
		l.at = at
	}
}
func (l *latest) Watermark() time.Time { return l.at.Add(-time.Second) }

func TestWatermarksFollowTheirRules(t *testing.T) {
	rows, times := make([]event, 3), []int64{10e9, 30e9, 20e9}
	rows[1].Mark = 7
	for name, c := range map[string]struct {
		s    Strategy[event]
		want int64
	}{
		"in order": {Millis(millis), 30e9},
		"disorder": {Millis(millis).Disorder(25 * time.Second), 5e9},
		"own":      {Millis(millis).Custom(func() Watermarks[event] { return &latest{} }), 29e9},
		"punctuated": {Millis(millis).Punctuated(func(e *event) (time.Time, bool) {
			return time.Unix(e.Mark, 0), e.Mark > 0
		}), 7e9},
		"never punctuated": {Millis(millis).Punctuated(func(*event) (time.Time, bool) { return time.Time{}, false }), NoTime},
	} {
		m := c.s.Rules().NewMark()
		if got := m.Records(rows, times); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if got := m.Records(rows[:1], times[:1]); got != c.want {
			t.Errorf("%s: it goes back to %d", name, got)
		}
	}
}

func TestStrategiesThatCannotBeAreRefused(t *testing.T) {
	for want, s := range map[string]Strategy[event]{
		"zero Strategy": {},
		"negative":      Millis(millis).Disorder(-1),
		"no function":   Millis(millis).Custom(nil),
		"nil":           Millis(millis).Punctuated(nil),
	} {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it says %v, want %q", err, want)
		}
	}
	s := Millis(millis).Disorder(5 * time.Second).Idle(time.Minute).Ahead(time.Hour).OrderedSplits()
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if got, want := s.String(), "milliseconds, disorder 5s, splits in order, idle after 1m0s, at most 1h0m0s ahead"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
