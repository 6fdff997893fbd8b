package plan

// Part is what a chain does in an attempt at a job.
type Part uint8

// The parts of chains.
const (
	Run    Part = iota // from its input
	Replay             // send on what it has kept
	Skip               // nothing: what it had to do is done
)

var partNames = [...]string{"run", "replay", "skip"}

func (p Part) String() string { return partNames[p] }

// Regions divides the chains: those that are connected by exchanges are in one
// region, unless what they exchange stands in a spool. A spool belongs to the region
// that fills it. As nobody in a region can begin anew without those it shares batches
// with, regions are what restarts after a failure. The answer has the number of the
// region for each chain.
func (p *Plan) Regions() []int {
	region := make([]int, len(p.Chains))
	for i := range region {
		region[i] = i
	}
	for merged := true; merged; {
		merged = false
		for _, x := range p.Exchanges {
			from, to := &region[x.From.ID], &region[x.To.ID]
			if *from != *to && !x.From.Keeps() {
				*from = min(*from, *to)
				*to, merged = *from, true
			}
		}
	}
	return region
}

// Keeps reports whether the chain is a spool, whose rows can be read again.
func (c *Chain) Keeps() bool { return c.Nodes[0].Kind == spoolKind }

// Attempt returns what every chain does when a job is tried again, given which
// chains have ended well, in all their subtasks, and which have kept all their rows.
//
// A region where a chain has neither runs again. So do those whose rows it needs and
// that have not kept them, and those that read from it: user code need not make the
// same rows twice, and what comes of two attempts must not be mixed.
func (p *Plan) Attempt(done, kept func(*Chain) bool) []Part {
	region := p.Regions()
	again := map[int]bool{}
	for _, c := range p.Chains {
		if !done(c) && !kept(c) {
			again[region[c.ID]] = true
		}
	}
	for more := true; more; {
		more = false
		for _, x := range p.Exchanges {
			from, to := region[x.From.ID], region[x.To.ID]
			switch {
			case again[from] && !again[to]:
				again[to], more = true, true
			case again[to] && !again[from] && !kept(x.From):
				again[from], more = true, true
			}
		}
	}
	parts := make([]Part, len(p.Chains))
	for i := range parts {
		parts[i] = Skip
		if again[region[i]] {
			parts[i] = Run
		}
	}
	for _, x := range p.Exchanges {
		if parts[x.To.ID] == Run && parts[x.From.ID] == Skip {
			parts[x.From.ID] = Replay
		}
	}
	return parts
}
