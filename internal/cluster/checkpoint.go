package cluster

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/checkpoint"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/task"
)

// Checkpoints says where a job's checkpoints are and when they are taken.
type Checkpoints struct {
	Dir      string              `json:"dir"` // that all processes see
	Settings checkpoint.Settings `json:"settings"`
	Keep     bool                `json:"keep,omitempty"` // the last one stays when the job has ended well

	After int64 `json:"after,omitempty"` // the greatest number of a checkpoint before this run of the job
}

func (c *Checkpoints) storage(h host.Host) checkpoint.Storage {
	return checkpoint.NewDirectory(h.Files(), c.Dir)
}

// stored is a task's part of a checkpoint, on its way to the master; without a checkpoint
// it is what the task has left at its end.
type stored struct {
	Checkpoint int64                `json:"checkpoint,omitempty"`
	State      checkpoint.TaskState `json:"state"`
}

// keeper is the master's part in checkpoints.
type keeper struct {
	*checkpoint.Coordinator
	job         string
	fingerprint json.RawMessage
	tasks       []checkpoint.TaskID
	last        *checkpoint.Manifest // that is complete, and that an attempt goes on from; nil: none
	storing     *checkpoint.Manifest
	given       map[asker][]connect.Split // to each source subtask in this attempt, in order
}

// newKeeper returns the keeper of a job's checkpoints; from is the checkpoint that it goes
// on from, or nil, and last the greatest number of one that there has been.
func newKeeper(job JobSpec, f plan.Fingerprint, p *plan.Plan, from *checkpoint.Manifest, last int64) *keeper {
	k := &keeper{
		Coordinator: checkpoint.NewCoordinator(job.Checkpoints.Settings, last), job: job.ID, last: from,
		fingerprint: fingerprintText(f),
	}
	if from != nil {
		k.Restored(from.ID)
	}
	for _, c := range p.Chains {
		for s := range c.Parallelism {
			k.tasks = append(k.tasks, checkpoint.TaskID{Chain: c.ID, Subtask: s})
		}
	}
	return k
}

func fingerprintText(f plan.Fingerprint) json.RawMessage {
	text, err := json.Marshal(f)
	if err != nil {
		panic(err) // lines of text can be stored
	}
	return text
}

// begin says that an attempt runs.
func (k *keeper) begin(now time.Time) {
	k.given = map[asker][]connect.Split{}
	k.Start(now, k.tasks)
}

// gave notes a split that a source subtask was given.
func (k *keeper) gave(to asker, s connect.Split) {
	if k != nil {
		k.given[to] = append(k.given[to], s)
	}
}

// manifest makes the manifest of what the tasks have stored. left are the splits, by
// node, that were not handed out.
func (k *keeper) manifest(now time.Time, id int64, states []checkpoint.TaskState, left map[int][]connect.Split) *checkpoint.Manifest {
	m := &checkpoint.Manifest{
		Job: k.job, ID: id, At: now, Fingerprint: k.fingerprint, Sources: map[int][]connect.Split{}, Reading: map[int]int{},
	}
	for node, splits := range left {
		m.Sources[node] = slices.Clone(splits)
	}
	for _, t := range states {
		for _, r := range t.Reads {
			given := k.given[asker{r.Node, t.Subtask}]
			begun := min(r.Begun, len(given))
			// What it was given and has not begun comes behind what it reads.
			all := append(slices.Clone(r.Reading), given[begun:]...)
			m.Reading[r.Node] += len(r.Reading)
			m.Sources[r.Node] = append(all, m.Sources[r.Node]...)
		}
		t.Reads = nil
		m.Tasks = append(m.Tasks, t)
	}
	for _, splits := range m.Sources {
		slices.SortStableFunc(splits, func(a, b connect.Split) int { return cmp.Compare(b.Later, a.Later) })
	}
	return m
}

// carryOut makes actions of what the coordinator wants.
func (m *Master) carryOut(orders []checkpoint.Order) (actions []Action) {
	for _, o := range orders {
		switch {
		case o.Begin > 0:
			m.keeper.storing = nil
			actions = append(actions, m.all(Message{Kind: Barrier, Attempt: m.attempt, Checkpoint: o.Begin})...)
			m.beginning = o.Begin
		case o.Store != nil:
			m.keeper.storing = m.keeper.manifest(m.now, m.beginning, o.Store, m.splits)
			actions = append(actions, Action{Store: m.keeper.storing})
		case o.Complete > 0:
			m.keeper.last, m.keeper.storing = m.keeper.storing, nil
			actions = append(actions, m.all(Message{Kind: Complete, Attempt: m.attempt, Checkpoint: o.Complete})...)
			actions = append(actions, Action{Completed: m.keeper.last, Oldest: o.Oldest})
		case o.Failed != nil:
			actions = append(actions, Action{Warning: o.Failed})
		case o.Fatal != nil:
			actions = append(actions, m.fail(o.Fatal, false)...)
		}
	}
	return actions
}

// all sends a message to every worker.
func (m *Master) all(msg Message) (actions []Action) {
	for i := range m.workers {
		if !m.workers[i].lost {
			actions = append(actions, Action{To: i, Message: msg})
		}
	}
	return actions
}

