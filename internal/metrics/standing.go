package metrics

// Standing is how far event time has come at one operator in one subtask, and what it
// waits for. Times are nanoseconds since 1970 in event time, unless they are said to be
// of the clock; NoTime of package operator is unknown.
type Standing struct {
	Node    int   `json:"node"`
	Subtask int   `json:"subtask"`
	Mark    int64 `json:"mark"` // at its input; of an operator that assigns times, at its output
	Idle    bool  `json:"idle,omitempty"`
	Ended   bool  `json:"ended,omitempty"`

	// Channels are where the task of the operator gets its input from: they are there
	// for the head of a chain only. Before is the operator before it in its chain, or -1.
	Channels []Channel `json:"channels,omitempty"`
	Before   int       `json:"before"`

	// Splits are what an operator that assigns times behind a source reads at the
	// moment. More says that there are others, which have not begun.
	Splits []Split `json:"splits,omitempty"`
	More   bool    `json:"more,omitempty"`
	Rule   string  `json:"rule,omitempty"` // of the operator that assigns times

	Loop bool `json:"loop,omitempty"` // it is the head of a loop, in which event time stands still

	// Group is what the splits keep together with, Least how far that has come.
	Group string `json:"group,omitempty"`
	Least int64  `json:"least,omitempty"`

	// Records have come to the operator, Late of them too late. Open is how many
	// windows or timers wait, Next is the time the next of them waits for, and Note
	// says what else they wait for.
	Records int64  `json:"records"`
	Late    int64  `json:"late,omitempty"`
	Open    int    `json:"open,omitempty"`
	Next    int64  `json:"next,omitempty"`
	Note    string `json:"note,omitempty"`

	// Counts is how many windows hold records and wait for more of them. Of one of them,
	// that lacks the fewest, Have have come of Want; Key is the record key, for people.
	Counts int    `json:"counts,omitempty"`
	Have   int64  `json:"have,omitempty"`
	Want   int64  `json:"want,omitempty"`
	Key    string `json:"key,omitempty"`
}

// Channel is one channel into a task.
type Channel struct {
	Node    int   `json:"node"` // who sends
	Subtask int   `json:"subtask"`
	Mark    int64 `json:"mark"`
	Idle    bool  `json:"idle,omitempty"`
	Ended   bool  `json:"ended,omitempty"`
}

// Split is one split that is read.
type Split struct {
	ID      string `json:"id"`
	Mark    int64  `json:"mark"`
	Records int64  `json:"records"`
	Heard   int64  `json:"heard"` // when records came last, or it began, by the clock
	Idle    bool   `json:"idle,omitempty"`
	Held    bool   `json:"held,omitempty"` // it waits for others of its group
}
