package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
)

// elementwise are the kinds of operators that make their output of one record at a time.
var elementwise = []string{"map", "project", "filter", "flatMap", "input", "range"}

// derive makes the trial of the nodes that a job uses.
func (s *survey) derive(used []*plan.Node) {
	copies := map[*plan.Node]*plan.Node{}
	watch := map[*plan.Node]*watched{}
	for _, n := range used {
		var w *watched
		if n.Source != nil {
			w = s.deriveSource(n)
		} else if above := alone(n, watch); above != nil {
			w = &watched{node: n, source: above.source, above: above}
			if from := copies[above.node]; from != nil {
				copies[n] = s.trial.Add(&plan.Node{
					Kind: n.Kind, Name: n.Name, Site: n.Site, Parallelism: 1, Outputs: n.Outputs,
					Inputs:  []plan.Input{{{From: from}}},
					Factory: s.shield(w, n.Factory, above.node.Outputs[0]),
				})
			}
		}
		if w == nil {
			continue
		}
		if n.Source != nil && w.source.trial != nil {
			copies[n] = s.trial.Add(w.source.trial)
		}
		watch[n] = w
		s.watched = append(s.watched, w)
		if from := copies[n]; from != nil {
			w.keys = keysOf(n, used)
			s.trial.Add(&plan.Node{
				Kind: "observe", Parallelism: 1, Inputs: []plan.Input{{{From: from}}},
				Factory: observer(w, n.Outputs[0]),
			})
		}
	}
}

// alone returns what is above a node that takes single records from one other node that
// is looked at, else nil.
func alone(n *plan.Node, watch map[*plan.Node]*watched) *watched {
	if !slices.Contains(elementwise, n.Kind) || n.Factory == nil || n.Client || len(n.Outputs) != 1 ||
		len(n.Broadcasts) > 0 || len(n.Inputs) != 1 || len(n.Inputs[0]) != 1 || n.Inputs[0][0].Port != 0 {
		return nil
	}
	return watch[n.Inputs[0][0].From]
}

// keysOf returns the fields of a node's records that others take them together by, each
// once.
func keysOf(n *plan.Node, used []*plan.Node) (keys []*keyCount) {
	for _, user := range used {
		for i, in := range user.Inputs {
			if i >= len(user.Known.Keys) || !slices.ContainsFunc(in, func(e plan.Edge) bool { return e.From == n && e.Port == 0 }) {
				continue
			}
			key := user.Known.Keys[i]
			if key.Field && key.Hash != nil && !slices.ContainsFunc(keys, func(k *keyCount) bool { return k.key.Path == key.Path }) {
				keys = append(keys, newKeyCount(key))
			}
		}
	}
	return keys
}

// deriveSource asks a source for its size and the places of its sample.
func (s *survey) deriveSource(n *plan.Node) *watched {
	if n.Unbounded {
		return nil
	}
	src := &source{size: connect.Size{Records: -1, Bytes: -1}}
	s.sources = append(s.sources, src)
	w := &watched{node: n, source: src}
	c := listing{s.ctx, s.host.Files()}
	if n.Source.Size != nil {
		size, err := caught(func() (connect.Size, error) { return n.Source.Size(c) })
		if err != nil {
			return w
		}
		src.size = size
	}
	if n.Source.Sample == nil {
		return w
	}
	var sample plan.Sample
	places, err := caught(func() ([]connect.Split, error) {
		sample = n.Source.Sample(s.settings.Places)
		return sample.Splits(c)
	})
	if err != nil {
		return w
	}
	src.places = places
	src.trial = &plan.Node{
		Kind: n.Kind, Name: n.Name, Site: n.Site, Parallelism: 1, Outputs: n.Outputs,
		Factory: sample.Factory, Source: &plan.Source{Splits: sample.Splits, Budget: -1},
	}
	return w
}

// listing is the connect.SplitContext of a survey.
type listing struct {
	context.Context
	files connect.Files
}

func (l listing) Parallelism() int     { return 1 }
func (l listing) Files() connect.Files { return l.files }

// caught calls f and makes an error of a panic.
func caught[V any](f func() (V, error)) (v V, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// try runs a step of the node's operator. If it fails, the node gets no more records, as
// does nobody behind it.
func (w *watched) try(f func() error) error {
	_, err := caught(func() (struct{}, error) { return struct{}{}, f() })
	if err != nil && !errors.Is(err, operator.ErrDone) {
		w.failed = true
		err = operator.ErrDone
	}
	return err
}

// shield keeps the failures of an operator to itself.
func (s *survey) shield(w *watched, factory operator.Factory, input operator.Element) operator.Factory {
	return func(wiring operator.Wiring) (instance operator.Instance, _ error) {
		deliver := func(operator.Carrier) error { return nil }
		_ = w.try(func() (err error) {
			if instance, err = factory(wiring); err == nil {
				deliver = input.Deliver(instance.Inputs[0], nil)
			}
			return err
		})
		take := func(rows operator.Carrier) error {
			if !w.failed && s.late(w.source) {
				w.cut = true
			}
			if w.failed || w.cut {
				return operator.ErrDone
			}
			w.given += int64(rows.Len())
			return s.timed(w.source, func() error {
				return w.try(func() error { return deliver(rows) })
			})
		}
		return operator.Instance{Inputs: []any{input.Take(take, nil)}, Body: shielded{w, instance.Body}}, nil
	}
}

// shielded is the body of an operator whose failures are kept. It has all that the kinds
// of operators here may have.
type shielded struct {
	w    *watched
	body any
}

func (s shielded) step(f func() error) error {
	if !s.w.failed {
		_ = s.w.try(f)
	}
	return nil
}

// Open implements operator.Opener.
func (s shielded) Open() error {
	if o, ok := s.body.(operator.Opener); ok {
		return s.step(o.Open)
	}
	return nil
}

// Flush implements operator.Flusher.
func (s shielded) Flush() error {
	if f, ok := s.body.(operator.Flusher); ok {
		return s.step(f.Flush)
	}
	return nil
}

// Finish implements operator.Finisher.
func (s shielded) Finish() error {
	if f, ok := s.body.(operator.Finisher); ok {
		return s.step(f.Finish)
	}
	return nil
}

// Close implements operator.Closer, also after a failure.
func (s shielded) Close(complete bool) error {
	if c, ok := s.body.(operator.Closer); ok {
		_ = s.w.try(func() error { return c.Close(complete && !s.w.failed) })
	}
	return nil
}
