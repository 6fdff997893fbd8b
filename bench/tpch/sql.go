package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/thalweg/thalweg/bench/harness"
)

// sqlFile reads a file beside the queries.
func sqlFile(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(harness.Module(), "examples/tpch/testdata/sql", name))
	return string(b), err
}

// table is a table of the schema.
type table struct {
	name    string
	columns [][2]string // name and type, in order
}

var create = regexp.MustCompile(`(?s)create table (\w+) \((.*?)\);`)
var column = regexp.MustCompile(`(\w+) (\w+(?:\(\d+,\d+\))?)`)

// tables reads the statements that make the tables.
func tables(schema string) (all []table) {
	for _, m := range create.FindAllStringSubmatch(schema, -1) {
		t := table{name: m[1]}
		for _, c := range column.FindAllStringSubmatch(m[2], -1) {
			t.columns = append(t.columns, [2]string{c[1], c[2]})
		}
		all = append(all, t)
	}
	return all
}

func schema() ([]table, error) {
	text, err := sqlFile("schema.sql")
	if err != nil {
		return nil, err
	}
	all := tables(text)
	if len(all) != 8 {
		return nil, fmt.Errorf("the schema has %d tables, not eight", len(all))
	}
	return all, nil
}

// valueName is a name in query 11 that Flink's SQL reserves.
var valueName = regexp.MustCompile(`\b(as|by) value\b`)

// inDialect is a query as an engine wants it.
func inDialect(engine, sql string) string {
	if engine == "flink" {
		return valueName.ReplaceAllString(sql, "$1 `value`")
	}
	return sql
}

// loading are the statements that load DuckDB's tables from text, and write them as
// Parquet, one file each. Every line ends with a delimiter, which makes a column more.
func loading(all []table, from, to string) (statements []string) {
	for _, t := range all {
		var made, names, types []string
		for _, col := range t.columns {
			made = append(made, col[0]+" "+col[1])
			names = append(names, col[0])
			types = append(types, fmt.Sprintf("'%s': '%s'", col[0], col[1]))
		}
		statements = append(statements,
			fmt.Sprintf("create or replace table %s (%s)", t.name, strings.Join(made, ", ")),
			fmt.Sprintf("insert into %s select %s from read_csv(%s, delim='|', header=false, quote='', escape='', auto_detect=false, columns={%s, 'nothing': 'VARCHAR'})",
				t.name, strings.Join(names, ", "), literal(filepath.Join(from, t.name+".tbl")), strings.Join(types, ", ")),
			fmt.Sprintf("copy %s to %s (format parquet)", t.name, literal(filepath.Join(to, t.name+".parquet"))))
	}
	return append(statements, "checkpoint")
}

// parquetOf is the file of a table as Parquet.
func (c *config) parquetOf(table string) string {
	return filepath.Join(c.made, table+".parquet")
}

// literal is a text in SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func toldDuckDB(form string) func(*config) (told, error) {
	return func(c *config) (told, error) {
		t := told{Threads: c.threads, Settings: map[string]string{"enable_progress_bar": "false"}}
		if form == loaded {
			t.Database = c.database()
			return t, nil
		}
		all, err := schema()
		for _, x := range all {
			t.Setup = append(t.Setup, fmt.Sprintf("create view %s as from read_parquet(%s)", x.name, literal(c.parquetOf(x.name))))
		}
		return t, err
	}
}

func toldSpark(c *config) (told, error) {
	t := told{Threads: c.threads, Memory: c.heap, Settings: map[string]string{
		"spark.sql.adaptive.enabled":      "true",
		"spark.sql.shuffle.partitions":    fmt.Sprint(2 * c.threads),
		"spark.ui.enabled":                "false",
		"spark.driver.bindAddress":        "127.0.0.1",
		"spark.driver.host":               "127.0.0.1",
		"spark.sql.session.timeZone":      "UTC",
		"spark.log.level":                 "ERROR",
		"spark.ui.showConsoleProgress":    "false",
		"spark.sql.catalogImplementation": "in-memory",
	}}
	all, err := schema()
	for _, x := range all {
		t.Setup = append(t.Setup, fmt.Sprintf("create temporary view %s using parquet options (path %s)", x.name, literal(c.parquetOf(x.name))))
	}
	return t, err
}

// toldFlink gives Flink columns that are not null, as the specification has them, and
// its optimizer the statistics of all columns.
func toldFlink(form string) func(*config) (told, error) {
	return func(c *config) (told, error) {
		half := fmt.Sprintf("%dm", c.heap/2)
		t := told{Threads: c.threads, Memory: c.heap / 2, Settings: map[string]string{
			"taskmanager.numberOfTaskSlots":           fmt.Sprint(c.threads),
			"taskmanager.memory.managed.size":         half,
			"taskmanager.memory.task.heap.size":       half,
			"taskmanager.memory.network.min":          "256m",
			"taskmanager.memory.network.max":          "256m",
			"pipeline.object-reuse":                   "true",
			"parallelism.default":                     fmt.Sprint(c.threads),
			"table.exec.resource.default-parallelism": fmt.Sprint(c.threads),
			"table.optimizer.join-reorder-enabled":    "true",
			"table.local-time-zone":                   "UTC",
			"rest.bind-port":                          "0",
		}}
		all, err := schema()
		for _, x := range all {
			var columns []string
			for _, col := range x.columns {
				typ := strings.Replace(strings.Replace(col[1], "varchar", "string", 1), "integer", "int", 1)
				columns = append(columns, "`"+col[0]+"` "+typ+" not null")
			}
			path, format := c.parquetOf(x.name), "'format' = 'parquet'"
			if form == text {
				path = filepath.Join(c.data, x.name+".tbl")
				format = "'format' = 'csv', 'csv.field-delimiter' = '|', 'csv.disable-quote-character' = 'true', 'csv.allow-comments' = 'false'"
				columns = append(columns, "`nothing` string") // what follows the last delimiter
			}
			t.Setup = append(t.Setup,
				fmt.Sprintf("create table %s (%s) with ('connector' = 'filesystem', 'path' = %s, %s)", x.name, strings.Join(columns, ", "), literal(path), format),
				fmt.Sprintf("analyze table %s compute statistics for all columns", x.name))
		}
		return t, err
	}
}
