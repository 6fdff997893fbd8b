// Package explain shows a plan: how each operator is run, what else was possible and
// what it would cost, where every number comes from, and, after a run, what really
// happened. A [Report] is data; the printers make text, JSON, Graphviz and a page of HTML
// of it. Floor 4.
package explain

// Report is a plan in a form for readers and programs. Its JSON form is documented in
// docs/explain.md and only ever gets new fields.
type Report struct {
	Job         string            `json:"job"`
	Fingerprint string            `json:"fingerprint"`
	Parallelism int               `json:"parallelism"`
	Processes   int               `json:"processes"`
	Processors  int               `json:"processors,omitempty"` // that the processes have together
	Memory      int64             `json:"memory,omitempty"`     // bytes of each process
	Arguments   map[string]string `json:"arguments,omitempty"`

	// Cost is that of the whole plan; nil if the plan was not made by cost, as that of a
	// program without end.
	Cost     *Cost    `json:"cost,omitempty"`
	Supposed []Fact   `json:"supposed,omitempty"` // facts of a question
	Unknown  []string `json:"unknown,omitempty"`  // facts nobody knows, which the plan is made robust against
	Warnings []string `json:"warnings,omitempty"`

	Operators []Operator `json:"operators"`
	Edges     []Edge     `json:"edges"`
	Unused    []Unused   `json:"unused,omitempty"`
	Flips     []Flip     `json:"flips,omitempty"`   // asked for by --flip, nearest first
	History   []Change   `json:"history,omitempty"` // of a run: how the plan was changed under way

	// Seconds is how long the run took; 0 if there was none.
	Seconds float64 `json:"seconds,omitempty"`
}

// Cost is an estimate: bytes, and the seconds they take with the processors the job has.
type Cost struct {
	Network   float64 `json:"network"`   // bytes copied from subtask to subtask
	Disk      float64 `json:"disk"`      // bytes read from sources, written and read when memory ends
	Processor float64 `json:"processor"` // bytes that operators take in
	Seconds   float64 `json:"seconds"`
}

// Number is an estimate and where it comes from: measured, sampled, hinted, guessed,
// supposed, or unknown.
type Number struct {
	Value  float64 `json:"value"`
	Origin string  `json:"origin"`
}

// Fact is a number about an operator that the plan depends on, such as orders.rows.
type Fact struct {
	Name string `json:"name"`
	Number
}

// Operator is one operator of the plan.
type Operator struct {
	ID          int      `json:"id"`
	Kind        string   `json:"kind"`
	Name        string   `json:"name"`
	Detail      []string `json:"detail,omitempty"`
	Parallelism int      `json:"parallelism"`
	Chain       int      `json:"chain"`
	Output      string   `json:"output,omitempty"` // the type of the first output port
	Site        string   `json:"site"`
	Client      bool     `json:"client,omitempty"`
	Fact        string   `json:"fact,omitempty"` // what its facts are called by: Fact + ".rows"

	Pushed []string `json:"pushed,omitempty"` // what a source leaves out, or does for a filter
	Drops  bool     `json:"drops,omitempty"`  // a source leaves out records: Rows are those it would have else

	Strategy string `json:"strategy,omitempty"` // of one that has several
	Because  string `json:"because,omitempty"`  // why this one: cheapest, hint, forced, robust

	Rows   *Number `json:"rows,omitempty"`   // that come out
	Width  *Number `json:"width,omitempty"`  // bytes of one of them
	Share  int64   `json:"share,omitempty"`  // bytes of memory of each subtask
	Spills float64 `json:"spills,omitempty"` // bytes that are expected not to fit, of all subtasks
	Cost   *Cost   `json:"cost,omitempty"`   // its own, with that of its input edges

	// Alternatives are the strategies that were rejected, the best one first.
	Alternatives []Alternative `json:"alternatives,omitempty"`

	Actual *Actual `json:"actual,omitempty"`
}

// Alternative is a strategy that an operator could have been run by.
type Alternative struct {
	Strategy string  `json:"strategy"`
	Cost     *Cost   `json:"cost,omitempty"`    // of the whole plan, everything else as cheap as it can be
	Factor   float64 `json:"factor,omitempty"`  // its seconds by those of the chosen plan
	Refused  string  `json:"refused,omitempty"` // why it was not considered, if it was not
}

// Edge is one edge of the plan.
type Edge struct {
	From     int    `json:"from"`
	Port     int    `json:"port,omitempty"`
	To       int    `json:"to"`
	Input    string `json:"input"`          // the input's number, or "broadcast set"
	Ship     string `json:"ship"`           // "chained" inside a chain
	Key      string `json:"key,omitempty"`  // what rows are distributed by
	Kept     string `json:"kept,omitempty"` // why rows need not be distributed: "already by orders.CustKey"
	Buffered bool   `json:"buffered,omitempty"`
	Loop     bool   `json:"loop,omitempty"` // leads back, to an operator that From reads from

	Bytes *Number `json:"bytes,omitempty"` // that go over it, all copies counted
	Cost  *Cost   `json:"cost,omitempty"`
}

// Unused is an operator that does not run, as no sink reads what it makes.
type Unused struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Site string `json:"site"`
}

// Flip is the nearest value of one fact at which another plan would be chosen.
type Flip struct {
	Fact    string   `json:"fact"`
	Now     Number   `json:"now"`
	At      float64  `json:"at"`
	Factor  float64  `json:"factor"`  // At by Now
	Changes []string `json:"changes"` // such as "[5] join: broadcast first becomes hash first"
}

// Change is a decision that was taken again while the job ran.
type Change struct {
	After   string   `json:"after"` // what had been made by then, such as "[4] filter: 12 records, 3.1 M estimated"
	Changes []string `json:"changes"`
}

// Actual is what an operator did, all subtasks together.
type Actual struct {
	RowsIn  int64 `json:"rows_in"`
	RowsOut int64 `json:"rows_out"` // each once, however many operators read it
	BytesIn int64 `json:"bytes_in"`

	// BytesOut is what a sink has written, or what went to other chains.
	BytesOut int64 `json:"bytes_out,omitempty"`

	Busy    float64 `json:"busy"`    // seconds of processors
	Idle    float64 `json:"idle"`    // seconds its subtasks waited for input
	Blocked float64 `json:"blocked"` // seconds its subtasks waited for room

	MemoryPeak int64   `json:"memory_peak,omitempty"`
	Spilled    int64   `json:"spilled,omitempty"`  // bytes written because memory ended
	Combined   int64   `json:"combined,omitempty"` // rows of hot keys that were aggregated before they were sent
	Skew       float64 `json:"skew,omitempty"`     // most rows of a subtask by the average; 1 is even
	Bottleneck bool    `json:"bottleneck,omitempty"`
}
