package stream

import (
	"errors"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/types"
)

// Windows is a stream, or each key of one, that is cut into windows by policies; see
// package policy. What is done with the records of windows gives records of the same
// windows, until [Windows.Flatten] makes a stream of them.
//
//	latest := clicks.Window(policy.Time(5*time.Second)).Every(policy.Time(time.Second))
//	stream.GroupBy(latest, page).Aggregate(agg.Sum(count)).Flatten()
//
// Windows of a whole stream are made in one subtask, see [Windows.Local]. They are of event
// time if the stream has it: records join them in the order of their times, once the
// watermark has passed them. Else they are of the engine's clock.
//
// When the stream ends, windows that have a record that was in no firing yet fire: at their
// next boundary if they are of event time and have a trigger by time, else as they are. They
// may have other records that were.
type Windows[T any] struct {
	cut
	detail []string // of what was done with the records
	make   func(cut) step.PolicyWindows[T]
	raw    func(cut) step.PolicyCut[T] // of windows whose records nothing was done with; else nil
}

// cut is how windows are cut, whatever becomes of their records.
type cut struct {
	graph     *plan.Graph
	input     plan.Input // of windows that are made in every subtask
	one       plan.Input // of those of the whole stream; nil: they are of keys
	key       []string   // what plans say of the key
	timed     bool
	evictions []policy.Policy
	triggers  []policy.Policy
	clock     bool
	empty     bool
	fired     bool // there are triggers
	wrong     bool // a mistake was noted
	verify    func(c *cut, whole bool)
}

// Window cuts the whole stream into windows. The policies given say which records a window
// lets go; of several, the one counts that lets most go. Every says when windows fire.
// Without it, the policies given say that, and a window lets go all that was fired, or, if
// there is one policy and it is [policy.Time], what is older than that.
func (d *DataStream[T]) Window(policies ...policy.Policy) *Windows[T] {
	key := skin.KeyFunc(d.flow.Graph, func(T) struct{} { return struct{}{} })
	c := cut{graph: d.flow.Graph, input: d.flow.Input, one: d.Global().flow.Input, timed: d.flow.Input.Timed(), evictions: policies}
	return windowsBy(key, c)
}

// Every cuts the whole stream into windows that let nothing go; it is Window with
// [policy.FullStream].
func (d *DataStream[T]) Every(triggers ...policy.Policy) *Windows[T] {
	return d.Window(policy.FullStream()).Every(triggers...)
}

// WindowBy cuts the records of each key into windows of their own, by policies that know of
// no other key; see [DataStream.Window]. Time is the same for all keys.
func (k *Keyed[T, K]) WindowBy(policies ...policy.Policy) *Windows[T] {
	f := k.keyed.Flow
	return windowsBy(k.keyed.Key, cut{graph: f.Graph, input: hashed(k), key: k.keyed.Detail(), timed: f.Input.Timed(), evictions: policies})
}

func windowsBy[T any, K comparable](key *types.Key[T, K], c cut) *Windows[T] {
	rows := skin.TypeOf[T](c.graph)
	c.verify = func(c *cut, whole bool) {
		if _, err := policiesOf[T](c, whole); err != nil && !c.wrong {
			c.wrong = true
			skin.Mistake(c.graph, err)
		}
	}
	c.verify(&c, false)
	raw := func(c cut) step.PolicyCut[T] {
		c.verify(&c, true)
		p, _ := policiesOf[T](&c, true)
		return step.CutPolicies(key, p, c.timed && !c.clock, rows)
	}
	return &Windows[T]{cut: c, raw: raw, make: func(c cut) step.PolicyWindows[T] { return step.CutWindows(raw(c)) }}
}

// policiesOf returns the policies for records T, or what is wrong with them. They are whole
// when no Every can follow.
func policiesOf[T any](c *cut, whole bool) (windowing.Policies[T], error) {
	p := windowing.Policies[T]{Empty: c.empty}
	evictions, triggers := c.evictions, c.triggers
	switch {
	case len(evictions) == 0 || c.fired && len(triggers) == 0:
		return p, errors.New("windows need a policy")
	case !c.fired && whole:
		triggers = evictions
		if len(evictions) > 1 || !evictions[0].IsTime() {
			evictions = []policy.Policy{policy.Tumbling()}
		}
	case !c.fired:
		triggers = []policy.Policy{policy.Count(1)} // until there are others
	}
	for _, t := range triggers {
		of, err := policy.For[T](t)
		if err != nil {
			return p, err
		}
		if t.IsFullStream() {
			return p, errors.New("the full stream never fires: give windows a trigger, with Every")
		}
		p.Triggers = append(p.Triggers, of)
	}
	for _, e := range evictions {
		of, err := policy.For[T](e)
		if err != nil {
			return p, err
		}
		if !e.IsFullStream() {
			p.Evictions = append(p.Evictions, of)
		}
	}
	return p, p.Validate()
}

