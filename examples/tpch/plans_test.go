package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/explain"
	"github.com/thalweg/thalweg/internal/golden"
	"github.com/thalweg/thalweg/internal/optimizer"
	"github.com/thalweg/thalweg/internal/plan"
)

// facts are those of the tables at scale factor 1, as the specification has them in
// clause 4.2: rows, and how many values keys have.
var facts = strings.Fields(`
	parallelism=4 processors=4 memory=1GiB
	region.rows=5 region.distinct.RegionKey=5
	nation.rows=25 nation.distinct.NationKey=25 nation.distinct.RegionKey=5
	supplier.rows=10e3 supplier.distinct.SuppKey=10e3 supplier.distinct.NationKey=25
	customer.rows=150e3 customer.distinct.CustKey=150e3 customer.distinct.NationKey=25
	part.rows=200e3 part.distinct.PartKey=200e3
	partsupp.rows=800e3 partsupp.distinct.PartKey=200e3 partsupp.distinct.SuppKey=10e3
	orders.rows=1.5e6 orders.distinct.OrderKey=1.5e6 orders.distinct.CustKey=100e3
	lineitem.rows=6e6 lineitem.distinct.OrderKey=1.5e6 lineitem.distinct.PartKey=200e3 lineitem.distinct.SuppKey=10e3`)

// problemOf asks how to run a query.
func problemOf(t testing.TB, query string) optimizer.Problem {
	t.Helper()
	built := errors.New("built")
	var g *plan.Graph
	_, err := thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
		g = env.Graph()
		return errors.Join(build(env), built)
	}, thalweg.WithName("tpch"), thalweg.WithArgument("query", query), thalweg.WithArgument("data", "tables"), thalweg.WithArgument("output", "answer.csv"))
	if !errors.Is(err, built) || g.Err() != nil {
		t.Fatal(err, g.Err())
	}
	p := optimizer.Problem{Graph: g, Machine: optimizer.Machine{Processes: 1}}
	for _, fact := range facts {
		table, _, _ := strings.Cut(fact, ".")
		if strings.Contains(table, "=") || reads(g, table) {
			if err := p.Suppose(fact); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

func reads(g *plan.Graph, table string) bool {
	for _, n := range g.Nodes {
		if n.Name == table && n.Source != nil {
			return true
		}
	}
	return false
}

// A command is the number of a query. Where operators are in the program is left out.
func TestPlansOfAllQueries(t *testing.T) {
	golden.Run(t, "testdata/plans/*.txt", func(t *testing.T) func(golden.Command) string {
		return func(c golden.Command) string {
			p := problemOf(t, c.Lines[0])
			a, err := optimizer.Optimize(p)
			if err != nil {
				t.Fatal(err)
			}
			p.Options.Choices = a.Choices
			compiled, err := plan.Compile(p.Graph, p.Options)
			if err != nil {
				t.Fatal(err)
			}
			r := explain.Describe(compiled)
			r.Decide(&p, a)
			r.Fingerprint = "of the program"
			for i := range r.Operators {
				o := &r.Operators[i]
				o.Site = ""
				if o.Kind == "source" {
					o.Detail = nil
				}
			}
			var text strings.Builder
			for line := range strings.Lines(r.Text()) {
				text.WriteString(strings.TrimRight(line, " \n") + "\n")
			}
			return text.String()
		}
	})
}

// BenchmarkOptimize plans each of the queries.
func BenchmarkOptimize(b *testing.B) {
	for query := 1; query <= 22; query++ {
		b.Run(fmt.Sprint(query), func(b *testing.B) {
			p := problemOf(b, fmt.Sprint(query))
			for b.Loop() {
				if _, err := optimizer.Optimize(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
