// Package skin is what the typed packages batch and stream have in common: it
// adds nodes to a graph and checks what can be checked while a program is built.
// Floor 4.
//
// It holds no runtime logic. Mistakes never stop a build: they are noted with the
// user's file and line, and the graph is completed with whatever is at hand, as
// a graph with mistakes is never run.
package skin

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// Flow is a set of records on its way between operators. It has few methods, and
// the generic functions of this package are thin, since a program compiles them for
// each of its record types.
type Flow[T any] struct {
	Graph *plan.Graph
	Input plan.Input // several edges are a union
	Node  *plan.Node // the operator that makes the records; nil for a union

	local *plan.Node   // the half of it that works before the exchange, if it has one
	alike []*plan.Node // others that must have as many subtasks
}

// Alike has nodes get the operator's number of subtasks when that is set.
func (f *Flow[T]) Alike(nodes ...*plan.Node) Flow[T] {
	same := *f
	same.alike = nodes
	return same
}

// TypeOf compiles T, or notes a mistake and returns nil.
func TypeOf[T any](g *plan.Graph) *types.Type[T] {
	t, err := types.Of[T]()
	if err != nil {
		Mistake(g, err)
		return nil
	}
	return t
}

// Mistake notes err at the user's line, once for each line and text.
func Mistake(g *plan.Graph, err error) {
	site := plan.Caller()
	for _, m := range g.Mistakes {
		if m.Site == site && m.Err.Error() == err.Error() {
			return
		}
	}
	g.Mistake(site, err)
}

// element returns the element of T; nil if T cannot be carried.
func element[T any](g *plan.Graph) operator.Element {
	if t := TypeOf[T](g); t != nil {
		return step.NewElement(t)
	}
	return nil
}

// ElementOf returns the element of a type, or notes a mistake and returns nil.
func ElementOf[T any](g *plan.Graph) operator.Element { return element[T](g) }

// Node describes an operator that is to be added.
type Node struct {
	Kind       string
	Detail     []string
	Memory     int // see plan.Node
	Stores     int // see plan.Node
	Factory    operator.Factory
	Method     plan.Method
	Strategies []plan.Strategy // instead of Factory, Method and Memory
	Hinted     bool            // the first strategy is what the user wants
	Known      plan.Known
	Where      *plan.Where
	Time       plan.Time
	Beside     bool               // see plan.Node
	Outputs    []operator.Element // further ones, behind the first
}

// Parts of a process's memory: what combines before an exchange may be small, what
// has to hold all of its input should not.
const (
	SmallMemory = 1
	LargeMemory = 4
)

// Plain is the rich form of a plain function; nil is a mistake.
func Plain[F any](g *plan.Graph, f F) func(*operator.Context) (F, error) {
	CheckFunctions(g, f)
	return func(*operator.Context) (F, error) { return f, nil }
}

// CheckFunctions notes functions that are nil.
func CheckFunctions(g *plan.Graph, functions ...any) {
	for _, f := range functions {
		if v := reflect.ValueOf(f); v.Kind() == reflect.Func && v.IsNil() {
			Mistake(g, errors.New("the function is nil"))
		}
	}
}

// Add adds an operator with one output of type O.
func Add[O any](g *plan.Graph, n Node, inputs ...plan.Input) Flow[O] {
	own(g, inputs...)
	return Port[O](g, add(g, n, element[O](g), inputs), 0)
}

func add(g *plan.Graph, n Node, output operator.Element, inputs []plan.Input) *plan.Node {
	return g.Add(&plan.Node{
		Kind: n.Kind, Detail: n.Detail, Site: plan.Caller(), Factory: n.Factory,
		Memory: n.Memory, Stores: n.Stores, Method: n.Method, Strategies: n.Strategies, Hinted: n.Hinted, Known: n.Known, Where: n.Where, Time: n.Time, Beside: n.Beside, Inputs: inputs, Outputs: append([]operator.Element{output}, n.Outputs...),
	})
}

// Back adds the operator that takes records back to the head of a loop.
func Back(g *plan.Graph, in plan.Input, head *plan.Node, tail operator.Factory) {
	own(g, in)
	g.Add(&plan.Node{
		Kind: "loop end", Detail: []string{"back to " + head.Name}, Site: plan.Caller(), Factory: tail,
		Memory: plan.SpoolMemory, Inputs: []plan.Input{in}, Back: head,
	})
}

// own notes inputs that were made in another environment.
func own(g *plan.Graph, inputs ...plan.Input) {
	for _, in := range inputs {
		for _, e := range in {
			if !g.Has(e.From) {
				Mistake(g, fmt.Errorf("the records of %s (%s) were made in another environment", e.From.Name, e.From.Site))
			}
		}
	}
}

// Port returns the records of an output port.
func Port[O any](g *plan.Graph, n *plan.Node, port int) Flow[O] {
	return Flow[O]{Graph: g, Node: n, Input: plan.Input{{From: n, Port: port}}}
}