// change returns the same windows with other behaviour. It comes before anything is done
// with their records.
func (w *Windows[T]) change(how func(*cut)) *Windows[T] {
	other := *w
	how(&other.cut)
	other.verify(&other.cut, false)
	return &other
}

// Every returns the same windows, which fire when any of the triggers does. It is said once.
func (w *Windows[T]) Every(triggers ...policy.Policy) *Windows[T] {
	if w.fired {
		skin.Mistake(w.graph, errors.New("Every is said of these windows already: give it all triggers at once"))
	}
	return w.change(func(c *cut) { c.triggers, c.fired = triggers, true })
}

// ByClock returns the same windows by the engine's clock, though the stream has event times.
func (w *Windows[T]) ByClock() *Windows[T] { return w.change(func(c *cut) { c.clock = true }) }

// Empty returns the same windows, which fire without records, too, from the first record on.
func (w *Windows[T]) Empty() *Windows[T] { return w.change(func(c *cut) { c.empty = true }) }

// Local returns windows of each subtask's part of the stream, made in as many subtasks as
// the operators before: 100 records of each where the windows of the stream had 100.
func (w *Windows[T]) Local() *Windows[T] {
	if w.one == nil {
		skin.Mistake(w.graph, errors.New("windows of keys are made in all subtasks as it is"))
	}
	return w.change(func(c *cut) { c.one = nil })
}

// describe describes how the windows are cut in plans.
func (c *cut) describe() []string {
	all := slices.Concat(c.key, []string{policyNames(c.evictions)})
	if c.fired {
		all = append(all, "every "+policyNames(c.triggers))
	}
	if c.clock && c.timed {
		all = append(all, "by the clock")
	}
	return all
}

func policyNames(list []policy.Policy) string {
	all := make([]string, len(list))
	for i, p := range list {
		all[i] = p.String()
	}
	return strings.Join(all, " and ")
}

// windowsNode adds the operator of windows and of all that is done with their records.
func windowsNode[O, T any](w *Windows[T], f func(step.PolicyWindows[T]) operator.Factory) *DataStream[O] {
	node := skin.Node{Kind: "windows", Time: plan.NoTimes, Detail: append(w.describe(), w.detail...), Factory: f(w.make(w.cut)), Memory: skin.LargeMemory}
	if w.timed && !w.clock {
		node.Time = plan.SetTimes
	}
	if w.one == nil {
		return of(skin.Add[O](w.graph, node, w.input))
	}
	return of(skin.Add[O](w.graph, node, w.one)).WithParallelism(1)
}

// through does something with the records of each firing.
func through[T, O any](w *Windows[T], detail []string, open step.Open[func(step.PolicyFiring[T], func(O))]) *Windows[O] {
	return &Windows[O]{cut: w.cut, detail: slices.Concat(w.detail, detail), make: func(c cut) step.PolicyWindows[O] {
		return step.Through(w.make(c), open)
	}}
}

// Flatten returns the records of the windows that fire, firing after firing.
func (w *Windows[T]) Flatten() *DataStream[T] { return windowsNode[T](w, step.Flatten[T]) }

// WindowFiring is one firing of windows: its moment, and the records it has.
type WindowFiring[T any] = step.PolicyFiring[T]

// Firings returns a record for each firing, which has all records of the window.
func Firings[T any](w *Windows[T]) *DataStream[WindowFiring[T]] {
	return windowsNode[WindowFiring[T]](w, step.Gathered[T])
}

// MapWindows gives the records of each firing to a function; what that emits are the records
// of the window from there on.
func MapWindows[T, O any](w *Windows[T], f func(WindowFiring[T], func(O))) *Windows[O] {
	skin.CheckFunctions(w.graph, f)
	return through(w, []string{"map"}, step.Plain(f))
}

// Reduce joins the records of each firing into one, two at a time, in their order.
func (w *Windows[T]) Reduce(f func(a, b T) T) *Windows[T] {
	skin.CheckFunctions(w.graph, f)
	return through(w, []string{"reduce"}, step.Plain(func(in step.PolicyFiring[T], emit func(T)) {
		if len(in.Rows) > 0 {
			emit(reduceRows(in.Rows, f))
		}
	}))
}

func reduceRows[T any](rows []T, f func(a, b T) T) T {
	value := rows[0]
	for _, row := range rows[1:] {
		value = f(value, row)
	}
	return value
}

