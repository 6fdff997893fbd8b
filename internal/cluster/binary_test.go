package cluster

import (
	"net"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
)

func TestAWorkerThatRunsAnotherBinaryIsRefused(t *testing.T) {
	h := host.New()
	box := newMailbox(h)
	p := &processes{host: h, box: box, group: host.NewGroup(h), binary: "ours", workers: []*remoteWorker{{}}}
	master, worker := net.Pipe()
	defer worker.Close()
	box.put(Event{Process: 1, called: &called{conn: master, binary: "theirs"}})
	err := p.await()
	if err == nil || !strings.Contains(err.Error(), "worker 1 runs another program file (theirs) than its master (ours)") {
		t.Errorf("got %v", err)
	}
	if _, err := worker.Write([]byte("x")); err == nil {
		t.Error("the worker's connection is open")
	}
}

func TestABinaryHasOneIdentity(t *testing.T) {
	a, err := binaryID()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := binaryID(); err != nil || a != b {
		t.Errorf("%q and %q, %v", a, b, err)
	}
}
