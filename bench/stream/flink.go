package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/thalweg/thalweg/bench/harness"
)

// The queries of Nexmark as Flink's SQL, after those of nexmark/nexmark: tables.sql
// has the tables, each query a file.
//
//go:embed sql
var texts embed.FS

// sql is the statements of a file.
func sql(name string, replace ...string) []string {
	b, err := texts.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // all of them are part of the program
	}
	return strings.Split(strings.TrimSpace(strings.NewReplacer(replace...).Replace(string(b))), ";\n")
}

// told is what Flink's process is told when it starts, as its argument of JSON.
type told struct {
	Threads  int               `json:"threads"`
	Settings map[string]string `json:"settings"` // in Flink's own words
}

// question is a job for Flink. What says which: "query", of which Setup and SQL are the
// text; "yahoo", its program for the Yahoo benchmark; or "events" and "ads", which ask for
// the sum of events without running a job.
type question struct {
	What   string   `json:"what"`
	Events int64    `json:"events"`
	Rate   int64    `json:"rate"`
	Check  bool     `json:"check"` // whether to add up the rows; else they are dropped
	Setup  []string `json:"setup"`
	SQL    string   `json:"sql"`
}

// answer is what a job cost, in seconds since its source began, or why it failed.
type answer struct {
	Wall   float64 `json:"wall"`
	Whole  float64 `json:"whole"` // since it was asked for: with planning and deployment
	CPU    float64 `json:"cpu"`
	Rows   uint64  `json:"rows"`
	Sum    string  `json:"sum"`
	Failed string  `json:"failed"`
}

// settings are those that make Flink fast: operators in a task hand objects on, and
// aggregates and joins work on batches of records, as the configuration of
// nexmark/nexmark has it. State is on the heap; there are no checkpoints.
var settings = map[string]string{
	"pipeline.object-reuse":                      "true",
	"state.backend.type":                         "hashmap",
	"table.exec.mini-batch.enabled":              "true",
	"table.exec.mini-batch.allow-latency":        "2 s",
	"table.exec.mini-batch.size":                 "50000",
	"table.optimizer.distinct-agg.split.enabled": "true",
	"taskmanager.memory.network.min":             "256m",
	"taskmanager.memory.network.max":             "256m",
	"taskmanager.memory.managed.size":            "512m",
	"pekko.ask.timeout":                          "600 s",
	"heartbeat.timeout":                          "600000",
}

// opened are the packages that Flink's own scripts open to it in Java 17.
var opened = []string{
	"java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time",
	"java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks",
}

// flink is a process with a cluster that stays for all jobs.
type flink struct{ *harness.Process }

func startFlink(c *config) (*flink, error) {
	home := filepath.Join(c.cache, "flink")
	jar := filepath.Join(home, "flink-sql-peer-1.jar")
	if _, err := os.Stat(jar); err != nil {
		return nil, fmt.Errorf("flink is not there: run bench/peers/flink/setup.sh, or leave it out with --flink=false")
	}
	t, err := json.Marshal(told{Threads: c.threads, Settings: settings})
	if err != nil {
		return nil, err
	}
	args := []string{fmt.Sprintf("-Xms%dm", c.heap), fmt.Sprintf("-Xmx%dm", c.heap), "-XX:+UseG1GC"}
	if c.collector != "" {
		args[2] = "-XX:+Use" + c.collector + "GC"
	}
	for _, name := range opened {
		args = append(args, "--add-opens=java.base/"+name+"=ALL-UNNAMED")
	}
	args = append(args, "-cp", jar+string(filepath.ListSeparator)+filepath.Join(home, "lib", "*"), "peer.nexmark.Streams", string(t))
	p, err := harness.Begin("Flink", exec.Command("java", args...))
	return &flink{p}, err
}

// ask has Flink run a job. A job that fails is an error, too.
func (f *flink) ask(q question) (a answer, err error) {
	if _, err := f.Ask(q, &a); err != nil {
		return a, err
	}
	if a.Failed != "" {
		return a, fmt.Errorf("flink: %s", a.Failed)
	}
	return a, nil
}
