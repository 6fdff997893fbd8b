package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/bench/harness"
)

// contender is an engine over tables in one form.
type contender struct {
	name   string // as in --peers
	form   string
	setup  string // the script that a missing one comes from, from the module's folder
	needs  string // what that script makes, in the cache folder; nothing is always there
	beside string // ours it is compared with
	single bool   // it has one thread, whatever --threads says
	// command starts a process that stays and is asked queries, after setup as told; a
	// contender without one is a program that is started anew for each query.
	command func(c *config, t told) *exec.Cmd
	told    func(c *config) (told, error)
}

// The forms of the tables.
const (
	text    = "text"    // .tbl, the notation of dbgen
	parquet = "Parquet" // as DuckDB writes it
	loaded  = "loaded"  // in the engine's own form before the clock starts
)

// Ours, and the program by hand.
const (
	oursText    = "ours-text"
	oursParquet = "ours-parquet"
	byHand      = "hand"
)

// told is what a process that stays is told when it starts, as its argument of JSON.
// It says {"ready": true} when it has made what is to be there before the clock starts.
// Then it answers each line that is a [question] with an [answer].
type told struct {
	Threads  int               `json:"threads"`
	Memory   int               `json:"memory"`   // MiB for its heap, if it has one
	Settings map[string]string `json:"settings"` // in the engine's own words
	Setup    []string          `json:"setup"`    // statements to run first
	Database string            `json:"database"` // file with the tables, if the engine has such a thing
}

// question is a query to run. The answer goes to a CSV file with a header, in the
// order of the query; the time includes getting all of it.
type question struct {
	SQL    string `json:"sql"`
	Answer string `json:"answer"`
}

// answer is what a run cost in seconds of wall and processor time, or why the engine
// cannot answer, which does not end the comparison.
type answer struct {
	Wall   float64 `json:"wall"`
	CPU    float64 `json:"cpu"`
	Failed string  `json:"failed"`
}

// contenders are all that can be beside ours.
func contenders() []contender {
	return []contender{
		{name: byHand, form: text, beside: oursText, single: true},
		{name: "flink", form: text, beside: oursText, setup: "bench/peers/flink/setup.sh", needs: "flink/flink-sql-peer-1.jar", command: flink, told: toldFlink(text)},
		{name: "flink", form: parquet, beside: oursParquet, setup: "bench/peers/flink/setup.sh", needs: "flink/flink-sql-peer-1.jar", command: flink, told: toldFlink(parquet)},
		{name: "spark", form: parquet, beside: oursParquet, setup: "bench/peers/spark/setup.sh", needs: "spark/venv/bin/python", command: spark, told: toldSpark},
		{name: "duckdb", form: parquet, beside: oursParquet, setup: "bench/peers/duckdb/setup.sh", needs: "duckdb/node_modules", command: duckdb, told: toldDuckDB(parquet)},
		{name: "duckdb", form: loaded, beside: oursParquet, setup: "bench/peers/duckdb/setup.sh", needs: "duckdb/node_modules", command: duckdb, told: toldDuckDB(loaded)},
	}
}

// chosen are the contenders that --peers and --forms name. One that is not set up is
// an error that says how to.
func (c *config) chosen(all []contender) (found []contender, err error) {
	names := strings.Split(c.peers, ",")
	for _, name := range names {
		if !slices.ContainsFunc(all, func(x contender) bool { return x.name == name }) {
			return nil, fmt.Errorf("there is no peer %q", name)
		}
	}
	for _, x := range all {
		if !slices.Contains(names, x.name) || !slices.Contains(strings.Split(c.forms, ","), strings.ToLower(x.form)) {
			continue
		}
		if _, err := os.Stat(filepath.Join(c.cache, x.needs)); err != nil {
			return nil, fmt.Errorf("%s is not there: run %s, or leave it out with --peers", x.name, x.setup)
		}
		found = append(found, x)
	}
	return found, nil
}

func (x contender) String() string {
	called := map[string]string{byHand: "by hand", "flink": "Flink", "spark": "Spark", "duckdb": "DuckDB"}[x.name]
	return called + ", " + x.form
}

// encoded is what a process is told as its argument.
func (t told) encoded() string {
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // it has nothing that JSON cannot carry
	}
	return string(b)
}

// peer is the path of a file of bench/peers.
func peer(path string) string { return filepath.Join(harness.Module(), "bench/peers", path) }

func duckdb(c *config, t told) *exec.Cmd {
	return exec.Command("node", peer("duckdb/sql.mjs"), filepath.Join(c.cache, "duckdb"), t.encoded())
}

func spark(c *config, t told) *exec.Cmd {
	return exec.Command(filepath.Join(c.cache, "spark/venv/bin/python"), peer("spark/peer.py"), t.encoded())
}

// opened are the packages that Flink's own scripts open to it in Java 17.
var opened = []string{
	"java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time",
	"java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks",
}

func flink(c *config, t told) *exec.Cmd {
	args := []string{fmt.Sprintf("-Xmx%dm", t.Memory), fmt.Sprintf("-XX:MaxDirectMemorySize=%dm", t.Memory), "-XX:+UseG1GC"}
	for _, name := range opened {
		args = append(args, "--add-opens=java.base/"+name+"=ALL-UNNAMED")
	}
	home := filepath.Join(c.cache, "flink")
	path := filepath.Join(home, "flink-sql-peer-1.jar") + string(filepath.ListSeparator) + filepath.Join(home, "lib", "*")
	return exec.Command("java", append(args, "-cp", path, "peer.Tables", t.encoded())...)
}
