package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/checkpoint"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/sim"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/types"
)

const (
	ticks    = 300
	tickKeys = 7
)

// tickGraph counts numbers by their remainder, with state, while a second of virtual time
// goes by.
func tickGraph(fail func(int64)) (*plan.Graph, *[]int64) {
	g, rows := &plan.Graph{Name: "ticks"}, new([]int64)
	source := skin.Source[int64](g, memory.Sequence(0, ticks, ticks), -1)
	dealt := skin.Add[int64](g, skin.Node{Kind: "map", Factory: step.Map(step.Plain(func(x int64) int64 { fail(x); return x }))},
		source.Ship(plan.Shipping{Ship: operator.Rebalance}).Input)
	key, err := types.KeyFunc(func(x int64) int64 { return x % tickKeys })
	if err != nil {
		panic(err)
	}
	open := func(c *step.KeyedContext[int64, int64]) (step.Handler[int64], error) {
		count := state.NewValue[int64](c, "count")
		return step.Handler[int64]{Record: func(int64) {
			n := count.Get() + 1
			count.Set(n)
			c.Emit(c.Key()*1000 + n)
		}}, nil
	}
	counted := skin.Add[int64](g, skin.Node{Kind: "process", Memory: skin.LargeMemory, Factory: step.Process(key, open, nil)}, skin.HashBy(dealt, key).Input)
	skin.Sink(counted, memory.Collect(rows), true)
	return g, rows
}

func wantTicks() (want []int64) {
	for x := range int64(ticks) {
		want = append(want, x%tickKeys*1000+x/tickKeys+1)
	}
	slices.Sort(want)
	return want
}

// mortals is a master and its workers on one simulated machine, where workers die and are
// replaced.
type mortals struct {
	h      *sim.Host
	box    *mailbox
	group  *host.Group
	orders []*mailbox
	lives  []int // by process: how often it has been started
	master *Master
	run    *run
	again  int
	fail   func(int64)
}

// launch starts a process.
func (c *mortals) launch(process int, graph *plan.Graph) {
	c.orders[process] = newMailbox(c.h)
	c.lives[process]++
	life, orders := c.lives[process], c.orders[process]
	w := NewWorker(c.h, process, func(*JobSpec) (*plan.Graph, error) {
		if graph != nil {
			return graph, nil
		}
		g, _ := tickGraph(c.fail)
		return g, nil
	}, func(m Message) {
		if c.lives[process] == life {
			c.box.put(Event{Process: process, Message: travel(m)})
		}
	})
	c.group.Go(func() {
		for exit := false; !exit; {
			e, _ := orders.take(time.Time{})
			if exit = e.Lost != nil; exit {
				w.Close()
			} else {
				exit = w.Handle(e.Message)
			}
		}
	})
}

// kill ends a process: nobody hears of it any more.
func (c *mortals) kill(process int) {
	if process >= len(c.orders) || c.orders[process] == nil {
		return
	}
	c.lives[process]++
	c.orders[process].put(Event{Lost: errors.New("killed")})
	c.orders[process] = nil
	c.box.put(Event{Process: process, Lost: errors.New("signal: killed")})
}

// start runs the job to its end.
func (c *mortals) start(processes, parallelism, restarts int) ([]int64, error) {
	job := JobSpec{
		ID: "job", Parallelism: parallelism, Processes: processes, Memory: 64 << 20, Token: []byte("secret"), Restarts: restarts,
		Checkpoints: &Checkpoints{Dir: "checkpoints", Settings: checkpoint.Settings{Interval: 40 * time.Millisecond, Tolerable: -1}},
	}
	graph, rows := tickGraph(c.fail)
	p, err := plan.Compile(graph, job.options())
	if err != nil {
		return nil, err
	}
	splits := map[int][]connect.Split{}
	for _, n := range p.Sources() {
		if splits[n.ID], err = n.Source.Splits(splitContext{context.Background(), c.h, p.ParallelismOf(n)}); err != nil {
			return nil, err
		}
	}
	tasks := job.tasks(p, nil)
	c.orders, c.lives, c.group = make([]*mailbox, len(tasks)), make([]int, len(tasks)), host.NewGroup(c.h)
	c.master = NewMaster(job, graph.Fingerprint(), tasks, splits, nil, Retry{
		Left: job.Restarts, Next: func(_, _ map[int]int) Attempt { return job.attempt(p, nil, nil) },
	})
	c.master.keeper = newKeeper(job, graph.Fingerprint(), p, nil, 0)
	c.run = &run{
		Config: Config{Host: c.h, Checkpoints: job.Checkpoints}, ctx: context.Background(), id: job.ID, plan: p, box: c.box, master: c.master,
		progress: &Progress{}, storage: job.Checkpoints.storage(c.h),
	}
	for i := range tasks {
		if i == 0 {
			c.launch(i, graph)
		} else {
			c.launch(i, nil)
		}
	}
	if err := c.run.prepare(p.Sinks()); err != nil {
		return nil, err
	}
	err = c.drive()
	for i := range c.orders {
		c.kill(i)
	}
	c.group.Wait()
	if err != nil {
		return nil, err
	}
	err = c.run.settle(nil)
	return *rows, errors.Join(err, c.run.forget())
}

