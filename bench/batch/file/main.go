// File has the programs of bench/batch that sort a file: ours, and one that only moves
// the bytes as often as a sort must.
package main

import (
	"os"
	"runtime/debug"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/batch"
	"github.com/thalweg/thalweg/bench/batch/side"
)

// Line is a record. It is no text and ends with no line break.
type Line struct {
	Key  [10]byte
	Rest [90]byte
}

func lineKey(l *Line) *[10]byte { return &l.Key }

func main() { side.Serve(map[string]side.Loader{"file-sort": load}) }

// load has nothing to load. What others have written is on the disk before the clock
// starts.
func load(j side.Job) (map[string]side.Program, error) {
	settle()
	if err := os.MkdirAll(j.Output(), 0o755); err != nil {
		return nil, err
	}
	done := side.Result{Rows: j.Lines(), Check: func() []string { return nil }}
	if j.Engine == side.Floor {
		return j.Only(func() (side.Result, error) { return done, moveAll(j) })
	}
	// The program itself and what waits for the collector need room beside the budget.
	debug.SetMemoryLimit(int64(j.SortMemory) << 20 / 10 * 9)
	return j.Only(func() (side.Result, error) {
		return done, j.Execute(j.SortMemory*2/3, func(env *thalweg.Environment) error {
			lines := batch.Read[Line](env, lineSource{j.Input(), false})
			sample := batch.Read[Line](env, lineSource{j.Input(), true})
			sorted := batch.SortBySample(lines, sample, batch.Asc(lineKey))
			batch.Write(sorted, lineSink(j.Output()))
			return nil
		})
	})
}
