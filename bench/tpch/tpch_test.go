package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/bench/harness"
)

func TestAnswersAreComparedByExactValueButForAverages(t *testing.T) {
	for _, c := range []struct {
		title, a, b string
		want        bool
	}{
		{"revenue", "12.3400", "12.34", true},
		{"revenue", "379073", "379073.00", true},
		{"revenue", "1.23E+3", "1230", true},
		{"revenue", "12.3401", "12.34", false},
		{"revenue", "123456789012345678.01", "123456789012345678.02", false},
		{"avg_qty", "25.522006", "25.522005853257337", true},
		{"avg_qty", "25.522008", "25.522005853257337", false},
		{"promo_revenue", "16.380778626395543", "16.380778626395546", true},
		{"mkt_share", "0.03", "x", false},
		{"n_name", "FRANCE", "FRANCE", true},
		{"n_name", "FRANCE", "GERMANY", false},
		{"n_name", "", "0", false},
	} {
		want := [][]string{{c.title}, {c.b}}
		if err := differ([][]string{{"_c0"}, {c.a}}, want); (err == nil) != c.want {
			t.Errorf("%s %s and %s: %v", c.title, c.a, c.b, err)
		}
	}
}

func TestAnswersOfDifferentShapesDiffer(t *testing.T) {
	want := [][]string{{"a", "b"}, {"1", "2"}}
	for _, got := range [][][]string{nil, {{"a", "b"}}, {{"a"}, {"1"}}, {{"a", "b"}, {"1", "2"}, {"1", "2"}}} {
		if differ(got, want) == nil {
			t.Errorf("%v and %v are the same", got, want)
		}
	}
}

func TestTheSchemaIsThatOfTheTests(t *testing.T) {
	all, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for _, x := range all {
		sizes[x.name] = len(x.columns)
	}
	if sizes["lineitem"] != 16 || sizes["region"] != 3 || sizes["part"] != 9 {
		t.Errorf("got %v", sizes)
	}
	l := all[slices.IndexFunc(all, func(x table) bool { return x.name == "lineitem" })]
	if l.columns[4] != [2]string{"l_quantity", "decimal(15,2)"} || l.columns[10] != [2]string{"l_shipdate", "date"} {
		t.Errorf("got %v", l.columns)
	}
}

func TestEachEngineIsToldInItsDialect(t *testing.T) {
	c := &config{data: "/it's", made: "/made", threads: 2, heap: 1024}
	for _, x := range []struct {
		told func(*config) (told, error)
		want string
	}{
		{toldFlink(text), "`r_name` string not null, `r_comment` string not null, `nothing` string) with ('connector' = 'filesystem', 'path' = '/it''s/region.tbl'"},
		{toldFlink(parquet), "create table region (`r_regionkey` int not null, `r_name` string not null, `r_comment` string not null) with ('connector' = 'filesystem', 'path' = '/made/region.parquet'"},
		{toldSpark, "create temporary view region using parquet options (path '/made/region.parquet')"},
		{toldDuckDB(parquet), "create view region as from read_parquet('/made/region.parquet')"},
	} {
		got, err := x.told(c)
		if err != nil || !strings.Contains(strings.Join(got.Setup, "\n"), x.want) {
			t.Errorf("there is no %s in %v, %v", x.want, got.Setup, err)
		}
	}
	if got := inDialect("flink", "sum(x) as value from t order by value desc"); got != "sum(x) as `value` from t order by `value` desc" {
		t.Errorf("got %s", got)
	}
	if sql := "sum(x) as value"; inDialect("spark", sql) != sql {
		t.Error("Spark does not get the query as it is")
	}
}

// fake is an engine that is a shell script: it says that it is ready, and what it is
// made to say to each query.
func fake(t *testing.T, says string) *harness.Process {
	t.Helper()
	p, err := harness.Begin("fake", exec.Command("sh", "-c", `echo '{"ready": true}'; while read -r q; do echo '`+says+`'; done`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.End(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestAPeerSaysWhatARunCostOrWhyItCannot(t *testing.T) {
	s, failed, err := remote(fake(t, `{"wall": 1.5, "cpu": 2.5}`), "fake", 1, "answer")
	if err != nil || failed != "" || s.wall != 1.5 || s.cpu != 2.5 {
		t.Errorf("got %v, %q, %v", s, failed, err)
	}
	if _, failed, err = remote(fake(t, `{"failed": "no plan"}`), "fake", 1, "answer"); err != nil || failed != "no plan" {
		t.Errorf("got %q, %v", failed, err)
	}
	if _, _, err = remote(fake(t, `{"error": "out of memory"}`), "fake", 1, "answer"); err == nil {
		t.Error("an error does not end the comparison")
	}
}

func TestAnAnswerThatDiffersFromOursIsRememberedOnce(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	k := newContest(&config{}, nil, nil)
	ours, same, other := write("ours", "revenue\n1.50\n"), write("same", "\"x\"\n\"1.5\"\n"), write("other", "revenue\n1.6\n")
	for _, path := range []string{ours, same, other, other} {
		if err := k.check(6, filepath.Base(path), path); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.wrong) != 1 || k.wrong[0] != "query 6, other: row 1: revenue is 1.6, not 1.50" {
		t.Errorf("got %q", k.wrong)
	}
}

func TestAPeerThatIsNotThereSaysWhatToRun(t *testing.T) {
	c := &config{cache: t.TempDir(), peers: "spark", forms: "parquet"}
	if _, err := c.chosen(contenders()); err == nil || !strings.Contains(err.Error(), "bench/peers/spark/setup.sh") {
		t.Errorf("got %v", err)
	}
	c.peers = "hand"
	c.forms = "text"
	if found, err := c.chosen(contenders()); err != nil || len(found) != 1 || found[0].name != byHand {
		t.Errorf("got %v and %v", found, err)
	}
	c.peers = "nobody"
	if _, err := c.chosen(contenders()); err == nil {
		t.Error("a peer that nobody knows was found")
	}
}

func TestTheReportHasRatiosMeansAndWhatIsMissing(t *testing.T) {
	beside := []contender{{name: "flink", form: text}, {name: byHand, form: text}}
	k := newContest(&config{pairs: 2}, beside, []int{1, 9})
	k.pairs[run{1, "Flink, text"}] = []pair{{sample{2, 4, 0}, sample{4, 4, 9}}, {sample{3, 4, 0}, sample{3, 4, 9}}}
	k.first[run{1, "Flink, text"}] = pair{sample{2, 2, 0}, sample{8, 8, 0}}
	k.failed[run{9, "Flink, text"}] = "no plan"
	k.wrong = []string{"query 1, by hand, text: 3 rows, not 4"}
	var b strings.Builder
	k.report(&b)
	for _, want := range []string{
		"median of 2 pairs",
		"| query          | Flink, text      | by hand, text |\n",
		"| 1              | 0.75 (0.50–1.00) | –             |\n",
		"| 9              | –                | –             |\n",
		"| geometric mean | 0.75             | –             |\n",
		"| 1              | 1.00 (1.00–1.00) |",
		"| 1              | 0.25 (0.25–0.25) |",
		"- query 9, Flink, text cannot answer: no plan\n",
		"- different: query 1, by hand, text: 3 rows, not 4\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}
