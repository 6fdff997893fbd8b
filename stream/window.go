package stream

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/policy"
	"github.com/thalweg/thalweg/types"
	"github.com/thalweg/thalweg/window"
)

// Windowed is a keyed stream that is cut into windows of time. When a window is
// complete it emits one result for each key it has seen; when the stream ends, the
// windows that are still open do.
//
// If the stream has event times, see [AssignTime], a record belongs to the windows of
// its time, which are complete when the watermark has come to their ends. Else windows
// are of the engine's clock, and a record belongs to those that are open when it
// arrives.
type Windowed[T any, K comparable] struct {
	keyed skin.Keyed[T, K]
	gap   func(*T) time.Duration // of sessions with gaps of their own
	late  *Side[T]
	behaviour
}

// behaviour is how windows behave, whatever is in them.
type behaviour struct {
	assigner window.Assigner
	clock    bool // they are of the clock, though there may be event times
	general  bool // they fire as a trigger says
	trigger  window.Trigger
	lateness time.Duration
	discard  bool
	before   []policy.Policy // what lets records go before a firing
	after    []policy.Policy // and after it
}

// behave returns the usual behaviour of an assigner's windows.
func behave(g *plan.Graph, assigner window.Assigner, timed bool) behaviour {
	if err := assigner.Validate(); err != nil {
		skin.Mistake(g, err)
	}
	b := behaviour{assigner: assigner, clock: !timed, general: !assigner.Aligned()}
	if n, slide := assigner.Records(), assigner.After(); slide > 0 {
		b.trigger, b.before = window.Repeat(window.Any(window.AfterCount(slide), window.AtEnd())), []policy.Policy{policy.Count(n)}
	} else if n > 0 {
		b.trigger, b.discard = window.Repeat(window.Any(window.AfterCount(n), window.AtEnd())), true
	}
	return b
}

// Window cuts the stream into windows.
func (k *Keyed[T, K]) Window(assigner window.Assigner) *Windowed[T, K] {
	return &Windowed[T, K]{keyed: k.keyed, behaviour: behave(k.keyed.Graph, assigner, k.keyed.Input.Timed())}
}

// SessionWindow cuts the stream into sessions like [window.Session], each record with a
// gap of its own: the session lasts until no record has come for the gap of any of its
// records. A gap that is not positive fails the job.
func SessionWindow[T any, K comparable](k *Keyed[T, K], gap func(T) time.Duration) *Windowed[T, K] {
	skin.CheckFunctions(k.keyed.Graph, gap)
	w := k.Window(window.Session(1))
	w.gap = func(row *T) time.Duration { return gap(*row) }
	return w
}

// Trigger returns the same windows, which fire as t says. At the end of the input all
// windows are complete.
func (w *Windowed[T, K]) Trigger(t window.Trigger) *Windowed[T, K] {
	if err := windowing.CheckTrigger[T](t); err != nil {
		skin.Mistake(w.keyed.Graph, err)
	}
	other := *w
	other.trigger, other.general = t, true
	return &other
}

// Lateness returns the same windows, which are kept for d after they were complete:
// records that come meanwhile are part of them, and make them fire again, unless their
// trigger says otherwise.
func (w *Windowed[T, K]) Lateness(d time.Duration) *Windowed[T, K] {
	if d < 0 || w.clock {
		skin.Mistake(w.keyed.Graph, errors.New("lateness is for windows of event time, and cannot be negative"))
	}
	other := *w
	other.lateness, other.general = d, true
	return &other
}

// Discarding returns the same windows, of which each firing takes away what it gives:
// a record is in one firing of a window only. Otherwise a firing gives all that the
// window has had.
func (w *Windowed[T, K]) Discarding() *Windowed[T, K] {
	other := *w
	other.discard, other.general = true, true
	return &other
}

// Evict returns the same windows, which let records go each time before they fire, for good:
// with [policy.Count], all but the latest ones; with [policy.Time], those that are so much
// older than the newest; with [policy.Delta], those that are as far from the last one to come
// as the threshold, or farther. Of several, one after the other. Such windows keep all their
// records.
func (w *Windowed[T, K]) Evict(evictions ...policy.Policy) *Windowed[T, K] {
	return w.evicting(evictions, func(b *behaviour, all []policy.Policy) {
		b.before = append(b.before[:len(b.before):len(b.before)], all...)
	})
}

// EvictAfter is Evict each time after they have fired.
func (w *Windowed[T, K]) EvictAfter(evictions ...policy.Policy) *Windowed[T, K] {
	return w.evicting(evictions, func(b *behaviour, all []policy.Policy) { b.after = append(b.after[:len(b.after):len(b.after)], all...) })
}

func (w *Windowed[T, K]) evicting(evictions []policy.Policy, add func(*behaviour, []policy.Policy)) *Windowed[T, K] {
	if _, err := evictionsOf[T](evictions); err != nil {
		skin.Mistake(w.keyed.Graph, err)
		return w
	}
	other := *w
	other.general = true
	add(&other.behaviour, evictions)
	return &other
}

