package cluster

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/thalweg/thalweg/internal/host"
)

// WorkerVariable is the environment variable that makes a program a worker.
const WorkerVariable = "THALWEG_WORKER"

// WorkerSpec is its value, as JSON.
type WorkerSpec struct {
	Job     string `json:"job"`    // the name of the program
	Master  string `json:"master"` // where the master listens
	Process int    `json:"process"`
	Token   string `json:"token"`
}

// greeting is the first thing a worker says on its connection.
type greeting struct {
	Process int    `json:"process"`
	Token   string `json:"token"`
	Binary  string `json:"binary"` // what the worker runs
}

// callTimeout bounds how long a started process may take to call its master.
const callTimeout = 10 * time.Second

// exitGrace is how long a worker may take to exit after its last message.
const exitGrace = 2 * time.Second

// processes is the master's side of the workers in processes of their own. Its
// goroutines put what they see into the master's mailbox.
type processes struct {
	host     host.Host
	name     string // of the program
	box      *mailbox
	group    *host.Group
	listener net.Listener
	secret   string
	binary   string          // what the master runs
	workers  []*remoteWorker // by process, from 1

	mu      sync.Mutex
	closed  bool              // guarded by mu
	callers map[net.Conn]bool // that are not known yet; guarded by mu
}

// remoteWorker is one worker process.
type remoteWorker struct {
	command *exec.Cmd
	conn    net.Conn // nil until it has called
	encode  *json.Encoder
	gone    bool // its process has ended
}

// called is the event of a worker's call: its connection.
type called struct {
	conn   net.Conn
	decode *json.Decoder
	binary string // what it runs
}

// spawn starts n workers of this program and waits until all have called.
func spawn(h host.Host, box *mailbox, name string, n int, listener net.Listener) (*processes, error) {
	p := &processes{host: h, name: name, box: box, group: host.NewGroup(h), listener: listener, secret: token(32), callers: map[net.Conn]bool{}}
	p.group.Go(p.accept)
	binary, err := os.Executable()
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("finding this program's file to start workers: %w", err)
	}
	for i := range n {
		if err := p.start(binary, WorkerSpec{Job: name, Master: listener.Addr().String(), Process: i + 1, Token: p.secret}); err != nil {
			p.Close()
			return nil, fmt.Errorf("starting %s: %w", workerName(i+1), err)
		}
	}
	if p.binary, err = binaryID(); err != nil {
		p.Close()
		return nil, fmt.Errorf("reading this program's file: %w", err)
	}
	if err := p.await(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// start starts one worker. It shares this process's output; its end is an event.
func (p *processes) start(binary string, spec WorkerSpec) error {
	c, err := p.launch(binary, spec)
	if err == nil {
		p.workers = append(p.workers, &remoteWorker{command: c})
	}
	return err
}

func (p *processes) launch(binary string, spec WorkerSpec) (*exec.Cmd, error) {
	value, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	c := exec.Command(binary)
	c.Env = append(os.Environ(), WorkerVariable+"="+string(value))
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	detach(c)
	if err := c.Start(); err != nil {
		return nil, err
	}
	p.group.Go(func() {
		err := c.Wait()
		if err == nil {
			err = fmt.Errorf("its process ended")
		}
		p.box.put(Event{Process: spec.Process, Lost: err})
	})
	return c, nil
}

// accept takes calls until the listener is closed. A caller that says nothing
// keeps nobody else waiting.
func (p *processes) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		closed := p.closed
		p.callers[conn] = true
		p.mu.Unlock()
		if closed {
			_ = conn.Close()
			return
		}
		p.group.Go(func() { p.greet(conn) })
	}
}

