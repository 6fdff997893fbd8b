package operator

import (
	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/quarantine"
	"github.com/thalweg/thalweg/types"
)

// Quarantines reports whether the operator puts records that it cannot deal with aside
// and goes on. If not, the first one fails the job.
func (c *Context) Quarantines() bool { return c.spec.Quarantine != nil }

// Quarantine puts an entry into a quarantine, that of the operator if to is nil. s is the
// schema of its record, which value returns for messages; both are nil if it has none.
// The error says that there may be no more, or that it could not be written.
func (c *Context) Quarantine(to *quarantine.Writer, e *quarantine.Entry, s *types.Schema, value func() any) error {
	if to == nil {
		to = c.spec.Quarantine
	}
	e.At = c.Now().UnixNano()
	c.spec.Meter.Quarantined.Add(1)
	if e.Kind != quarantine.Decode { // sources have shown it
		f := c.failure(nil, e.Number, value)
		c.spec.Reject(connect.Rejected{Operator: c.spec.Name, Origin: f.Site + ", " + f.place(), Offset: -1, Cause: e.Cause})
	}
	if err := to.Put(e, s); err != nil {
		return c.failure(err, e.Number, value)
	}
	return nil
}
