package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// Serve is the life of a worker process: it calls the master, does what it says
// and returns when it is told to exit or the master is gone. The process is to end
// then, and with it user code that does not return.
func Serve(ctx context.Context, h host.Host, spec WorkerSpec, build Build) error {
	conn, err := h.Dial(ctx, "tcp", spec.Master)
	if err != nil {
		return fmt.Errorf("%s cannot reach its master: %w", workerName(spec.Process), err)
	}
	defer conn.Close()
	binary, err := binaryID()
	if err != nil {
		return fmt.Errorf("%s cannot read its program's file: %w", workerName(spec.Process), err)
	}
	encode := json.NewEncoder(conn)
	if err := encode.Encode(greeting{spec.Process, spec.Token, binary}); err != nil {
		return fmt.Errorf("%s cannot greet its master: %w", workerName(spec.Process), err)
	}
	var mu sync.Mutex // guards encode; a failed write means that the master is gone
	w := NewWorker(h, spec.Process, build, func(m Message) {
		mu.Lock()
		defer mu.Unlock()
		_ = encode.Encode(m)
	})
	reports := startReports(h, w)
	defer reports.stop()
	return follow(h, w, conn, spec.Process)
}

// follow does what the master says, until it says exit or is gone. Messages are
// read while one is carried out: a worker that waits for user code to return still
// sees that its master is gone, and then does not wait for ever.
func follow(h host.Host, w *Worker, conn net.Conn, process int) error {
	orders, end := newMailbox(h), newMailbox(h)
	group := host.NewGroup(h)
	group.Go(func() {
		for decode := json.NewDecoder(conn); ; {
			var m Message
			if err := decode.Decode(&m); err != nil {
				lost := fmt.Errorf("%s lost its master: %w", workerName(process), err)
				orders.put(Event{Lost: lost})
				end.put(Event{Cancel: lost})
				return
			}
			orders.put(Event{Message: m})
		}
	})
	group.Go(func() {
		for {
			e, _ := orders.take(time.Time{})
			if e.Lost != nil {
				w.Close()
			}
			if e.Lost != nil || w.Handle(e.Message) {
				end.put(Event{Lost: e.Lost})
				return
			}
		}
	})
	e, _ := end.take(time.Time{})
	if lost := e.Cancel; lost != nil {
		var ok bool
		if e, ok = end.take(h.Now().Add(stopGrace)); !ok {
			return lost // the process ends, and so does what is left
		}
	}
	conn.Close()
	group.Wait()
	return e.Lost
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