// greet hears who is calling. Strangers are turned away.
func (p *processes) greet(conn net.Conn) {
	_ = conn.SetReadDeadline(p.host.Now().Add(callTimeout))
	c := &called{conn: conn, decode: json.NewDecoder(conn)}
	var g greeting
	err := c.decode.Decode(&g)
	c.binary = g.Binary
	p.mu.Lock()
	delete(p.callers, conn)
	closed := p.closed
	p.mu.Unlock()
	if closed || err != nil || g.Process < 1 || subtle.ConstantTimeCompare([]byte(g.Token), []byte(p.secret)) != 1 {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	p.box.put(Event{Process: g.Process, called: c})
}

// await takes the calls of all workers.
func (p *processes) await() error {
	deadline := p.host.Now().Add(callTimeout)
	for missing := len(p.workers); missing > 0; {
		e, ok := p.box.take(deadline)
		switch {
		case !ok:
			return fmt.Errorf("%d of %d workers did not call within %s; does the program's main reach thalweg.Main, or thalweg.Serve before anything that waits?", missing, len(p.workers), callTimeout)
		case e.Cancel != nil:
			return e.Cancel
		case e.Lost != nil:
			p.workers[e.Process-1].gone = true
			return fmt.Errorf("%s died before it could begin: %w", workerName(e.Process), e.Lost)
		case e.called == nil:
		case e.called.binary != p.binary:
			e.hangUp()
			return fmt.Errorf("%s runs another program file (%s) than its master (%s): it was replaced after the master was started; start the program again",
				workerName(e.Process), e.called.binary, p.binary)
		case e.Process <= len(p.workers) && p.workers[e.Process-1].conn == nil:
			w := p.workers[e.Process-1]
			w.conn, w.encode = e.called.conn, json.NewEncoder(e.called.conn)
			p.group.Go(func() { p.read(e.Process, e.called.decode) })
			missing--
		default:
			e.hangUp() // nobody is expected under that number
		}
	}
	return nil
}

// replace starts a worker again whose process has ended.
func (p *processes) replace(process int) error {
	w := p.workers[process-1]
	if !w.gone {
		return nil // that has been done
	}
	if w.conn != nil {
		_ = w.conn.Close()
	}
	w.conn, w.encode, w.gone = nil, nil, false
	binary, err := os.Executable()
	if err == nil {
		w.command, err = p.launch(binary, WorkerSpec{Job: p.name, Master: p.listener.Addr().String(), Process: process, Token: p.secret})
	}
	if err != nil {
		return fmt.Errorf("starting %s again: %w", workerName(process), err)
	}
	return nil
}

// hear takes the call of a worker that was started again.
func (p *processes) hear(e Event) (known bool) {
	if e.Process > len(p.workers) || p.workers[e.Process-1].conn != nil || e.called.binary != p.binary {
		e.hangUp()
		return false
	}
	w := p.workers[e.Process-1]
	w.conn, w.encode = e.called.conn, json.NewEncoder(e.called.conn)
	p.group.Go(func() { p.read(e.Process, e.called.decode) })
	return true
}

// read puts a worker's messages into the mailbox. The end of the connection is
// no news: the end of the process is.
func (p *processes) read(process int, d *json.Decoder) {
	for {
		var m Message
		if d.Decode(&m) != nil {
			return
		}
		p.box.put(Event{Process: process, Message: m})
	}
}

// send writes to a worker. One that cannot be written to is about to be lost.
func (p *processes) send(process int, m Message) {
	if w := p.workers[process-1]; w.encode != nil {
		_ = w.encode.Encode(m)
	}
}

// Close makes sure that no worker is left: those that do not exit by themselves
// now that they have been told are killed.
func (p *processes) Close() {
	p.mu.Lock()
	p.closed = true
	for conn := range p.callers {
		_ = conn.Close()
	}
	p.mu.Unlock()
	_ = p.listener.Close()
	left := 0
	for _, w := range p.workers {
		if w.conn != nil {
			_ = w.conn.Close() // a worker without its master exits
		}
		if !w.gone {
			left++
		}
	}
	deadline := p.host.Now().Add(exitGrace)
	for left > 0 {
		e, ok := p.box.take(deadline)
		if !ok {
			for _, w := range p.workers {
				_ = w.command.Process.Kill() // an error says that it has ended
			}
			break
		}
		e.hangUp()
		if e.Lost != nil {
			left--
		}
	}
	p.group.Wait()
	for e, ok := p.box.take(p.host.Now()); ok; e, ok = p.box.take(p.host.Now()) {
		e.hangUp()
	}
}

// hangUp closes the connection of a call that nobody will answer.
func (e Event) hangUp() {
	if e.called != nil {
		_ = e.called.conn.Close()
	}
}
