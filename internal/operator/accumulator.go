package operator

import (
	"maps"
	"sync"
)

// Counter is an accumulator that adds. It belongs to one subtask; totals are
// made from all of them.
type Counter struct {
	n int64
}

// Add adds n.
func (c *Counter) Add(n int64) { c.n += n }

// Histogram is an accumulator that counts how often each value occurred. It
// belongs to one subtask.
type Histogram struct {
	counts map[int64]int64
}

// Add counts one occurrence of value.
func (h *Histogram) Add(value int64) { h.counts[value]++ }

// Values are the accumulators of one operator instance. The task publishes them
// between batches; anybody may read what was published.
type Values struct {
	counters   map[string]*Counter
	histograms map[string]*Histogram

	mu        sync.Mutex
	published Accumulators // guarded by mu
}

// Accumulators are totals by name.
type Accumulators struct {
	Counters   map[string]int64           `json:"counters,omitempty"`
	Histograms map[string]map[int64]int64 `json:"histograms,omitempty"`
}

func (v *Values) counter(name string) *Counter {
	c := v.counters[name]
	if c == nil {
		if v.counters == nil {
			v.counters = map[string]*Counter{}
		}
		c = &Counter{}
		v.counters[name] = c
	}
	return c
}

func (v *Values) histogram(name string) *Histogram {
	h := v.histograms[name]
	if h == nil {
		if v.histograms == nil {
			v.histograms = map[string]*Histogram{}
		}
		h = &Histogram{counts: map[int64]int64{}}
		v.histograms[name] = h
	}
	return h
}

// Publish makes the present totals readable. It is for the task's goroutine.
func (v *Values) Publish() {
	if v.counters == nil && v.histograms == nil {
		return
	}
	var a Accumulators
	for name, c := range v.counters {
		a.add(name, c.n)
	}
	for name, h := range v.histograms {
		a.merge(name, h.counts)
	}
	v.mu.Lock()
	v.published = a
	v.mu.Unlock()
}

// Published returns the totals last published. The caller may not change them.
func (v *Values) Published() Accumulators {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.published
}

// Add adds another instance's totals.
func (a *Accumulators) Add(b Accumulators) {
	for name, n := range b.Counters {
		a.add(name, n)
	}
	for name, counts := range b.Histograms {
		a.merge(name, counts)
	}
}

func (a *Accumulators) add(name string, n int64) {
	if a.Counters == nil {
		a.Counters = map[string]int64{}
	}
	a.Counters[name] += n
}

func (a *Accumulators) merge(name string, counts map[int64]int64) {
	if a.Histograms == nil {
		a.Histograms = map[string]map[int64]int64{}
	}
	if a.Histograms[name] == nil {
		a.Histograms[name] = maps.Clone(counts)
		return
	}
	for value, n := range counts {
		a.Histograms[name][value] += n
	}
}
