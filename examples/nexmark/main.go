// Nexmark answers the queries of the Nexmark benchmark over a stream of events that it
// makes itself: people, auctions and bids.
//
//	go run ./examples/nexmark --query 5
//	go run ./examples/nexmark --query 4 --events 1000000 --rate 50000 --output q4
//
// The answers are lines of JSON, a file for each subtask. Which rows a query answers is
// said in the package rows beside this one; the queries are in the package queries, one
// a file.
package main

import (
	"fmt"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/queries"
	"github.com/thalweg/thalweg/stream"
)

func main() { thalweg.Main("nexmark", build) }

func build(env *thalweg.Environment) error {
	c := events.Suite()
	number := env.ArgInt("query", 0, "number of the query, 0 to 22")
	c.Events = int64(env.ArgInt("events", int(c.Events), "how many events; 0: no end"))
	c.Generators = int64(env.ArgInt("generators", int(c.Generators), "sub-generators, whose events have the same times"))
	c.Rate = int64(env.ArgInt("event-rate", int(c.Rate), "events in a second of event time"))
	c.OutOfOrder = int64(env.ArgInt("out-of-order", int(c.OutOfOrder), "so many events of a sub-generator come in an order of their own; 1: none"))
	start := env.Arg("start", time.UnixMilli(c.Start).UTC().Format(time.RFC3339), "time of the first event")
	perSecond := env.ArgFloat("rate", 0, "events in a second, in all subtasks together; 0: as fast as they are made")
	output := env.Arg("output", "", "directory for the answers as lines of JSON (printed if not given)")

	first, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	c.Start = first.UnixMilli()
	all := stream.Read(env, events.Source{Config: c, PerSecond: perSecond}).Named("events")
	return queries.Add(number, env, stream.AssignTime(all, queries.Times(c)), output)
}
