package control

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
)

func TestAJobIsAskedAsLongAsItRuns(t *testing.T) {
	dir, h, ctx := t.TempDir(), host.New(), context.Background()
	if _, err := Ask(ctx, h, dir, "my job", Question{}); !errors.Is(err, ErrNone) {
		t.Errorf("without a job: %v", err)
	}
	s, err := Serve(h, dir, "my job", 17, "secret", func(q Question) Answer {
		return Answer{Text: q.Verb + " " + q.Operator}
	})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := Ask(ctx, h, dir, "my job", Question{Verb: "why-not", Operator: "window"})
	if err != nil || len(answers) != 1 || answers["17"].Text != "why-not window" {
		t.Errorf("it answers %v, %v", answers, err)
	}
	if _, err := Ask(ctx, h, dir, "my", Question{}); !errors.Is(err, ErrNone) {
		t.Errorf("a job of another name answers: %v", err)
	}
	path := filepath.Join(dir, "my_job.17.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"secret"`, `"other"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if answers, err := Ask(ctx, h, dir, "my job", Question{}); err != nil || !strings.Contains(answers["17"].Error, "secret") {
		t.Errorf("without its secret it answers %v, %v", answers, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil { // as if the job had been killed
		t.Fatal(err)
	}
	if _, err := Ask(ctx, h, dir, "my job", Question{}); !errors.Is(err, ErrNone) {
		t.Errorf("a job that is gone answers: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file is left: %v", err)
	}
}
