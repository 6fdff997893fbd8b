package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/thalweg/thalweg/internal/host"
)

// Serve is the life of a worker process: it calls the master, does what it says
// and returns when it is told to exit or the master is gone.
func Serve(ctx context.Context, h host.Host, spec WorkerSpec, build Build) error {
	conn, err := h.Dial(ctx, "tcp", spec.Master)
	if err != nil {
		return fmt.Errorf("%s cannot reach its master: %w", workerName(spec.Process), err)
	}
	defer conn.Close()
	encode := json.NewEncoder(conn)
	if err := encode.Encode(greeting{spec.Process, spec.Token}); err != nil {
		return fmt.Errorf("%s cannot greet its master: %w", workerName(spec.Process), err)
	}
	var mu sync.Mutex // guards encode; a failed write means that the master is gone
	w := NewWorker(h, spec.Process, build, func(m Message) {
		mu.Lock()
		defer mu.Unlock()
		_ = encode.Encode(m)
	})
	defer w.Close()
	reports := startReports(h, w)
	defer reports.stop()
	decode := json.NewDecoder(conn)
	for {
		var m Message
		if err := decode.Decode(&m); err != nil {
			return fmt.Errorf("%s lost its master: %w", workerName(spec.Process), err)
		}
		if w.Handle(m) {
			return nil
		}
	}
}

// reporter sends a worker's figures at intervals, on a goroutine of its own.
type reporter struct {
	parker host.Parker
	group  *host.Group

	mu   sync.Mutex
	done bool // guarded by mu
}

func startReports(h host.Host, w *Worker) *reporter {
	r := &reporter{parker: h.NewParker(), group: host.NewGroup(h)}
	r.group.Go(func() {
		for next := h.Now().Add(ReportInterval); ; {
			r.parker.Park(next)
			r.mu.Lock()
			done := r.done
			r.mu.Unlock()
			if done {
				return
			}
			if now := h.Now(); !now.Before(next) {
				next = now.Add(ReportInterval)
				w.Report()
			}
		}
	})
	return r
}

func (r *reporter) stop() {
	r.mu.Lock()
	r.done = true
	r.mu.Unlock()
	r.parker.Unpark()
	r.group.Wait()
}
