package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/sim"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// How many runs each test has, and where they begin.
var (
	seeds = flag.Uint64("sim.seeds", 40, "number of seeds")
	first = flag.Uint64("sim.first", 0, "the first seed")
)

// load is a record of 1 KiB, so that channels are soon full.
type load struct {
	Key, Value int64
	_          [126]int64
}

const loads = 600

// loadGraph distributes records in turn, then by key, and sums them up beside a
// broadcast set that comes from the same source. fail is called with each value that
// is summed up.
func loadGraph(fail func(int64)) (*plan.Graph, *collected) {
	g, c := &plan.Graph{Name: "load"}, &collected{}
	source := skin.Source[int64](g, memory.Sequence(0, loads, 0), -1)
	wide := skin.Add[load](g, skin.Node{Kind: "map", Factory: step.Map(step.Plain(func(x int64) load {
		return load{Key: x % 11, Value: x}
	}))}, source.Input)
	set := g.NewSet()
	dealt := skin.Add[load](g, skin.Node{Kind: "map", Factory: step.Map(func(ctx *operator.Context) (func(load) load, error) {
		more := int64(len(ctx.Broadcast(set).([]int64)))
		return func(l load) load { fail(l.Value); l.Value += more; return l }, nil
	})}, wide.Ship(plan.Shipping{Ship: operator.Rebalance}).Input)
	dealt.AddBroadcast(set, source.Input)
	key, err := types.KeyOf(func(l *load) *int64 { return &l.Key })
	if err != nil {
		panic(err)
	}
	values := skin.Add[int64](g, skin.Node{Kind: "map", Factory: step.Map(step.Plain(func(l load) int64 { return l.Value }))},
		skin.HashBy(dealt, key).Input)
	skin.Sink(values, connect.Sink[int64](c), true)
	return g, c
}

// collected is a sink that keeps what it gets.
type collected struct {
	mu     sync.Mutex
	values []int64
}

func (*collected) String() string { return "collected" }

func (c *collected) Open(connect.WriterContext) (connect.Writer[int64], error) { return c, nil }

func (c *collected) Write(rows []int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values = append(c.values, rows...)
	return nil
}

func (c *collected) Flush() error { return nil }

func (c *collected) Commit(connect.CommitContext) error { return nil }
func (c *collected) Abort(connect.CommitContext) error  { c.values = nil; return nil }
func (c *collected) Close(bool) error                   { return nil }

// cluster is a master and its workers on one simulated machine. Each worker has
// its own graph and mesh; messages travel as JSON.
type cluster struct {
	h       *sim.Host
	box     *mailbox
	orders  []*mailbox // of the workers
	dead    map[int]bool
	master  *Master
	outcome error

	job    JobSpec // what there is to say beside processes and parallelism
	fail   func(int64)
	result *collected
	again  int
}

func newCluster(seed uint64) *cluster {
	h := sim.New(seed)
	return &cluster{h: h, box: newMailbox(h), dead: map[int]bool{}, fail: func(int64) {}}
}

// kill ends a worker as if its process had died: nobody hears of it any more.
func (c *cluster) kill(process int) {
	c.dead[process] = true
	c.box.put(Event{Process: process, Lost: errors.New("signal: killed")})
	c.orders[process].put(Event{Lost: errors.New("killed")})
}

// start runs a job to its end in a number of processes besides the master's own.
func (c *cluster) start(processes, parallelism int) *collected {
	job := c.job
	job.ID, job.Parallelism, job.Processes, job.Memory, job.Token = "job", parallelism, processes, 64<<20, []byte("secret")
	graph, result := loadGraph(c.fail)
	c.result = result
	p, err := plan.Compile(graph, job.options())
	if err != nil {
		c.outcome = err
		return result
	}
	splits := map[int][]connect.Split{}
	for _, n := range p.Sources() {
		list, err := n.Source.Splits(splitContext{context.Background(), c.h, p.ParallelismOf(n)})
		if err != nil {
			c.outcome = err
			return result
		}
		splits[n.ID] = list
	}
	tasks := job.tasks(p, nil)
	group := host.NewGroup(c.h)
	for i := range tasks {
		c.orders = append(c.orders, newMailbox(c.h))
		build := func(*JobSpec) (*plan.Graph, error) { g, _ := loadGraph(c.fail); return g, nil }
		if i == 0 {
			build = func(*JobSpec) (*plan.Graph, error) { return graph, nil }
		}
		w := NewWorker(c.h, i, build, func(m Message) {
			if !c.dead[i] {
				c.box.put(Event{Process: i, Message: travel(m)})
			}
		})
		group.Go(func() {
			for exit := false; !exit; {
				e, _ := c.orders[i].take(time.Time{})
				if exit = e.Lost != nil; exit {
					w.Close()
				} else {
					exit = w.Handle(e.Message)
				}
			}
		})
	}
	c.master = NewMaster(job, graph.Fingerprint(), tasks, splits, nil, Retry{
		Left: job.Restarts,
		Next: func(done, kept map[int]int) Attempt { return job.attempt(p, done, kept) },
	})
	c.drive()
	group.Wait()
	return result
}

