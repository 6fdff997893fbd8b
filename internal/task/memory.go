package task

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/exchange"
	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/spill"
)

// store is what a process has for records: memory, space on disk, and what was kept
// there for the next attempt at a job. It outlives the teams that use it.
type store struct {
	budget   *memory.Budget
	capacity int   // of channels
	least    int64 // memory an operator that keeps records gets in any case
	part     int64 // what it gets for each part the plan gives it
	space    *spill.Space
	kept     map[keeper]*operator.Kept
}

// keeper is a subtask of an operator that keeps what it has for the next attempt.
type keeper struct{ node, subtask int }

// newStore takes the shares of exchanges and of spilling out of the budget. Of the
// rest every operator that keeps records gets what it cannot do without, and what is
// left then is divided into parts, of which it has as many as the plan says.
func (d *Deployment) newStore() (*store, error) {
	s := &store{capacity: d.channelCapacity(), kept: map[keeper]*operator.Kept{}}
	stores, parts, last := d.stores()
	s.budget = memory.NewBudgetFor(d.Memory, stores*outofcore.MinPages*sharePages)
	budget := s.budget
	channels := min(d.channelBytes(s.capacity), budget.Limit()/4)
	share, err := budget.Share(channels)
	if err != nil {
		return nil, err
	}
	share.Force(channels)
	buffers, err := budget.Share(max(min(budget.Limit()/16, spillBuffers*int64(budget.PageSize())), spill.MinShare(budget.PageSize())))
	if err != nil {
		return nil, fmt.Errorf("the memory of %s is too little: %w", memory.Text(budget.Limit()), err)
	}
	s.least = int64(outofcore.MinPages * budget.PageSize())
	if stores > 0 {
		least := stores * s.least
		left := budget.Ungranted() - least
		if left < 0 {
			return nil, plan.Mistake{Site: last.Site, Err: fmt.Errorf(
				"%s is one of the operators that keep records; their %d subtasks here need %s at least: raise --memory from %s to %s, or use fewer subtasks",
				last.Name, stores, memory.Text(least), memory.Text(budget.Limit()), memory.Text(budget.Limit()-left))}
		}
		s.part = left / parts
	}
	s.space = spill.NewSpace(d.Host, d.Spill, buffers)
	return s, nil
}

// sharePages is how many times its least number of pages an operator should get.
const sharePages = 4

// spillBuffers is how many pages spilling has for what is under way.
const spillBuffers = 64

// stores counts what keeps records in this process: the least shares it needs, and
// the parts of memory it gets. last is one of them.
func (d *Deployment) stores() (stores, parts int64, last *plan.Node) {
	for _, c := range d.Plan.Chains {
		for subtask := range c.Parallelism {
			if d.Place(c, subtask) != d.Process {
				continue
			}
			for _, n := range c.Nodes {
				if m := d.Plan.Memory(n); m > 0 {
					stores += int64(d.Plan.Stores(n))
					parts += int64(m)
					last = n
				}
			}
		}
	}
	return stores, parts, last
}

// share returns the memory of one subtask of an operator.
func (s *store) share(p *plan.Plan, n *plan.Node) *memory.Share {
	var limit int64
	if m := p.Memory(n); m > 0 {
		limit = int64(p.Stores(n))*s.least + s.part*int64(m)
	}
	share, err := s.budget.Share(limit)
	if err != nil {
		panic(err) // the parts were counted
	}
	return share
}

// keep returns what a subtask of an operator has kept, and nothing if it is to begin
// anew.
func (s *store) keep(node, subtask int, replay bool) *operator.Kept {
	key := keeper{node, subtask}
	k := s.kept[key]
	if k == nil || !replay {
		drop(k)
		k = &operator.Kept{}
		s.kept[key] = k
	}
	return k
}

// drop gives up what was kept.
func drop(k *operator.Kept) {
	if k != nil && k.Result != nil {
		k.Result.Close()
		k.Memory.Close()
		k.Result = nil
	}
}

func (s *store) close() {
	for _, k := range s.kept {
		drop(k)
	}
	_ = s.space.Close() // of files without a name: nothing is left of them in any case
}

// maxCapacity is how many batches a channel between two tasks holds, and how many
// credits one between processes has, if memory allows.
const maxCapacity = 8

// channelCapacity returns how many batches channels hold so that full ones take no
// more than a quarter of the budget, but at least one. The two ends of a channel may
// be in different processes, so the answer is the same in all of them.
func (d *Deployment) channelCapacity() int {
	capacity := maxCapacity
	for capacity > 1 && d.channelBytes(capacity) > d.Memory/4 {
		capacity--
	}
	return capacity
}

// channelBytes returns the fixed size of all rows in the fullest process, if its
// tasks' channels are full and their senders fill one more batch for each.
func (d *Deployment) channelBytes(capacity int) (most int64) {
	bytes := map[int]int64{}
	for _, x := range d.Plan.Exchanges {
		size := x.Edge.From.Outputs[x.Edge.Port].RowSize()
		batch := int64(size * operator.BatchRows(size) * (capacity + 1))
		for to := range x.To.Parallelism {
			if !d.receives(x, to) {
				continue
			}
			process := d.Place(x.To, to)
			bytes[process] += batch * int64(len(senders(x, to)))
			most = max(most, bytes[process])
		}
	}
	return most
}

// capacityOf returns how many batches a channel of an exchange holds.
func (s *store) capacityOf(x *plan.Exchange) int {
	if x.Buffered {
		return exchange.Unbounded
	}
	return s.capacity
}
