package host

import (
	"context"
	"math/rand/v2"
	"net"
	"time"
)

// New returns the machine the process runs on: real time, the operating
// system's network and files.
func New() Host { return machine{} }

type machine struct{}

func (machine) Now() time.Time    { return time.Now() }
func (machine) Random() uint64    { return rand.Uint64() }
func (machine) Go(f func())       { go f() }
func (machine) Files() FileSystem { return osFiles{} }

func (machine) NewParker() Parker { return &parker{permit: make(chan struct{}, 1)} }

func (machine) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

func (machine) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	var c net.ListenConfig
	return c.Listen(ctx, network, address)
}

// parker is a channel that holds the permit, and the parking goroutine's timer.
type parker struct {
	permit chan struct{}
	timer  *time.Timer // made at the first deadline; touched by the parking goroutine only
}

func (p *parker) Unpark() {
	select {
	case p.permit <- struct{}{}:
	default:
	}
}

func (p *parker) Park(deadline time.Time) bool {
	select {
	case <-p.permit:
		return true
	default:
	}
	if deadline.IsZero() {
		<-p.permit
		return true
	}
	wait := time.Until(deadline)
	if wait <= 0 {
		return false
	}
	if p.timer == nil {
		p.timer = time.NewTimer(wait)
	} else {
		p.timer.Reset(wait)
	}
	select {
	case <-p.permit:
		p.timer.Stop()
		return true
	case <-p.timer.C:
		return false
	}
}
