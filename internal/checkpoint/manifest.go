package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thalweg/thalweg/connect"
)

// Manifest is what a checkpoint consists of. Its file is JSON and, on a line of its own,
// the CRC-32C of that in hexadecimal.
//
// A job's files are
//
//	<job>/00000007/manifest      the checkpoint number 7
//	<job>/00000007/3-1.state     what subtask 1 of chain 3 held
//	<job>/ended/4-0-3-1.state    the same of one that has ended, in attempt 0 of a run of the
//	                             job that goes on from checkpoint 4
type Manifest struct {
	Version     int             `json:"version"`
	Job         string          `json:"job"`
	ID          int64           `json:"id"`
	At          time.Time       `json:"at"`
	Fingerprint json.RawMessage `json:"fingerprint"` // of the program

	Tasks   []TaskState             `json:"tasks"`
	Sources map[int][]connect.Split `json:"sources"` // by node: what is left to read
	Reading map[int]int             `json:"reading"` // by node: how many of these were being read
}

// TaskID names a task within an attempt.
type TaskID struct {
	Chain   int `json:"chain"`
	Subtask int `json:"subtask"`
}

// TaskState is what a checkpoint has of a task.
type TaskState struct {
	TaskID
	File  *File        `json:"file,omitempty"`  // nil: its operators remember nothing
	Nodes []NodeState  `json:"nodes"`           // the operators
	Reads []SourceRead `json:"reads,omitempty"` // of sources; in no manifest
	Ended bool         `json:"ended,omitempty"`
}

// NodeState is an operator in a task: how far event time had come at its input.
type NodeState struct {
	Node int   `json:"node"`
	Mark int64 `json:"mark"`
}

// SourceRead is how far a source subtask has come.
type SourceRead struct {
	Node    int             `json:"node"`
	Begun   int             `json:"begun"`             // of the splits it was given, in their order
	Reading []connect.Split `json:"reading,omitempty"` // of them, those that are not read to the end, with positions
}

const (
	manifestVersion = 1
	manifestName    = "manifest"
	mostManifest    = 256 << 20
)

// Dir returns where the files of a checkpoint are.
func Dir(job string, id int64) string { return fmt.Sprintf("%s/%08d", job, id) }

// EndedDir returns where the files of tasks are that have ended.
func EndedDir(job string) string { return job + "/ended" }

// Write stores the manifest: from then on the checkpoint is there.
func (m *Manifest) Write(s Storage) error {
	name := Dir(m.Job, m.ID) + "/" + manifestName
	m.Version = manifestVersion
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	w, err := s.Create(name)
	if err == nil {
		defer w.Abort()
		_, err = fmt.Fprintf(w, "%s\n%08x\n", text, crc32.Checksum(text, castagnoli))
	}
	if err == nil {
		err = w.Commit()
	}
	if err != nil {
		return fmt.Errorf("checkpoint: writing the file %s to %s: %w", name, s, err)
	}
	return nil
}

// Read reads the manifest of a checkpoint.
func Read(s Storage, job string, id int64) (*Manifest, error) {
	name := Dir(job, id) + "/" + manifestName
	broken := func(err error) (*Manifest, error) {
		return nil, fmt.Errorf("checkpoint: the file %s in %s: %w", name, s, err)
	}
	in, err := s.Open(name)
	if err != nil {
		return broken(err)
	}
	defer func() { _ = in.Close() }()
	b, err := io.ReadAll(io.LimitReader(in, mostManifest))
	if err != nil {
		return broken(err)
	}
	text, sum, ok := bytes.Cut(b, []byte("\n"))
	if !ok || string(sum) != fmt.Sprintf("%08x\n", crc32.Checksum(text, castagnoli)) {
		return broken(errors.New("it is cut or damaged: its checksum is wrong"))
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return broken(fmt.Errorf("it is no manifest: %w", err))
	}
	if m.Version != manifestVersion {
		return broken(fmt.Errorf("it has version %d, this release knows %d", m.Version, manifestVersion))
	}
	if m.Job != job || m.ID != id {
		return broken(fmt.Errorf("it is that of checkpoint %d of job %s", m.ID, m.Job))
	}
	return m, nil
}

// Found is a checkpoint that is complete.
type Found struct {
	Job string
	ID  int64
}

// List returns the complete checkpoints of all jobs, the newest of each job last.
func List(s Storage) ([]Found, error) {
	names, err := s.List("")
	if err != nil {
		return nil, fmt.Errorf("checkpoint: listing %s: %w", s, err)
	}
	var all []Found
	for _, name := range names {
		if dir, file := path.Split(name); file == manifestName {
			job, number, _ := strings.Cut(strings.TrimSuffix(dir, "/"), "/")
			if id, err := strconv.ParseInt(number, 10, 64); err == nil {
				all = append(all, Found{job, id})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int {
		if a.Job == b.Job {
			return int(a.ID - b.ID)
		}
		return strings.Compare(a.Job, b.Job)
	})
	return all, nil
}

// Latest returns the manifest that was written last, of those that can be read: one that
// is damaged gives way to the one before it, and says so in skipped. Without any the
// manifest is nil.
func Latest(s Storage) (m *Manifest, skipped []error, err error) {
	all, err := List(s)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range all {
		next, err := Read(s, f.Job, f.ID)
		if err == nil {
			err = next.Check(s)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist) && next == nil:
			continue // it has been dropped meanwhile
		case err != nil:
			skipped = append(skipped, err)
		case m == nil || next.At.After(m.At):
			m = next
		}
	}
	return m, skipped, nil
}

// Check makes sure that all files of the checkpoint are there and are those that belong to
// it. It reads their indexes only.
func (m *Manifest) Check(s Storage) error {
	for _, t := range m.Tasks {
		if t.File == nil {
			continue
		}
		r, err := openFile(s, *t.File)
		if err != nil {
			return err
		}
		if err := r.close(); err != nil {
			return fmt.Errorf("checkpoint: the file %s: %w", t.File.Name, err)
		}
	}
	return nil
}

// Drop removes the checkpoints of a job that are not to be kept, whether they are complete
// or not, manifests first. What cannot be removed is left, and is tried again next time.
func Drop(s Storage, job string, keep func(id int64) bool, ended func(name string) bool) error {
	names, err := s.List(job + "/")
	if err != nil {
		return fmt.Errorf("checkpoint: listing %s: %w", s, err)
	}
	goes := func(name string) bool {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, job+"/"), "/")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return !ended(name)
		}
		return !keep(id)
	}
	var errs []error
	for _, manifests := range []bool{true, false} {
		for _, name := range names {
			if goes(name) && (path.Base(name) == manifestName) == manifests {
				errs = append(errs, s.Remove(name))
			}
		}
	}
	return errors.Join(errs...)
}
