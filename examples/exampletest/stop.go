package exampletest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/internal/host"
)

// errStopped is why a job ends that is to go on from a checkpoint.
var errStopped = errors.New("stopped after a checkpoint")

// Stop runs the program with checkpoints in a directory, from the newest one there, and
// stops it when so many more of them are complete. It reports false if the job ended
// before. A job that fails ends the test.
func (p Program) Stop(t *testing.T, output, checkpoints string, after int, arguments map[string]string, options ...thalweg.Option) (stopped bool) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	h := &stopping{Host: host.New(), left: after, stop: func() { cancel(errStopped) }}
	all := append(p.options(output, arguments, options), thalweg.OnHost(h),
		thalweg.WithCheckpoints(checkpoints, time.Millisecond), thalweg.WithResume())
	_, err := thalweg.Run(ctx, p.Build, all...)
	if err != nil && !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	return err != nil
}

// stopping is a host that counts the checkpoints that become complete.
type stopping struct {
	host.Host
	left int
	stop func()
}

func (s *stopping) Files() host.FileSystem { return stoppingFiles{s.Host.Files(), s} }

type stoppingFiles struct {
	host.FileSystem
	host *stopping
}

// Rename makes a manifest visible, which only the master does, on one goroutine.
func (f stoppingFiles) Rename(from, to string) error {
	err := f.FileSystem.Rename(from, to)
	if filepath.Base(to) == "manifest" {
		if f.host.left--; f.host.left == 0 {
			f.host.stop()
		}
	}
	return err
}
