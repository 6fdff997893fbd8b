package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/stream"
	"github.com/thalweg/thalweg/window"
)

// ad is an event of the Yahoo streaming benchmark (Chintapalli et al., "Benchmarking
// Streaming Computation Engines", 2016), with numbers for its names: peer.nexmark.Ads
// makes the same in Java.
type ad struct {
	User, Page, Ad int64
	Form, Kind     int32 // kind 0 is a view, 1 a click, 2 a purchase
	Time           int64 // milliseconds
	Address        int64
}

const (
	ads       = 1000
	campaigns = 100
	adsStart  = 1436918400000
)

func (a *ad) make(n int64) {
	drawn := scramble(uint64(n))
	a.User = int64(drawn & 0xfffff)
	a.Page = int64(drawn >> 20 & 0xfffff)
	a.Ad = int64(drawn >> 32 & 0xffff * ads >> 16)
	a.Form = int32(drawn >> 48 & 0xff * 5 >> 8)
	a.Kind = int32(drawn >> 56 * 3 >> 8)
	a.Time = adsStart + n/1000
	a.Address = int64(drawn) ^ n
}

// scramble is the output of SplitMix64 for a state (Steele, Lea and Flood, 2014).
func scramble(n uint64) uint64 {
	n = (n + 1) * 0x9E3779B97F4A7C15
	n = (n ^ n>>30) * 0xBF58476D1CE4E5B9
	n = (n ^ n>>27) * 0x94D049BB133111EB
	return n ^ n>>31
}

// numbered is a source of so many records that are functions of their numbers, a split
// for each subtask: of n, subtask k makes the records k, n+k, 2n+k and so on.
type numbered[T any] struct {
	name    string
	records int64
	make    func(n int64, r *T)
}

func (s numbered[T]) String() string { return fmt.Sprintf("%d %s", s.records, s.name) }
func (s numbered[T]) Bounded() bool  { return true }

func (s numbered[T]) Splits(c connect.SplitContext) (all []connect.Split, err error) {
	n := int64(c.Parallelism())
	for k := range n {
		data := binary.LittleEndian.AppendUint64(nil, uint64(k))
		data = binary.LittleEndian.AppendUint64(data, uint64(n))
		all = append(all, connect.Split{ID: fmt.Sprint(k), Size: (s.records - k + n - 1) / n, Data: data})
	}
	return all, nil
}

func (s numbered[T]) Open(c connect.ReaderContext, p connect.Split) (connect.Reader[T], error) {
	next, step := binary.LittleEndian.Uint64(p.Data), binary.LittleEndian.Uint64(p.Data[8:])
	return &numbering[T]{numbered: s, c: c, next: int64(next), step: int64(step)}, nil
}

type numbering[T any] struct {
	numbered[T]
	c          connect.ReaderContext
	next, step int64
}

func (r *numbering[T]) Read(rows []T) (int, error) {
	n := int(min(int64(len(rows)), (r.records-r.next+r.step-1)/r.step))
	for i := range rows[:n] {
		r.make(r.next, &rows[i])
		r.next += r.step
	}
	r.c.AddBytes(int64(n))
	if r.next >= r.records {
		return n, io.EOF
	}
	return n, nil
}

func (r *numbering[T]) Close() error { return nil }

// view is an ad of a campaign that was seen; of a window, how many there were.
type view struct{ Campaign, Time, Views int64 }

// seen is a row of the answer.
type seen = window.Result[view]

// countViews is the program.
func countViews(env *thalweg.Environment, n int64) *stream.DataStream[seen] {
	var campaignOf [ads]int64
	for i := range campaignOf {
		campaignOf[i] = int64(i) * 7919 % campaigns
	}
	all := stream.Read(env, numbered[ad]{"ads", n, func(n int64, a *ad) { a.make(n) }})
	timed := stream.AssignTime(all, eventtime.Millis(func(a *ad) *int64 { return &a.Time }))
	viewed := timed.Filter(func(a ad) bool { return a.Kind == 0 })
	views := stream.Map(viewed, func(a ad) view { return view{Campaign: campaignOf[a.Ad], Time: a.Time} })
	return stream.KeyBy(views, func(v *view) *int64 { return &v.Campaign }).
		Window(window.Tumbling(10 * time.Second)).
		Aggregate(agg.Count(func(v *view) *int64 { return &v.Views }))
}

func row(h hash, r *seen) hash { return h.ints(r.Value.Campaign, r.Start.UnixMilli(), r.Value.Views) }

// benchYahoo runs it beside Flink's.
func benchYahoo(c *config, f *flink, w io.Writer) error {
	k := contest{name: "views", ours: func(n int64, total *sum) (sample, error) {
		return c.measure(func(env *thalweg.Environment) error {
			answers(countViews(env, n), total, row)
			return nil
		})
	}}
	if f != nil {
		if err := sameAds(f); err != nil {
			return err
		}
		k.peers = []peer{
			{"DataStream", func(n int64, check bool) (answer, error) {
				return f.ask(question{What: "yahoo", Events: n, Check: check})
			}},
			{"SQL", func(n int64, check bool) (answer, error) {
				text := sql("yahoo", "$events", strconv.FormatInt(n, 10))
				return f.ask(question{What: "query", Events: n, Check: check, Setup: text[:2], SQL: text[2]})
			}},
		}
	}
	t := newTable(w, "program", "events")
	if err := k.compete(c, t); err != nil {
		return err
	}
	t.write()
	return nil
}

func sameAds(f *flink) error {
	a, err := f.ask(question{What: "ads", Events: checked})
	if err != nil {
		return err
	}
	var total sum
	for n := range int64(checked) {
		var e ad
		e.make(n)
		total.add(noColumns.ints(e.User, e.Page, e.Ad, int64(e.Form), int64(e.Kind), e.Time, e.Address))
	}
	if !a.is(total) {
		return fmt.Errorf("the ads differ: Flink's sum is %s, ours %d", a.Sum, total.hashes)
	}
	fmt.Fprintf(os.Stderr, "both make the same %d ads\n", checked)
	return nil
}
