package metrics

import "testing"

// task returns the figures of a task that was busy for 60 of 100 nanoseconds.
func task() *Task {
	t := &Task{}
	t.Started.Store(1000)
	t.Ended.Store(1100)
	t.Idle.Store(30)
	t.BackPressured.Store(10)
	return t
}

func TestBusyTimeIsDividedBySamples(t *testing.T) {
	head, tail := &Operator{}, &Operator{}
	head.Sampled.Store(3)
	tail.Sampled.Store(1)
	f := Snapshot(task(), 5000, []*Operator{head, tail})
	if f[0].Busy != 45 || f[1].Busy != 15 {
		t.Errorf("%d and %d nanoseconds, not 45 and 15", f[0].Busy, f[1].Busy)
	}
}

// A source has no records that go in: those that come out are compared.
func TestTheMostRecordsOfASubtaskAreKeptWhenFiguresAreAdded(t *testing.T) {
	var source, reader Figures
	for _, n := range []int64{3, 20, 7} {
		from, to := &Operator{}, &Operator{}
		from.RecordsOut.Add(n)
		to.RecordsIn.Add(n)
		to.RecordsOut.Add(100)
		to.Spilled.Store(n)
		from.Publish()
		to.Publish()
		f := Snapshot(task(), 0, []*Operator{from, to})
		source.Add(f[0])
		reader.Add(f[1])
	}
	if source.RecordsOut != 30 || source.MostRecords != 20 || reader.RecordsIn != 30 || reader.MostRecords != 20 || reader.Spilled != 30 {
		t.Errorf("%+v and %+v", source, reader)
	}
}
