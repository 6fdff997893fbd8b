package optimizer

import (
	"math"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// Cost is what a part of a plan takes: bytes that are copied between subtasks, bytes
// read from and written to disk, bytes that operators take in; and the seconds of all
// that, with the processors the job has. Plans are compared by seconds.
type Cost struct {
	Network, Disk, Processor float64
	Seconds                  float64
}

// Plus is the cost of doing both.
func (c Cost) Plus(d Cost) Cost {
	return Cost{c.Network + d.Network, c.Disk + d.Disk, c.Processor + d.Processor, c.Seconds + d.Seconds}
}

// Machine is what the job runs on.
type Machine struct {
	Processors int   // that its processes have together
	Processes  int   // among which records are sent over a network
	Memory     int64 // bytes of each process
}

// What work takes, in seconds of a processor. `go run ./bench/costs` shows how well they
// hold; only their ratios decide between plans.
const (
	shipRow    = 11e-9   // copying a row into the batch for its receiver, and taking it out there
	shipByte   = 0.08e-9 // of the row
	remoteRow  = 40e-9   // encoding and decoding a row for another process
	remoteByte = 1.2e-9  // of the row, with checksum and socket
	batchShare = 2e-6    // giving a batch to one more subtask

	readByte  = 5e-9   // making records of a byte of input
	streamRow = 1.5e-9 // passing a row to a function
	copyByte  = 0.2e-9 // of the arguments of a function
	rowByte   = 0.7e-9 // encoding and decoding a row that is kept

	buildRow  = 40e-9 // putting a row into a table
	buildMiss = 20e-9 // more, if the table is larger than the cache
	probeRow  = 20e-9 // looking one up
	probeMiss = 40e-9
	crowded   = 1.5 // subtasks that make large tables of the same rows are in each other's way

	groupRow  = 4e-9 // finding the group of a row
	groupMiss = 30e-9
	newGroup  = 45e-9 // making one
	passRow   = 10e-9 // making a group of a row, and nothing else

	sortRow   = 20e-9  // sorting, per row
	sortStep  = 5.5e-9 // and per halving of the rows to be sorted
	groupStep = 9.5e-9 // the same where rows are sorted to be grouped
	pairRow   = 3e-9   // trying a pair of nested loops
	keepRow   = 4e-9   // comparing a row with those kept

	diskByte  = 1.2e-9 // writing a byte, compressed, or reading it
	spillByte = 0.8e-9 // of the processor for it
)

// Sizes that costs depend on.
const (
	cacheBytes = 1 << 20  // what a table of fits into the processor's own cache
	missBytes  = 64 << 20 // a table in which nearly every access misses
	tableRow   = 16       // bytes of a table for each row beside the row
	sortPiece  = 16 << 20 // that a sorting combiner takes together
	batchBytes = 24 << 10 // of a batch
	usable     = 0.65     // part of a process's memory that operators share
)

// missing is the part of accesses to a table that miss the cache.
func missing(table float64) float64 {
	if table <= cacheBytes {
		return 0
	}
	return min(1, math.Log(table/cacheBytes)/math.Log(missBytes/float64(cacheBytes)))
}

// coster computes what the strategies of nodes take.
type coster struct {
	*estimator
	machine Machine
	part    float64 // bytes of a process's memory for a part of a subtask
	mode    plan.ExchangeMode
}

// share returns the bytes of memory of a subtask with so many parts.
func (c *coster) share(parts int) float64 { return max(c.part*float64(parts), 1) }

// divideMemory sets the share of a part: every process has as many parts as its
// subtasks need, whatever strategy they use.
func (c *coster) divideMemory(nodes []*plan.Node) {
	parts := 0.0
	for _, n := range nodes {
		most := n.Memory
		for i := range n.Strategies {
			most = max(most, n.Strategies[i].Memory)
		}
		most += plan.SetMemory * len(n.Broadcasts)
		parts += float64(most) * math.Ceil(float64(c.subtasks[n])/float64(c.processes()))
	}
	c.part = usable * float64(c.machine.Memory) / max(parts, 1)
}

func (c *coster) processes() int { return max(c.machine.Processes, 1) }

// over spreads work over the subtasks of a node; share is the part of it that one key
// has, which one subtask does alone.
func (c *coster) over(subtasks int, share float64) float64 {
	return max(1/float64(min(subtasks, max(c.machine.Processors, 1))), share)
}

// ship is the cost of an edge, from and to being numbers of subtasks.
func (c *coster) ship(rows, width float64, ship operator.Ship, from, to int, share float64) Cost {
	bytes := rows * width
	remote := 1 - 1/float64(c.processes())
	switch {
	case ship == operator.Forward && from == to, from == 1 && to == 1 && ship != operator.Custom:
		return Cost{}
	case ship == operator.Broadcast:
		// A batch is shared by the subtasks of a process and sent to each other process.
		copies := float64(c.processes())
		batches := bytes/batchBytes + float64(from)
		return Cost{
			Network: float64(to) * bytes, Processor: bytes,
			Seconds: (rows*shipRow+bytes*shipByte)*c.over(from, 0) + batches*float64(to)*batchShare +
				remote*copies*(rows*remoteRow+bytes*remoteByte)*c.over(from, 0),
		}
	}
	work := rows*shipRow + bytes*shipByte + remote*(rows*remoteRow+bytes*remoteByte)
	return Cost{Network: bytes, Processor: bytes, Seconds: work * max(c.over(from, 0), c.over(to, share)/2)}
}

// spool is the cost of keeping the rows of an edge until all of them are there.
func (c *coster) spool(bytes float64, subtasks int) Cost {
	share := c.share(plan.SpoolMemory) * float64(subtasks)
	cost := Cost{Processor: bytes, Seconds: 2 * bytes * rowByte * c.over(subtasks, 0)}
	return cost.Plus(c.spilled(max(bytes-share, 0), subtasks))
}

// read is the cost of bytes that a source reads from outside.
func (c *coster) read(bytes float64, subtasks int) Cost {
	return Cost{Disk: bytes, Processor: bytes, Seconds: bytes * readByte * c.over(subtasks, 0)}
}

// spilled is the cost of writing bytes to disk and reading them again.
func (c *coster) spilled(bytes float64, subtasks int) Cost {
	return Cost{Disk: 2 * bytes, Seconds: 2 * bytes * (diskByte + spillByte*c.over(subtasks, 0))}
}

// load is what a node has to do: the rows of its inputs, each in all subtasks together,
// and of its output.
type load struct {
	subtasks int
	in       []flow
	out      Estimate
	groups   float64 // keys in all subtasks together, if it groups
	heaviest float64 // part of the rows that one key has
}

// flow are the rows of an input.
type flow struct {
	rows, width float64
	everywhere  bool // every subtask gets all of them
}

// perSubtask is what one subtask gets.
func (f flow) perSubtask(subtasks int) float64 {
	if f.everywhere {
		return f.rows
	}
	return f.rows / float64(subtasks)
}

// work is the cost of running a node by a method, and the bytes it spills.
func (c *coster) work(method plan.Method, memory, first int, l load) (cost Cost, spills float64) {
	p := float64(l.subtasks)
	spread := c.over(l.subtasks, l.heaviest)
	share := c.share(memory)
	var seconds, bytes float64 // of all subtasks
	for _, in := range l.in {
		seconds += in.perSubtask(l.subtasks) * p * streamRow
		bytes += in.perSubtask(l.subtasks) * p * in.width
	}
	seconds += l.out.Rows.Value * streamRow
	switch method {
	case plan.HashJoin:
		build, probe := l.in[first], l.in[1-first]
		rows := build.perSubtask(l.subtasks)
		table := rows * (build.width + tableRow)
		miss := missing(table)
		making := p * rows * (buildRow + miss*buildMiss + build.width*rowByte)
		if build.everywhere && p > 1 {
			making *= 1 + miss*(crowded-1)
		}
		seconds += making + probe.rows*(probeRow+miss*probeMiss+probe.width*copyByte)
		if table > share {
			left := 1 - share/table
			spills = left * (p*rows*build.width + probe.rows*probe.width)
			seconds += left * probe.rows * probe.width * rowByte
		}
	case plan.MergeJoin:
		for _, in := range l.in {
			s, b := c.sorting(in, sortStep, l.subtasks, share/float64(len(l.in)))
			seconds, spills = seconds+s, spills+b
		}
	case plan.NestedLoops:
		kept, other := l.in[first], l.in[1-first]
		seconds += kept.rows * other.rows * pairRow
		if held := kept.perSubtask(l.subtasks) * kept.width; held > share {
			spills = p * held * max(1, other.perSubtask(l.subtasks)*other.width/share)
		}
	case plan.HashGroups:
		in := l.in[0]
		table := l.groups / p * (l.out.Width.Value + tableRow)
		seconds += in.rows*(groupRow+missing(table)*groupMiss) + l.groups*newGroup
		if table > share {
			spills = (1 - share/table) * in.rows * in.width
		}
	case plan.SortGroups:
		s, b := c.sorting(l.in[0], groupStep, l.subtasks, share)
		seconds, spills = seconds+s, b
	case plan.SortRecords:
		s, b := c.sorting(l.in[0], sortStep, l.subtasks, share)
		seconds, spills = seconds+s, b
	case plan.HashCombine:
		in := l.in[0]
		table := min(l.groups/p*(l.out.Width.Value+tableRow), share)
		seconds += in.rows*(groupRow+missing(table)*groupMiss) + min(l.groups, p*share/(l.out.Width.Value+tableRow))*newGroup
	case plan.SortCombine:
		in := l.in[0]
		piece := max(min(share/4, sortPiece)/max(in.width, 1), 2)
		seconds += in.rows * (sortRow + groupStep*math.Log2(piece) + in.width*rowByte)
	case plan.AdjacentGroups:
		seconds += l.in[0].rows*groupRow + l.groups*passRow
	case plan.PassGroups:
		seconds += l.in[0].rows * passRow
	case plan.KeepRecords:
		seconds += l.in[0].rows * keepRow
	}
	cost = Cost{Processor: bytes, Seconds: seconds * spread}
	return cost.Plus(c.spilled(spills, l.subtasks)), spills
}

// sorting is the seconds, in all subtasks, and the bytes that are spilled; step is what a
// halving takes.
func (c *coster) sorting(in flow, step float64, subtasks int, share float64) (seconds, spills float64) {
	p, rows := float64(subtasks), in.perSubtask(subtasks)
	seconds = p * rows * (sortRow + step*math.Log2(max(rows, 2)) + in.width*rowByte)
	if held := rows * (in.width + tableRow); held > share {
		spills = p * rows * in.width * (1 - share/held/2)
	}
	return seconds, spills
}

// combined is how many rows a combiner lets through.
func (c *coster) combined(method plan.Method, memory int, l load) float64 {
	p, rows := float64(l.subtasks), l.in[0].rows
	share := c.share(memory)
	switch method {
	case plan.HashCombine:
		held := share / (l.out.Width.Value + tableRow) * p // groups that find a place
		if l.groups <= held {
			return min(l.groups, rows)
		}
		return min(rows, held+rows*(1-held/l.groups))
	case plan.AdjacentGroups:
		return min(l.groups, rows)
	case plan.SortCombine:
		piece := max(min(share/4, sortPiece)/max(l.in[0].width, 1), 2)
		pieces := max(rows/piece, p)
		return min(rows, pieces*drawn(rows/pieces, l.groups/p))
	}
	return rows
}
