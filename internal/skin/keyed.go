package skin

import (
	"errors"
	"fmt"

	"github.com/thalweg/thalweg/agg"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// Keyed is a flow whose records have a key. A nil Key means that a mistake was
// noted.
type Keyed[T any, K comparable] struct {
	Flow[T]
	Key *types.Key[T, K]
}

// Detail describes the key.
func (k Keyed[T, K]) Detail(more ...string) []string {
	return append([]string{"key " + KeyName(k.Key)}, more...)
}

// GroupPath is where the key is in the pairs of [Combined].
const GroupPath = "Key"

// GroupCopies says that a field of the result is the key, or a part of it: the field of
// the records, whose path is from.
func (k Keyed[T, K]) GroupCopies(from, to string) []plan.Copy {
	key := KeyOf(k.Key)
	part, ok := key.Part(from)
	if !key.Field || !ok {
		return nil
	}
	return []plan.Copy{{From: plan.JoinPath(GroupPath, part), To: to}}
}

// Combined adds a keyed operator in two steps: combine shrinks the records of a
// subtask to pairs of key and partial value, which are distributed by key, and
// final makes the results of them.
func Combined[O, A, T any, K comparable](in Keyed[T, K], combine, final Node) Flow[O] {
	combine.Known.Rows, combine.Known.Keys = plan.OnePerKey, []plan.Key{KeyOf(in.Key)}
	if k := KeyOf(in.Key); k.Field {
		combine.Known.Copies = append(combine.Known.Copies, plan.Copy{From: k.Path, To: GroupPath})
	}
	partial := Add[step.Group[K, A]](in.Graph, combine, in.Input)
	key, err := step.GroupKey[K, A]()
	shipped := HashBy(partial, noted(in.Graph, key, err))
	for i := range shipped.Input {
		shipped.Input[i].Key.Name = KeyName(in.Key)
	}
	final.Known.Rows, final.Known.Keys = plan.OnePerKey, []plan.Key{{Name: KeyName(in.Key), Field: true, Path: GroupPath}}
	out := Add[O](in.Graph, final, shipped.Input)
	out.local = partial.Node
	return out
}

// Program compiles aggregates, or notes the mistakes and returns nil.
func Program[T, R any](g *plan.Graph, list []agg.Aggregate[T, R]) *agg.Program[T, R] {
	if len(list) == 0 {
		Mistake(g, errors.New("an aggregation without aggregates"))
		return nil
	}
	p, err := agg.Compile(list...)
	return noted(g, p, err)
}

// TwoPhase adds an operator that works in every subtask and then once on what
// those made: local makes A of the input, final makes O of all A in one subtask.
func TwoPhase[O, A, T any](in Flow[T], local, final Node) Flow[O] {
	own(in.Graph, in.Input)
	partial := add(in.Graph, local, element[A](in.Graph), []plan.Input{in.Input})
	out := Add[O](in.Graph, final, shipInput(plan.Input{{From: partial}}, plan.Shipping{Ship: operator.Global}))
	out.local = partial
	return out
}

// Count checks a number of records.
func Count(g *plan.Graph, n int) int64 {
	if n < 0 {
		Mistake(g, fmt.Errorf("it cannot keep %d records: the number must not be negative", n))
	}
	return int64(n)
}