// Union returns the records of all flows.
func Union[T any](flows []Flow[T]) Flow[T] {
	u := Flow[T]{Graph: flows[0].Graph}
	for _, f := range flows {
		own(u.Graph, f.Input)
		u.Input = append(u.Input, f.Input...)
	}
	return u
}

// Ship returns the same records, distributed in another way on their way to the
// next operator.
func (f *Flow[T]) Ship(by plan.Shipping) Flow[T] {
	shipped := *f
	shipped.Input = shipInput(f.Input, by)
	return shipped
}

func shipInput(in plan.Input, by plan.Shipping) plan.Input {
	input := make(plan.Input, len(in))
	for i, e := range in {
		e.Shipping = by
		input[i] = e
	}
	return input
}

// HashBy distributes records by key.
func HashBy[T, K any](f Flow[T], k *types.Key[T, K]) Flow[T] {
	if k == nil {
		return f
	}
	return f.Ship(HashShipping(k))
}

// KeyOf is a key as the plan knows it.
func KeyOf[T, K any](k *types.Key[T, K]) plan.Key {
	if k == nil {
		return plan.Key{Name: KeyName(k)}
	}
	return plan.Key{
		Name: KeyName(k), Field: !k.Opaque(), Path: k.Path(),
		Hash: func(rows operator.Carrier, hashes []uint64) { k.Hash(rows.(*operator.Batch[T]).Rows, hashes) },
	}
}

// KeyName describes a key in plans.
func KeyName[T, K any](k *types.Key[T, K]) string {
	if k == nil || k.Opaque() {
		return "computed"
	}
	if path := k.Path(); path != "" {
		return path
	}
	return "the record"
}

// Key compiles a key that is a field reference, or notes a mistake and returns nil.
func Key[T, K any](g *plan.Graph, ref func(*T) *K) *types.Key[T, K] {
	k, err := types.KeyOf(ref)
	return noted(g, k, err)
}

// KeyFunc compiles a computed key, or notes a mistake and returns nil.
func KeyFunc[T, K any](g *plan.Graph, f func(T) K) *types.Key[T, K] {
	k, err := types.KeyFunc(f)
	return noted(g, k, err)
}

func noted[V any](g *plan.Graph, v *V, err error) *V {
	if err != nil {
		Mistake(g, err)
		return nil
	}
	return v
}

// SetName names the operator that makes the records.
func (f *Flow[T]) SetName(name string) { setName(f.Graph, f.Node, f.local, name) }

func setName(g *plan.Graph, n, local *plan.Node, name string) {
	if !isOperator(g, n, "a name") {
		return
	}
	n.Name = name
	if local != nil {
		local.Name = name
	}
}

// SetParallelism sets the number of subtasks of that operator.
func (f *Flow[T]) SetParallelism(p int) { setParallelism(f.Graph, f.Node, f.alike, p) }

func setParallelism(g *plan.Graph, n *plan.Node, alike []*plan.Node, p int) {
	switch {
	case !isOperator(g, n, "a parallelism"):
	case p < 1 || p > operator.KeyGroups:
		Mistake(g, fmt.Errorf("parallelism %d: it must be from 1 to %d", p, operator.KeyGroups))
	case n.Client && p > 1 || n.MaxParallelism > 0 && p > n.MaxParallelism:
		Mistake(g, fmt.Errorf("%s cannot have parallelism %d: at most %d", n.Kind, p, max(n.MaxParallelism, 1)))
	default:
		n.Parallelism = p
		for _, other := range alike {
			other.Parallelism = p
		}
	}
}

// AddBroadcast attaches a broadcast set to that operator.
func (f *Flow[T]) AddBroadcast(set int, rows plan.Input) { addBroadcast(f.Graph, f.Node, set, rows) }

func addBroadcast(g *plan.Graph, n *plan.Node, set int, rows plan.Input) {
	if isOperator(g, n, "a broadcast set") {
		own(g, rows)
		n.Broadcasts = append(n.Broadcasts, plan.Broadcast{Set: set, Input: rows})
	}
}

// isOperator notes that a union, which has no node, cannot have something.
func isOperator(g *plan.Graph, n *plan.Node, what string) bool {
	if n == nil {
		Mistake(g, fmt.Errorf("a union is no operator and cannot have %s", what))
	}
	return n != nil
}

// CustomBy distributes records as the user's function says.
func CustomBy[T, K any](f Flow[T], k *types.Key[T, K], pick func(K, int) int) Flow[T] {
	if k == nil {
		return f
	}
	return f.Ship(plan.Shipping{Ship: operator.Custom, Key: KeyOf(k), Selector: step.CustomSelector[T, K]{Key: k, Pick: pick}})
}

// HashShipping distributes records by key.
func HashShipping[T, K any](k *types.Key[T, K]) plan.Shipping {
	if k == nil {
		return plan.Shipping{}
	}
	return plan.Shipping{Ship: operator.Hash, Key: KeyOf(k), Selector: step.HashSelector[T, K]{Key: k}}
}
