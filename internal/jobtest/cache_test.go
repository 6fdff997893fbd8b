package jobtest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/cluster"
	"github.com/thalweg/thalweg/internal/jobtest"
)

// dictionary looks numbers up in a cached file, line by line.
var dictionary = jobtest.Register(&jobtest.Program{
	Name: "dictionary",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		path := env.Arg("file", "")
		if env.ArgBool("changing", false) && os.Getenv(cluster.WorkerVariable) != "" {
			if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
				return err
			}
		}
		env.CacheFile("numbers", path)
		name := env.Arg("name", "numbers")
		jobtest.Keep(out, "words", batch.MapRich(batch.Sequence(env, 0, 300), func(ctx *thalweg.Context) (func(int64) string, error) {
			text, err := os.ReadFile(ctx.CachedFile(name))
			lines := strings.Split(string(text), "\n")
			return func(n int64) string { return lines[n] }, err
		}))
		return nil
	},
	Want: func(uint64) map[string][]string {
		return map[string][]string{"words": strings.Split(dictionaryText(), "\n")}
	},
})

func dictionaryText() string {
	var b bytes.Buffer
	for i := range 300 {
		fmt.Fprintf(&b, "the word of %d\n", i)
	}
	return strings.TrimSpace(b.String())
}

func writeDictionary(t *testing.T) thalweg.Option {
	path := filepath.Join(t.TempDir(), "numbers.txt")
	if err := os.WriteFile(path, []byte(dictionaryText()), 0o600); err != nil {
		t.Fatal(err)
	}
	return thalweg.WithArgument("file", path)
}

func TestCachedFilesAreReadInEveryProcess(t *testing.T) {
	file := writeDictionary(t)
	for _, c := range []jobtest.Configuration{jobtest.Alone, jobtest.Apart} {
		dictionary.Try(t, c, file)
	}
}

func TestAFileThatIsAnotherOneInAnotherProcessIsRefused(t *testing.T) {
	_, _, err := dictionary.RunOn(jobtest.Deadline(t), jobtest.Apart, writeDictionary(t), thalweg.WithArgument("changing", "true"))
	if err == nil || !strings.Contains(err.Error(), "the first difference is cached file 0") || !strings.Contains(err.Error(), `"numbers"`) {
		t.Errorf("got %v", err)
	}
}

func TestAskingForAFileThatIsNotCachedSaysSo(t *testing.T) {
	_, _, err := dictionary.RunOn(jobtest.Deadline(t), jobtest.Alone, writeDictionary(t), thalweg.WithArgument("name", "letters"))
	if err == nil || !strings.Contains(err.Error(), `there is no cached file "letters"`) || !strings.Contains(err.Error(), `operator "map"`) {
		t.Errorf("got %v", err)
	}
}

func TestAMissingFileIsAMistakeOfTheProgram(t *testing.T) {
	_, _, err := dictionary.RunOn(jobtest.Deadline(t), jobtest.Apart, thalweg.WithArgument("file", filepath.Join(t.TempDir(), "missing")))
	if err == nil || !strings.Contains(err.Error(), `jobtest/cache_test.go:`) || !strings.Contains(err.Error(), `cached file "numbers": open `) {
		t.Errorf("got %v", err)
	}
}