// FoldWindows takes a value through the records of each firing, in their order: it begins
// with what init returns.
func FoldWindows[T, R any](w *Windows[T], init func() R, f func(value R, record T) R) *Windows[R] {
	skin.CheckFunctions(w.graph, init, f)
	return through(w, []string{"fold"}, step.Plain(func(in step.PolicyFiring[T], emit func(R)) {
		emit(foldRows(in.Rows, init, f))
	}))
}

func foldRows[T, R any](rows []T, init func() R, f func(value R, record T) R) R {
	value := init()
	for _, row := range rows {
		value = f(value, row)
	}
	return value
}

// Aggregate computes aggregates of each firing. Right behind the windows it costs what comes
// and goes, not what is in them: sums of floating point numbers may differ in their last bits
// from those that are made one by one.
func (w *Windows[T]) Aggregate(list ...agg.Aggregate[T, T]) *Windows[T] {
	return AggregateWindowsInto(w, list...)
}

// AggregateWindowsInto is Aggregate with results of another type.
func AggregateWindowsInto[T, R any](w *Windows[T], list ...agg.Aggregate[T, R]) *Windows[R] {
	program := skin.Program(w.graph, list)
	if w.raw != nil {
		return &Windows[R]{cut: w.cut, detail: describe(list), make: func(c cut) step.PolicyWindows[R] {
			return step.AggregateCut(w.raw(c), program)
		}}
	}
	each := step.AggregateRows(program)
	return through(w, describe(list), step.Plain(func(f step.PolicyFiring[T], emit func(R)) { each(f.Rows, emit) }))
}

// WindowGroups is windows whose records are grouped by a key within each firing.
type WindowGroups[T any, K comparable] struct {
	windows *Windows[T]
	key     *types.Key[T, K]
}

// GroupBy groups the records of each firing by the field that key, a field reference, refers
// to. The windows stay those of the whole stream: [Keyed.WindowBy] is for windows of keys.
func GroupBy[T any, K comparable](w *Windows[T], key func(*T) *K) *WindowGroups[T, K] {
	return &WindowGroups[T, K]{w, skin.Key(w.graph, key)}
}

// GroupByFunc is GroupBy with a computed key.
func GroupByFunc[T any, K comparable](w *Windows[T], key func(T) K) *WindowGroups[T, K] {
	return &WindowGroups[T, K]{w, skin.KeyFunc(w.graph, key)}
}

func (g *WindowGroups[T, K]) detail(more ...string) []string {
	return append([]string{"by " + skin.KeyName(g.key)}, more...)
}

// Aggregate computes aggregates for each key in a firing, in the order in which keys come up
// in it.
func (g *WindowGroups[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *Windows[T] {
	return AggregateGroupsInto(g, list...)
}

// AggregateGroupsInto is Aggregate with results of another type.
func AggregateGroupsInto[T any, K comparable, R any](g *WindowGroups[T, K], list ...agg.Aggregate[T, R]) *Windows[R] {
	return through(g.windows, g.detail(describe(list)...), step.AggregateEach(g.key, skin.Program(g.windows.graph, list)))
}

// WindowGroup is the records that one firing has of a key.
type WindowGroup[T, K any] = step.PolicyGroup[T, K]

// MapGroups gives the records of each key in a firing to a function; what that emits are the
// records of the window from there on.
func MapGroups[T any, K comparable, O any](g *WindowGroups[T, K], f func(WindowGroup[T, K], func(O))) *Windows[O] {
	skin.CheckFunctions(g.windows.graph, f)
	return through(g.windows, g.detail("map"), step.ByKey(g.key, step.Plain(f)))
}

// Reduce joins the records of each key in a firing into one, two at a time, in their order.
func (g *WindowGroups[T, K]) Reduce(f func(a, b T) T) *Windows[T] {
	skin.CheckFunctions(g.windows.graph, f)
	return through(g.windows, g.detail("reduce"), step.ByKey(g.key, step.Plain(func(in step.PolicyGroup[T, K], emit func(T)) {
		emit(reduceRows(in.Rows, f))
	})))
}

// FoldGroups takes a value through the records of each key in a firing, in their order.
func FoldGroups[T any, K comparable, R any](g *WindowGroups[T, K], init func() R, f func(value R, record T) R) *Windows[R] {
	skin.CheckFunctions(g.windows.graph, init, f)
	return through(g.windows, g.detail("fold"), step.ByKey(g.key, step.Plain(func(in step.PolicyGroup[T, K], emit func(R)) {
		emit(foldRows(in.Rows, init, f))
	})))
}
