// Weblog finds documents in the log of a web site: those about a keyword that rank
// above a threshold and that nobody has visited in a year. In SQL:
//
//	select r.rank, r.url, r.duration
//	from documents d join ranks r on d.url = r.url
//	where d.text like '%keyword%' and r.rank > threshold
//	  and not exists (select * from visits v where v.url = r.url and year(v.day) = year)
//	order by r.rank desc, r.url
//
//	go run ./examples/weblog --keyword flood --rank 40 --year 2007
package main

import (
	"fmt"
	"strings"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/connect/csv"
)

func main() { thalweg.Main("weblog", build) }

type (
	// Document is a page of the site.
	Document struct {
		URL  string `csv:"url"`
		Text string `csv:"text"`
	}

	// Rank is how a page ranks and for how many seconds visitors stay.
	Rank struct {
		Rank     int64  `csv:"rank"`
		URL      string `csv:"url"`
		Duration int64  `csv:"duration"`
	}

	// Visit is one visit of a page.
	Visit struct {
		Address string    `csv:"address"`
		URL     string    `csv:"url"`
		Day     time.Time `csv:"day"`
	}
)

func rank(r *Rank) *int64      { return &r.Rank }
func rankURL(r *Rank) *string  { return &r.URL }
func itself(s *string) *string { return s }

// String is the rank as it is printed.
func (r Rank) String() string { return fmt.Sprintf("%3d %s, %d s", r.Rank, r.URL, r.Duration) }

func build(env *thalweg.Environment) error {
	keyword := env.Arg("keyword", "flood", "what documents must be about")
	threshold := env.ArgInt("rank", 40, "documents must rank above this")
	year := env.ArgInt("year", 2007, "and must have no visits in this year")
	output := env.Arg("output", "", "directory for the documents as CSV (printed if not given)")

	documents := read(env, "documents", sampleDocuments)
	ranks := read(env, "ranks", sampleRanks)
	visits := read(env, "visits", sampleVisits)

	about := batch.Project(
		documents.Filter(func(d Document) bool { return strings.Contains(d.Text, keyword) }),
		func(d Document) string { return d.URL })
	high := ranks.Filter(func(r Rank) bool { return r.Rank > int64(threshold) })
	visited := batch.Project(
		visits.Filter(func(v Visit) bool { return v.Day.Year() == year }),
		func(v Visit) string { return v.URL })

	candidates := batch.SemiJoin(high, about, batch.On(rankURL, itself))
	forgotten := batch.AntiJoin(candidates, visited, batch.On(rankURL, itself))
	sorted := batch.Sort(forgotten, batch.Desc(rank), batch.Asc(rankURL))

	if output != "" {
		batch.WriteCSV(sorted, output, csv.Header())
	} else {
		batch.Print(sorted)
	}
	return nil
}

// read declares an argument for a table and returns its rows, or the sample if it
// is not given.
func read[T any](env *thalweg.Environment, table string, sample []T) *batch.DataSet[T] {
	path := env.Arg(table, "", "CSV with the "+table+" (a sample if not given)")
	if path == "" {
		return batch.FromSlice(env, sample).Named(table)
	}
	return batch.ReadCSV[T](env, path, csv.Header(), csv.TimeLayout(time.DateOnly)).Named(table)
}