// stored takes what a worker says of a checkpoint.
func (m *Master) stored(msg Message) []Action {
	if m.keeper == nil || m.phase != running {
		return nil
	}
	switch {
	case msg.Error != nil:
		return m.carryOut(m.keeper.Decline(m.now, msg.Stored.Checkpoint, msg.Error))
	case msg.Stored.Checkpoint == 0:
		return m.carryOut(m.keeper.End(msg.Stored.State))
	}
	return m.carryOut(m.keeper.Acknowledge(msg.Stored.Checkpoint, msg.Stored.State))
}

// checkpoints makes tasks take part in checkpoints; restore is the one they go on from, 0:
// none.
func (w *Worker) checkpoints(attempt int, restore int64) (*task.Checkpoints, error) {
	c := w.job.Checkpoints
	if c == nil {
		return nil, nil
	}
	storage := c.storage(w.host)
	t := &task.Checkpoints{
		Storage: storage, Loose: c.Settings.Loose,
		Name: func(id int64, t checkpoint.TaskID) string {
			if id == 0 {
				return endedName(w.job, attempt, t)
			}
			return fmt.Sprintf("%s/%d-%d.state", checkpoint.Dir(w.job.ID, id), t.Chain, t.Subtask)
		},
		Stored: func(id int64, s checkpoint.TaskState, err error) {
			w.send(Message{Kind: Stored, Attempt: attempt, Stored: &stored{id, s}, Error: asError(err)})
		},
	}
	if restore == 0 {
		return t, nil
	}
	m, err := checkpoint.Read(storage, w.job.ID, restore)
	if err != nil {
		return nil, err
	}
	t.Restored = checkpoint.NewRestored(storage, m)
	return t, nil
}

// endedName names the file of a task that has ended. No two attempts, of whatever run of the
// job, have one name: a manifest that has it is never wrong.
func endedName(job *JobSpec, attempt int, t checkpoint.TaskID) string {
	return fmt.Sprintf("%s%d-%d.state", endedPrefix(job, attempt), t.Chain, t.Subtask)
}

func endedPrefix(job *JobSpec, attempt int) string {
	return fmt.Sprintf("%s/%d-%d-", checkpoint.EndedDir(job.ID), job.Checkpoints.After, attempt)
}

// tellCheckpoint tells the tasks that a checkpoint begins, or is complete.
func (w *Worker) tellCheckpoint(m Message) {
	if m.Kind == Barrier {
		w.team.Trigger(m.Checkpoint)
	} else {
		w.team.Completed(m.Checkpoint)
	}
}

// resumed returns the checkpoint that the job goes on from, or nil, and the greatest number
// of one that there is. The job takes over its name.
func (j *run) resumed(job *JobSpec) (from *checkpoint.Manifest, last int64, err error) {
	if job.Checkpoints == nil {
		return nil, 0, nil
	}
	if !j.Resume {
		return nil, 0, nil
	}
	storage := job.Checkpoints.storage(j.Host)
	from, skipped, err := checkpoint.Latest(storage)
	if err != nil || from == nil {
		return nil, 0, errors.Join(append(skipped, err)...)
	}
	j.progress.Skipped = skipped
	var stored plan.Fingerprint
	if err := json.Unmarshal(from.Fingerprint, &stored); err != nil {
		return nil, 0, fmt.Errorf("checkpoint %d of job %s in %s: its fingerprint: %w", from.ID, from.Job, storage, err)
	}
	if err := j.Graph.Fingerprint().Differs(stored, "this program", "the program of the checkpoint"); err != nil {
		return nil, 0, fmt.Errorf("checkpoint %d of job %s in %s is that of another program: %w", from.ID, from.Job, storage, err)
	}
	all, err := checkpoint.List(storage)
	for _, f := range all {
		last = max(last, f.ID)
	}
	c := *job.Checkpoints
	c.After = last
	job.ID, job.Checkpoints, j.progress.Checkpoint = from.Job, &c, from.ID
	return from, last, err
}

// completed notes a checkpoint that counts and removes those before the oldest to keep.
func (j *run) completed(m *checkpoint.Manifest, oldest int64) {
	j.progress.Checkpoint = m.ID
	j.progress.Checkpoints++
	needed := map[string]bool{}
	for _, t := range m.Tasks {
		if t.File != nil {
			needed[t.File.Name] = true
		}
	}
	present := endedPrefix(&j.master.job, j.master.attempt)
	err := checkpoint.Drop(j.storage, j.id, func(id int64) bool { return id >= oldest }, func(name string) bool {
		return needed[name] || strings.HasPrefix(name, present) || oldest < m.ID // older ones may need it
	})
	if err != nil {
		j.progress.Skipped = append(j.progress.Skipped, fmt.Errorf("removing old checkpoints: %w", err))
	}
}

// forget removes the checkpoints of a job that has ended well.
func (j *run) forget() error {
	if j.storage == nil || j.Config.Checkpoints.Keep {
		return nil
	}
	nothing := func(int64) bool { return false }
	return checkpoint.Drop(j.storage, j.id, nothing, func(string) bool { return false })
}
