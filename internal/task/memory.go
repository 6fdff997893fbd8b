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
	for capacity > 1 && d.channelBytes(capacity) > d.Memory.Limit()/4 {
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

// divide takes the shares of exchanges and of spilling out of the budget, and
// divides the rest into parts of which each operator has as many as the plan says.
func (b *builder) divide() error {
	budget := b.Memory
	channels := min(b.channelBytes(b.capacity), budget.Limit()/4)
	share, err := budget.Share(channels)
	if err != nil {
		return err
	}
	share.Force(channels)
	buffers, err := budget.Share(min(budget.Limit()/16, spillBuffers*int64(budget.PageSize())))
	if err != nil {
		return err
	}
	b.space = spill.NewSpace(b.Host, b.Spill, buffers)

	var parts int64
	var smallest *plan.Node
	for _, t := range b.order {
		for _, n := range t.Chain.Nodes {
			m := b.Plan.Memory(n)
			parts += int64(m)
			if m > 0 && (smallest == nil || m < b.Plan.Memory(smallest)) {
				smallest = n
			}
		}
	}
	if parts == 0 {
		return nil
	}
	b.part = budget.Ungranted() / parts
	least := int64(outofcore.MinPages * budget.PageSize())
	if got := b.part * int64(b.Plan.Memory(smallest)); got < least {
		return plan.Mistake{Site: smallest.Site, Err: fmt.Errorf(
			"%s would get %s of memory and needs %s: raise --memory from %s to %s, or use fewer subtasks",
			smallest.Name, memory.Text(got), memory.Text(least), memory.Text(budget.Limit()),
			memory.Text(budget.Limit()-budget.Ungranted()+least*parts/int64(b.Plan.Memory(smallest))))}
	}
	return nil
}

// spillBuffers is how many pages spilling has for what is under way.
const spillBuffers = 16

// share returns the memory of one subtask of an operator.
func (b *builder) share(n *plan.Node) *memory.Share {
	s, err := b.Memory.Share(b.part * int64(b.Plan.Memory(n)))
	if err != nil {
		panic(err) // the parts were counted
	}
	return s
}
