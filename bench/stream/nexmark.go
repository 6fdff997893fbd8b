package main

import (
	"fmt"
	"io"
	"os"
	"strconv"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/bench/harness"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/queries"
	"github.com/thalweg/thalweg/stream"
)

// checked is how many events there are when answers are compared.
const checked = 1_000_000

// benchNexmark runs the queries of Nexmark beside Flink's.
func benchNexmark(c *config, f *flink, w io.Writer) error {
	all, err := chosen(c.queries)
	if err != nil {
		return err
	}
	if err := sameEvents(c, f); err != nil {
		return err
	}
	t := newTable(w, "query", "events")
	for _, q := range all {
		k := contest{
			name: fmt.Sprintf("query %d", q.number),
			ours: func(n int64, total *sum) (sample, error) { return ours(c, q, n, total) },
		}
		if f != nil {
			k.peers = []peer{{"Flink", func(n int64, check bool) (answer, error) { return f.ask(questionOf(c, q, n, check)) }}}
		}
		if err := k.compete(c, t); err != nil {
			return err
		}
	}
	t.write()
	return nil
}

// sameEvents compares the events that both make.
func sameEvents(c *config, f *flink) error {
	if f == nil {
		return nil
	}
	a, err := f.ask(question{What: "events", Events: checked, Rate: c.rate})
	if err != nil {
		return err
	}
	var total sum
	g := events.NewGenerator(c.nexmark(checked))
	for n := range int64(checked) {
		var e events.Event
		g.Make(n, &e)
		total.add(event(&e))
	}
	if !a.is(total) {
		return fmt.Errorf("the events differ: Flink's sum is %s, ours %d", a.Sum, total.hashes)
	}
	fmt.Fprintf(os.Stderr, "both make the same %d events\n", checked)
	return nil
}

// is reports whether an answer has the rows of a sum.
func (a answer) is(s sum) bool { return a.Rows == s.rows && a.Sum == strconv.FormatUint(s.hashes, 10) }

func (c *config) nexmark(n int64) events.Config {
	made := events.Default()
	made.Events, made.Rate = n, c.rate
	return made
}

func ours(c *config, q query, n int64, total *sum) (sample, error) {
	made := c.nexmark(n)
	return c.measure(func(env *thalweg.Environment) error {
		all := stream.Read(env, events.Source{Config: made}).Named("events")
		q.add(env, stream.AssignTime(all, queries.Times(made)), total)
		return nil
	})
}

func questionOf(c *config, q query, n int64, check bool) question {
	text := sql(fmt.Sprintf("%02d", q.number))[0]
	if check && q.columns != "" {
		text = fmt.Sprintf("select %s from (%s)", q.columns, text)
	}
	setup := []string{
		"drop temporary view if exists person", "drop temporary view if exists auction", "drop temporary view if exists bid",
		"drop temporary table if exists events", "drop temporary table if exists side",
	}
	setup = append(setup, sql("tables", "$events", strconv.FormatInt(n, 10), "$rate", strconv.FormatInt(c.rate, 10))...)
	return question{What: "query", Events: n, Rate: c.rate, Check: check, Setup: setup, SQL: text}
}

// table is what the contests of a benchmark have come to.
type table struct {
	w     io.Writer
	rows  [][]string
	means map[int]*harness.Mean // of medians, by column
}

func newTable(w io.Writer, titles ...string) *table {
	return &table{w: w, rows: [][]string{titles}, means: map[int]*harness.Mean{}}
}

// title adds columns for the ratios of a peer, once.
func (t *table) title(columns ...string) {
	if len(t.rows) == 1 {
		t.rows[0] = append(t.rows[0], columns...)
	}
}

// add adds a line of names and then ratios.
func (t *table) add(names []string, ratios ...harness.Spread) {
	for _, r := range ratios {
		at := len(names)
		if t.means[at] == nil {
			t.means[at] = &harness.Mean{}
		}
		t.means[at].Add(r.Median)
		names = append(names, r.Cell())
	}
	t.rows = append(t.rows, names)
}

// write prints the table with the geometric means of its ratios below.
func (t *table) write() {
	if len(t.means) > 0 {
		last := make([]string, len(t.rows[0]))
		last[0] = "geometric mean"
		for at, m := range t.means {
			last[at] = m.String()
		}
		t.rows = append(t.rows, last)
	}
	harness.WriteTable(t.w, t.rows)
	_, _ = fmt.Fprintln(t.w)
}
