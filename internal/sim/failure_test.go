package sim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/internal/sim"
)

// A failure must end every goroutine of the job, whatever each was doing: Run of
// the machine would report those that are left.
func TestAFailedJobEndsUnderEverySchedule(t *testing.T) {
	for _, parallelism := range []int{1, 3} {
		for seed := *first; seed < *first+*seeds; seed++ {
			h := sim.New(seed)
			var err error
			var got []outcome
			simErr := h.Run(func() {
				_, err = thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
					source := wides(env)
					set := batch.AsBroadcastSet(source.Rebalance())
					broken := batch.Map(source.Rebalance(), func(w wide) wide {
						if w.Value == rows/2 {
							panic("half way")
						}
						return w
					})
					hashed := batch.Map(batch.PartitionByHash(broken, key), slow(h)).WithBroadcastSet(set)
					batch.Collect(outcomes(hashed), &got)
					return nil
				}, thalweg.OnHost(h), thalweg.WithParallelism(parallelism))
			})
			if simErr != nil {
				t.Fatal(simErr)
			}
			if err == nil || !strings.Contains(err.Error(), "half way") || len(got) > 0 {
				t.Fatalf("seed %d: %v, %d records", seed, err, len(got))
			}
		}
	}
}

// copyFiles copies the lines of in/ to out/ on a machine's disk.
func copyFiles(h *sim.Host) (err error) {
	const line = "the quick brown fox jumps over the lazy dog\n"
	for i := range 3 {
		h.Disk().Put(fmt.Sprintf("in/%d.txt", i), strings.Repeat(line, 100*i+1))
	}
	simErr := h.Run(func() {
		_, err = thalweg.Run(context.Background(), func(env *thalweg.Environment) error {
			batch.WriteText(batch.ReadText(env, "/in").Rebalance(), "/out")
			return nil
		}, thalweg.OnHost(h), thalweg.WithParallelism(2))
	})
	if simErr != nil {
		return simErr
	}
	lines := 0
	for _, path := range h.Disk().Tree() {
		if strings.HasPrefix(path, "out/") {
			content, _ := h.Disk().Content(path)
			lines += strings.Count(content, line)
		}
	}
	if want := 101 + 201 + 1; err == nil && lines != want {
		return fmt.Errorf("%d of %d lines arrived", lines, want)
	}
	if tree := h.Disk().Tree(); err != nil && !slices.Equal(tree, []string{"in/0.txt", "in/1.txt", "in/2.txt"}) {
		return errors.Join(err, fmt.Errorf("a failed job has left %q", tree))
	}
	return err
}

func TestABrokenDiskFailsTheJobAndLeavesNothing(t *testing.T) {
	failed := 0
	for seed := *first; seed < *first+*seeds; seed++ {
		h := sim.New(seed)
		after := int(h.Random() % 24)
		var broken error
		h.Disk().FailWith(func(operation, path string) error {
			if !slices.Contains([]string{"open", "create", "read", "write", "sync", "close"}, operation) {
				return nil
			}
			if strings.Contains(path, ".writing.") || operation == "close" && strings.Contains(path, "in/") {
				return nil // before there is a job to fail; and who has read all does not mind
			}
			if after--; after == -1 {
				broken = fmt.Errorf("%s %s: %w", operation, path, syscall.EIO)
				return broken
			}
			return nil
		})
		h.Disk().ShortReads(func() int { return int(h.Random() % 4096) })
		switch err := copyFiles(h); {
		case err == nil && after >= 0:
		case err != nil && errors.Is(err, broken) && !strings.Contains(err.Error(), "has left"):
			failed++
		default:
			t.Errorf("seed %d: %v (%v)", seed, err, broken)
		}
	}
	if failed == 0 && *seeds > 20 {
		t.Error("no seed met a failure")
	}
}

func TestAFullDiskFailsTheJobAndLeavesNothing(t *testing.T) {
	for seed := *first; seed < *first+*seeds; seed++ {
		h := sim.New(seed)
		h.Disk().Leave(int64(h.Random() % 13000))
		if err := copyFiles(h); !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "has left") {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
