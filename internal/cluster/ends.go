package cluster

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// named calls a source or a sink outside of any task. Its error, or its panic,
// which must not take the caller's process along, names the operator.
func named(n *plan.Node, f func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("%w\n%s", &operator.Panic{Value: caught}, debug.Stack())
		}
		if err != nil {
			err = fmt.Errorf("%s (%s): %w", n.Name, n.Site, err)
		}
	}()
	return f()
}

// listSplits lists what there is to read.
func (j *run) listSplits(job JobSpec) (splits map[int][]connect.Split, budgets map[int]Budget, err error) {
	splits, budgets = map[int][]connect.Split{}, map[int]Budget{}
	j.progress.InputSize = map[int]int64{}
	for _, n := range j.plan.Sources() {
		var list []connect.Split
		err := named(n, func() (err error) {
			list, err = j.plan.Splits(n)(splitContext{j.ctx, j.Host, j.plan.ParallelismOf(n)})
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		splits[n.ID] = list
		budgets[n.ID] = Budget{Source: fmt.Sprintf("%s (%s)", n.Name, n.Site), Limit: n.Source.Budget}
		total, known := int64(0), true
		for _, s := range list {
			total += s.Size
			known = known && s.Size > 0
		}
		if known && !n.Unbounded {
			j.progress.InputSize[n.ID] = total
		}
	}
	if j.Quarantine != nil {
		j.Quarantine.limits(j.plan, budgets)
	}
	return splits, budgets, nil
}

// prepare prepares sinks, and takes note of those that were.
func (j *run) prepare(sinks []*plan.Node) error {
	for _, n := range sinks {
		if err := j.sink(n, n.Sink.Prepare); err != nil {
			return err
		}
		j.sinks = append(j.sinks, n)
	}
	return nil
}

// sink calls one of a sink's functions, if it has it.
func (j *run) sink(n *plan.Node, f func(connect.CommitContext) error) error {
	if f == nil {
		return nil
	}
	return named(n, func() error { return f(j.commitContext(n)) })
}

// reset lets sinks begin anew.
func (j *run) reset(nodes []int) error {
	var again []*plan.Node
	for _, n := range j.plan.Sinks() {
		if slices.Contains(nodes, n.ID) {
			again = append(again, n)
		}
	}
	for _, n := range again {
		j.sinks = slices.DeleteFunc(j.sinks, func(s *plan.Node) bool { return s == n })
		if err := j.sink(n, n.Sink.Abort); err != nil {
			return err
		}
	}
	return j.prepare(again)
}

// settle publishes the output of a job that went well and removes that of one
// that did not. What a sink has not been able to publish is removed, too.
func (j *run) settle(failure error) error {
	var errs []error
	try := func(n *plan.Node, f func(connect.CommitContext) error) (ok bool) {
		err := j.sink(n, f)
		if err != nil {
			errs = append(errs, err)
		}
		return err == nil
	}
	for _, n := range j.sinks {
		if failure != nil || len(errs) > 0 || !try(n, n.Sink.Commit) {
			try(n, n.Sink.Abort)
		}
	}
	return errors.Join(errs...)
}

func (j *run) commitContext(n *plan.Node) commitContext {
	// A cancelled job still cleans up.
	return commitContext{context.WithoutCancel(j.ctx), j.Host, j.plan.ParallelismOf(n), j.id}
}

type splitContext struct {
	context.Context
	host        host.Host
	parallelism int
}

func (c splitContext) Parallelism() int     { return c.parallelism }
func (c splitContext) Files() connect.Files { return c.host.Files() }

type commitContext struct {
	context.Context
	host        host.Host
	parallelism int
	job         string
}

func (c commitContext) Parallelism() int     { return c.parallelism }
func (c commitContext) Files() connect.Files { return c.host.Files() }
func (c commitContext) Job() string          { return c.job }