// evictionsOf returns evictions for records T.
func evictionsOf[T any](list []policy.Policy) (all []windowing.Policy[T], err error) {
	for _, p := range list {
		of, err := policy.For[T](p)
		switch of.Kind {
		case windowing.ByTime, windowing.ByCount, windowing.ByDelta:
			if err == nil {
				one := windowing.Policy[T]{Kind: windowing.ByCount, N: 1}
				err = (&windowing.Policies[T]{Triggers: []windowing.Policy[T]{one}, Evictions: []windowing.Policy[T]{of}}).Validate()
			}
		default:
			if err == nil {
				err = fmt.Errorf("%s: windows are evicted by a count, a time or a delta", p)
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

// ByClock returns the same windows by the engine's clock, though the stream has event
// times.
func (w *Windowed[T, K]) ByClock() *Windowed[T, K] {
	other := *w
	other.clock = true
	return &other
}

// LateTo returns the same windows with a side output for records that no window takes:
// those that come when all of their windows are complete and, if they have a lateness,
// forgotten, and those of windows whose trigger is over. Without it they are counted as
// late and dropped.
func (w *Windowed[T, K]) LateTo(side *Side[T]) *Windowed[T, K] {
	other := *w
	other.late = side
	return &other
}

// Aggregate computes aggregates for each key and window.
func (w *Windowed[T, K]) Aggregate(list ...agg.Aggregate[T, T]) *DataStream[window.Result[T]] {
	return AggregateWindowInto(w, list...)
}

// AggregateWindowInto is Aggregate with results of another type.
func AggregateWindowInto[T any, K comparable, R any](w *Windowed[T, K], list ...agg.Aggregate[T, R]) *DataStream[window.Result[R]] {
	p := skin.Program(w.keyed.Graph, list)
	if w.evicts() {
		each := step.AggregateRows(p)
		return evictedNode(w, "window aggregate", describe(list), func(f Firing[T, K], emit func(window.Result[R])) {
			each(f.Rows, func(r R) { emit(window.Result[R]{Window: f.Window, Value: r}) })
		})
	}
	if w.general {
		return triggeredNode[window.Result[R]](w, "window aggregate", describe(list), step.TriggeredAggregate(w.keyed.Key, w.windows(), p))
	}
	f := step.WindowAggregate(w.keyed.Key, w.assigner, !w.clock, p)
	if in := w.keyed.Input; w.clock || len(in) != 1 || in[0].Ship != operator.Forward || slices.ContainsFunc(list, agg.Aggregate[T, R].Ordered) {
		return windowNode[window.Result[R]](w, "window aggregate", describe(list), f)
	}
	rest, parts := hotKeys(w.keyed, w.assigner, p)
	return windowsOn[window.Result[R]](w, "window aggregate", describe(list), f, 0, rest, parts)
}

// hotKeys adds, before the exchange to an aggregation of windows, what takes hot keys
// together. It stands beside the operator before it, if that is one. It returns the inputs
// of the aggregation.
func hotKeys[T any, K comparable, R any](in skin.Keyed[T, K], assigner window.Assigner, p *agg.Program[T, R]) (rest, parts plan.Input) {
	type group = step.Group[K, agg.Partial[R]]
	g := in.Graph
	hot := skin.Add[T](g, skin.Node{
		Kind: "hot keys", Detail: in.Detail(), Time: plan.KeepTimes, Beside: true,
		Factory: step.HotKeys(in.Key, assigner, p), Outputs: []operator.Element{skin.ElementOf[group](g)},
	}, in.Input)
	key, err := step.GroupKey[K, agg.Partial[R]]()
	if err != nil {
		skin.Mistake(g, err)
	}
	return skin.HashBy(hot, in.Key).Input, skin.HashBy(skin.Port[group](g, hot.Node, 1), key).Input
}

// Reduce joins the records of each key and window, two at a time, into one. f must
// be associative: windows that overlap share what they have in common.
func (w *Windowed[T, K]) Reduce(f func(a, b T) T) *DataStream[window.Result[T]] {
	rows := skin.TypeOf[T](w.keyed.Graph)
	skin.CheckFunctions(w.keyed.Graph, f)
	if w.evicts() {
		return evictedNode(w, "window reduce", nil, func(in Firing[T, K], emit func(window.Result[T])) {
			if len(in.Rows) > 0 {
				emit(window.Result[T]{Window: in.Window, Value: reduceRows(in.Rows, f)})
			}
		})
	}
	if w.general {
		return triggeredNode[window.Result[T]](w, "window reduce", nil, step.TriggeredReduce(w.keyed.Key, w.windows(), rows, step.Plain(f)))
	}
	return windowNode[window.Result[T]](w, "window reduce", nil, step.WindowReduce(w.keyed.Key, rows, w.assigner, !w.clock, step.Plain(f)))
}

// Firing is what a window gives to the function of [ProcessWindow].
type Firing[T, K any] = step.Firing[T, K]

// ProcessWindow gives the records of each key and firing of a window to a function, which
// makes any number of records of them. The windows keep all their records; what can be
// computed as they come costs less with Aggregate or Reduce.
func ProcessWindow[T any, K comparable, O any](w *Windowed[T, K], f func(Firing[T, K], func(O))) *DataStream[O] {
	skin.CheckFunctions(w.keyed.Graph, f)
	if w.evicts() {
		return evictedNode(w, "window process", nil, f)
	}
	return triggeredNode[O](w, "window process", nil,
		step.TriggeredProcess(w.keyed.Key, w.windows(), skin.TypeOf[T](w.keyed.Graph), step.Plain(f)))
}

func (b *behaviour) evicts() bool { return len(b.before)+len(b.after) > 0 }

// evictedNode adds an operator on windows that let records go.
func evictedNode[O, T any, K comparable](w *Windowed[T, K], kind string, detail []string, f func(Firing[T, K], func(O))) *DataStream[O] {
	before, _ := evictionsOf[T](w.before)
	after, _ := evictionsOf[T](w.after)
	return triggeredNode[O](w, kind, detail, step.TriggeredEviction(w.keyed.Key, w.windows(), skin.TypeOf[T](w.keyed.Graph), before, after, step.Plain(f)))
}

// windows is how the windows behave if they are not the usual ones.
func (w *Windowed[T, K]) windows() step.Windows[T] {
	s := windowsOf[T](w.behaviour)
	rows := skin.TypeOf[T](w.keyed.Graph)
	s.Keep = func(row *T) { rows.Detach(row, &types.Arena{}) }
	if w.gap != nil {
		s.Of = step.SessionSpans(w.gap)
	}
	return s
}

// windowsOf is a behaviour for records R.
func windowsOf[R any](b behaviour) step.Windows[R] {
	s := step.Windows[R]{Trigger: b.trigger, Lateness: b.lateness, Discard: b.discard, Event: !b.clock}
	switch {
	case b.assigner.IsSession():
		gap := b.assigner.Size()
		s.Of, s.Merging = step.SessionSpans(func(*R) time.Duration { return gap }), true
	case b.assigner.Aligned():
		s.Of = step.AlignedSpans[R](b.assigner)
	default:
		s.Of = step.GlobalSpans[R]
	}
	return s
}

// detail describes the windows in plans.
func (w *Windowed[T, K]) detail() []string {
	all := w.describe(w.keyed.Input.Timed())
	if w.gap != nil {
		all[0] = "sessions with computed gaps"
	}
	return all
}

// describe describes the behaviour in plans.
func (b behaviour) describe(timed bool) []string {
	all := []string{b.assigner.String()}
	if b.clock && timed {
		all = append(all, "by the clock")
	}
	if b.general && b.assigner.Records() == 0 {
		all = append(all, "fires "+b.trigger.String())
	}
	if b.lateness > 0 {
		all = append(all, "kept for "+b.lateness.String())
	}
	if b.discard && b.assigner.Records() == 0 {
		all = append(all, "discarding")
	}
	if len(b.before) > 0 && b.assigner.After() == 0 {
		all = append(all, "evicted by "+policyNames(b.before))
	}
	if len(b.after) > 0 {
		all = append(all, "evicted afterwards by "+policyNames(b.after))
	}
	return all
}

// windowNode adds an operator on windows; its output 1 has the records no window takes.
func windowNode[O, T any, K comparable](w *Windowed[T, K], kind string, detail []string, f operator.Factory) *DataStream[O] {
	return windowsOn[O](w, kind, detail, f, 0, skin.HashBy(w.keyed.Flow, w.keyed.Key).Input)
}

// triggeredNode is windowNode for factories of windows that account for what they keep.
func triggeredNode[O, T any, K comparable](w *Windowed[T, K], kind string, detail []string, f operator.Factory) *DataStream[O] {
	return windowsOn[O](w, kind, detail, f, skin.LargeMemory, skin.HashBy(w.keyed.Flow, w.keyed.Key).Input)
}

// windowsOn is windowNode with parts of the memory and inputs that are distributed.
func windowsOn[O, T any, K comparable](w *Windowed[T, K], kind string, detail []string, f operator.Factory, memory int, inputs ...plan.Input) *DataStream[O] {
	g := w.keyed.Graph
	node := skin.Node{
		Kind: kind, Time: plan.NoTimes, Factory: f, Memory: memory, Detail: w.keyed.Detail(append(w.detail(), detail...)...),
		Outputs: []operator.Element{skin.ElementOf[T](g)},
	}
	if !w.clock {
		node.Time = plan.SetTimes
	}
	out := skin.Add[O](g, node, inputs...)
	if w.late != nil {
		w.late.attach(g, out.Node, 1)
	}
	return of(out)
}
