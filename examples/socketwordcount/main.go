// Socketwordcount counts the words that a TCP server sends, in sliding windows.
//
//	nc -lk 9999
//	go run ./examples/socketwordcount --port 9999 --window 5s --slide 1s
package main

import (
	"net"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/connect/socket"
	"github.com/thalweg/thalweg/examples/words"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/stream"
)

func main() { thalweg.Main("socket word count", build) }

func build(env *thalweg.Environment) error {
	host := env.Arg("host", "localhost", "where the server runs")
	port := env.Arg("port", "9999", "where it listens")
	retries := env.ArgInt("retries", 0, "how often to call again when the connection is lost; -1 for ever")
	size := env.ArgDuration("window", 5*time.Second, "length of a window")
	slide := env.ArgDuration("slide", time.Second, "time between two windows")

	lines := stream.ReadSocket(env, net.JoinHostPort(host, port), socket.Retries(retries))
	recent := stream.FlatMap(lines, words.Split).
		Window(policy.Time(size)).
		Every(policy.Time(slide))
	counts := stream.GroupBy(recent, words.Text).Aggregate(agg.Sum(words.Count))

	stream.Print(counts.Flatten()) // word count
	return nil
}