// drive steps the master until the job is over.
func (c *mortals) drive() error {
	for actions := c.master.Begin(); ; {
		for _, a := range actions {
			switch {
			case a.Over:
				return a.Err
			case a.Again != nil:
				c.again++
				if err := c.run.reset(a.Again.Sinks); err != nil {
					return err
				}
			case a.Replace > 0:
				c.launch(a.Replace, nil)
				c.box.put(Event{Process: a.Replace, Called: true})
			case a.Store != nil, a.Completed != nil, a.Warning != nil:
				c.run.carryOut(a)
			case c.orders[a.To] != nil:
				c.orders[a.To].put(Event{Message: travel(a.Message)})
			}
		}
		wake := c.h.Now().Add(ReportInterval)
		if at, ok := c.master.keeper.Next(); ok && at.Before(wake) {
			wake = at
		}
		e, ok := c.box.take(wake)
		e.Now = c.h.Now()
		actions, c.run.due = c.run.due, nil
		if ok {
			actions = append(actions, c.master.Step(e)...)
		}
		actions = append(actions, c.master.Step(Event{Tick: true, Now: e.Now})...)
	}
}

// TestNothingIsLostOrCountedTwiceUnderEverySchedule lets processes die and user code fail at
// moments that the seed chooses.
func TestNothingIsLostOrCountedTwiceUnderEverySchedule(t *testing.T) {
	want := wantTicks()
	for _, shape := range []struct{ processes, parallelism int }{{1, 3}, {3, 4}} {
		t.Run(fmt.Sprintf("%d processes, %d subtasks", shape.processes, shape.parallelism), func(t *testing.T) {
			t.Parallel()
			again, checkpoints := 0, 0
			for seed := *first; seed < *first+*seeds; seed++ {
				c := &mortals{h: sim.New(seed)}
				c.box = newMailbox(c.h)
				var got []int64
				var failure error
				err := c.h.Run(func() {
					failing := int64(c.h.Random() % (2 * ticks)) // half of the jobs fail
					c.fail = func(x int64) {
						if x == failing {
							failing = -1
							panic("once")
						}
					}
					c.h.Go(func() {
						for range c.h.Random() % 4 {
							deadline := c.h.Now().Add(time.Duration(c.h.Random() % uint64(time.Second)))
							for p := c.h.NewParker(); p.Park(deadline); {
							}
							for range c.h.Random() % 50 {
								c.h.Yield()
							}
							if shape.processes > 1 {
								c.kill(1 + int(c.h.Random()%uint64(shape.processes)))
							}
						}
					})
					got, failure = c.start(shape.processes, shape.parallelism, 20)
				})
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if failure != nil {
					t.Fatalf("seed %d: %v", seed, failure)
				}
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Fatalf("seed %d: %d records, not %d, or others: %v", seed, len(got), len(want), got)
				}
				nothingOpen(t, seed, c.h)
				if left := strings.Join(c.h.Disk().Tree(), " "); strings.Contains(left, "state") {
					t.Fatalf("seed %d: left are %s", seed, left)
				}
				again += c.again
				checkpoints += c.run.progress.Checkpoints
			}
			if again == 0 || checkpoints == 0 {
				t.Errorf("%d restarts and %d checkpoints in %d jobs", again, checkpoints, *seeds)
			}
			t.Logf("%d restarts and %d checkpoints in %d jobs", again, checkpoints, *seeds)
		})
	}
}
