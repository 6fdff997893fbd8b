package exchange

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
)

var testToken = []byte("0123456789abcdef0123456789abcdef")

// loss collects what OnLost is told.
type loss struct {
	parker host.Parker
	mu     sync.Mutex
	errs   map[int][]error
	during func() // called by OnLost
}

func newLoss() *loss { return &loss{parker: host.New().NewParker(), errs: map[int][]error{}} }

func (l *loss) on(peer int, err error) {
	l.mu.Lock()
	l.errs[peer] = append(l.errs[peer], err)
	during := l.during
	l.mu.Unlock()
	if during != nil {
		during()
	}
	l.parker.Unpark()
}

func (l *loss) of(peer int) []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.errs[peer]
}

// await waits for the loss of a peer and checks its reason.
func (l *loss) await(t testing.TB, peer int, reason string) error {
	t.Helper()
	until(t, l.parker, fmt.Sprint("the loss of ", peer), func() bool { return len(l.of(peer)) > 0 })
	err := l.of(peer)[0]
	if !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), fmt.Sprint("process ", peer)) {
		t.Errorf("process %d was lost with %q; want %q", peer, err, reason)
	}
	return err
}

// cluster is a few meshes that pretend to be processes.
type cluster struct {
	host   host.Host
	meshes []*Mesh
	losses []*loss
}

func newCluster(t testing.TB, h host.Host, n int) *cluster {
	c := &cluster{host: h}
	for i := range n {
		l := newLoss()
		c.losses = append(c.losses, l)
		c.meshes = append(c.meshes, NewMesh(h, i, testToken, l.on))
	}
	t.Cleanup(c.close)
	return c
}

// connect listens and connects everywhere at once.
func (c *cluster) connect(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var peers []string
	for _, m := range c.meshes {
		address, err := m.Listen(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		peers = append(peers, address)
	}
	group := host.NewGroup(c.host)
	for _, m := range c.meshes {
		group.Go(func() {
			if err := m.Connect(ctx, peers); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// close closes all at once, as processes do.
func (c *cluster) close() {
	group := host.NewGroup(c.host)
	for _, m := range c.meshes {
		group.Go(m.Close)
	}
	group.Wait()
}

func (c *cluster) noLoss(t *testing.T) {
	t.Helper()
	for i, l := range c.losses {
		for peer := range c.meshes {
			if errs := l.of(peer); len(errs) > 0 {
				t.Errorf("process %d lost process %d: %v", i, peer, errs)
			}
		}
	}
}

// pair is a channel from process 0 to process 1.
type pair struct {
	*cluster
	gate             *Gate
	receiver, sender *counting
	out              operator.Outlet
	id               ChannelID
}

func newPair(t testing.TB, h host.Host, credits int) *pair {
	p := &pair{cluster: newCluster(t, h, 2), receiver: newCounting(), sender: newCounting()}
	p.id = ChannelID{Edge: 4, From: 0, To: 1}
	p.gate = NewGate(p.receiver)
	p.meshes[1].Receive(p.id, p.gate, p.gate.Add(Unbounded), credits)
	p.out = p.meshes[0].Outlet(1, p.id, encodeParcel, p.sender, nil, credits)
	p.connect(t)
	return p
}

// next is the next item of the pair's gate.
func (p *pair) next(t testing.TB) Item {
	_, item := next(t, p.gate, p.receiver)
	return item
}

// conn is a process's socket to a peer.
func (c *cluster) conn(process, peer int) net.Conn { return c.meshes[process].links[peer].conn }
