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
			process := d.Place(x.To, to)
			bytes[process] += batch * int64(len(senders(x, to)))
			most = max(most, bytes[process])
		}
	}
	return most
}

// capacityOf returns how many batches a channel of an exchange holds.
func (b *builder) capacityOf(x *plan.Exchange) int {
	if x.Buffered {
		return exchange.Unbounded
	}
	return b.capacity
}

// divide takes the shares of exchanges and of spilling out of the budget. Of the
// rest every operator that keeps records gets what it cannot do without, and what is
// left then is divided into parts, of which it has as many as the plan says.
func (b *builder) divide() error {
	stores, parts, last := b.keepers()
	b.budget = memory.NewBudgetFor(b.Memory, stores*outofcore.MinPages*sharePages)
	budget := b.budget
	channels := min(b.channelBytes(b.capacity), budget.Limit()/4)
	share, err := budget.Share(channels)
	if err != nil {
		return err
	}
	share.Force(channels)
	buffers, err := budget.Share(max(min(budget.Limit()/16, spillBuffers*int64(budget.PageSize())), spill.MinShare(budget.PageSize())))
	if err != nil {
		return fmt.Errorf("the memory of %s is too little: %w", memory.Text(budget.Limit()), err)
	}
	b.space = spill.NewSpace(b.Host, b.Spill, buffers)

	if stores == 0 {
		return nil
	}
	b.least = int64(outofcore.MinPages * budget.PageSize())
	least := stores * b.least
	left := budget.Ungranted() - least
	if left < 0 {
		_ = b.space.Close()
		return plan.Mistake{Site: last.Site, Err: fmt.Errorf(
			"%s is one of the operators that keep records; their %d subtasks here need %s at least: raise --memory from %s to %s, or use fewer subtasks",
			last.Name, stores, memory.Text(least), memory.Text(budget.Limit()), memory.Text(budget.Limit()-left))}
	}
	b.part = left / parts
	return nil
}

// sharePages is how many times its least number of pages an operator should get.
const sharePages = 4

// keepers counts what keeps records in this process: the least shares it needs, and
// the parts of memory it gets. last is one of them.
func (b *builder) keepers() (stores, parts int64, last *plan.Node) {
	for _, t := range b.order {
		for _, n := range t.Chain.Nodes {
			if m := b.Plan.Memory(n); m > 0 {
				stores += int64(b.Plan.Stores(n))
				parts += int64(m)
				last = n
			}
		}
	}
	return stores, parts, last
}

// spillBuffers is how many pages spilling has for what is under way.
const spillBuffers = 64

// share returns the memory of one subtask of an operator.
func (b *builder) share(n *plan.Node) *memory.Share {
	var limit int64
	if m := b.Plan.Memory(n); m > 0 {
		limit = int64(b.Plan.Stores(n))*b.least + b.part*int64(m)
	}
	s, err := b.budget.Share(limit)
	if err != nil {
		panic(err) // the parts were counted
	}
	return s
}