// drive steps the master until the job is over.
func (c *cluster) drive() {
	for actions := c.master.Begin(); ; {
		for _, a := range actions {
			if a.Over {
				c.outcome = a.Err
				return
			}
			if a.Again != nil {
				c.again++
				_ = c.result.Abort(nil)
				continue
			}
			c.orders[a.To].put(Event{Message: travel(a.Message)})
		}
		e, ok := c.box.take(c.h.Now().Add(ReportInterval))
		if actions = nil; ok {
			actions = c.master.Step(e)
		}
	}
}

// travel does to a message what a connection does.
func travel(m Message) (got Message) {
	b, err := json.Marshal(m)
	if err == nil {
		err = json.Unmarshal(b, &got)
	}
	if err != nil {
		panic(err)
	}
	return got
}

func TestJobsInSeveralProcessesGiveTheirResultUnderEverySchedule(t *testing.T) {
	want := make([]int64, loads)
	for i := range want {
		want[i] = int64(i) + loads
	}
	for _, shape := range []struct{ processes, parallelism int }{{2, 2}, {3, 7}} {
		t.Run(fmt.Sprintf("%d processes, %d subtasks", shape.processes, shape.parallelism), func(t *testing.T) {
			t.Parallel()
			for seed := *first; seed < *first+*seeds; seed++ {
				c := newCluster(seed)
				var result *collected
				if err := c.h.Run(func() { result = c.start(shape.processes, shape.parallelism) }); err != nil {
					t.Fatal(err)
				}
				if c.outcome != nil {
					t.Fatalf("seed %d: %v", seed, c.outcome)
				}
				slices.Sort(result.values)
				if !slices.Equal(result.values, want) {
					t.Fatalf("seed %d: %d values, not %d, or other ones", seed, len(result.values), len(want))
				}
				nothingOpen(t, seed, c.h)
			}
		})
	}
}

func TestAJobIsTriedAgainUnderEverySchedule(t *testing.T) {
	want := make([]int64, loads)
	for i := range want {
		want[i] = int64(i) + loads
	}
	for _, mode := range []plan.ExchangeMode{plan.Pipelined, plan.Batch, plan.BatchForced} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			for seed := *first; seed < *first+*seeds; seed++ {
				c := newCluster(seed)
				c.job = JobSpec{Restarts: 2, Exchange: mode}
				err := c.h.Run(func() {
					failing := map[int64]bool{int64(c.h.Random() % loads): true, int64(c.h.Random() % loads): true}
					var mu sync.Mutex
					c.fail = func(x int64) {
						mu.Lock()
						defer mu.Unlock()
						if failing[x] {
							failing[x] = false
							panic("once")
						}
					}
					c.start(3, 4)
				})
				if err != nil {
					t.Fatal(err)
				}
				if c.outcome != nil || c.again == 0 {
					t.Fatalf("seed %d: tried again %d times: %v", seed, c.again, c.outcome)
				}
				slices.Sort(c.result.values)
				if !slices.Equal(c.result.values, want) {
					t.Fatalf("seed %d: %d values, not %d, or other ones", seed, len(c.result.values), len(want))
				}
				nothingOpen(t, seed, c.h)
			}
		})
	}
}

func nothingOpen(t *testing.T, seed uint64, h *sim.Host) {
	t.Helper()
	if listening, connections := h.Network().Open(); len(listening) > 0 || connections > 0 {
		t.Errorf("seed %d: left open are %v and %d connections", seed, listening, connections)
	}
}

// disturb runs a job in three processes in which something happens at a moment that
// the seed chooses. It must end with the result, or with an error that says one of
// the things expected; and everybody must go.
func disturb(t *testing.T, what func(c *cluster, random uint64), expected ...string) {
	disturbed := 0
	for seed := *first; seed < *first+*seeds; seed++ {
		c := newCluster(seed)
		var result *collected
		err := c.h.Run(func() {
			random := c.h.Random()
			c.h.Go(func() {
				for range random % 600 {
					c.h.Yield()
				}
				what(c, random/600)
			})
			result = c.start(3, 4)
		})
		switch {
		case err != nil:
			t.Fatal(err)
		case c.outcome == nil && len(result.values) == loads:
		case c.outcome != nil && slices.ContainsFunc(expected, func(part string) bool { return strings.Contains(c.outcome.Error(), part) }):
			disturbed++
		default:
			t.Errorf("seed %d: %d values, %v", seed, len(result.values), c.outcome)
		}
		nothingOpen(t, seed, c.h)
	}
	t.Logf("%d of %d jobs were disturbed", disturbed, *seeds)
}

func TestABrokenConnectionEndsTheJobUnderEverySchedule(t *testing.T) {
	disturb(t, func(c *cluster, random uint64) {
		n := uint64(0)
		c.h.Network().Reset(func(net.Addr, net.Addr) bool { n++; return n == 1+random%3 })
	}, "lost its connection", "exchange: process")
}

func TestADeadWorkerEndsTheJobUnderEverySchedule(t *testing.T) {
	disturb(t, func(c *cluster, random uint64) {
		if len(c.orders) > 1 {
			c.kill(1 + int(random%uint64(len(c.orders)-1)))
		}
	}, "died: signal: killed")
}

func TestACancelledJobEndsUnderEverySchedule(t *testing.T) {
	disturb(t, func(c *cluster, _ uint64) { c.box.put(Event{Cancel: errors.New("interrupted")}) }, "interrupted")
}
