package skin

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/plan"
	"github.com/thalweg/thalweg/internal/step"
	"github.com/thalweg/thalweg/types"
)

// Promise notes a fact that the user declares of the operator that makes the records
// of out: field to of each has the value of field from of the record it comes of, which
// is one of an input. what is the user's word for it. An operator that cannot be meant
// is a mistake.
func Promise[I, O, V any](out Flow[O], what string, kinds []string, input int, from func(*I) *V, to func(*O) *V) {
	g := out.Graph
	if !promises(g, out.Node, what, kinds, input, reflect.TypeFor[I]()) {
		return
	}
	c, ok := copied(g, from, to)
	if !ok {
		return
	}
	fact := plan.Copy{Input: input, From: c.from.Path(), To: c.to.Path()}
	text := fmt.Sprintf("%s(%s → %s)", what, fieldName(fact.From), fieldName(fact.To))
	n := out.Node
	n.Known.Copies = append(slices.Clip(n.Known.Copies), fact)
	n.Detail = append(slices.Clip(n.Detail), text)
	n.Promises = append(n.Promises, operator.Promise{
		Text: text, Site: plan.Caller().String(), Input: input,
		Holds: func(in *I, out *O) (was, is any, holds bool) {
			a, b := c.from.At(in), c.to.At(out)
			if c.value.Equal(a, b) {
				return nil, nil, true
			}
			return *a, *b, false
		},
	})
}

// promises reports whether something can be promised of an operator's function: that
// it makes records of those of a type, which an input has. If not, that is noted.
func promises(g *plan.Graph, n *plan.Node, what string, kinds []string, input int, record reflect.Type) bool {
	if !isOperator(g, n, "a fact") {
		return false
	}
	switch {
	case !slices.Contains(kinds, n.Kind):
		Mistake(g, fmt.Errorf("%s cannot be declared of %s: it is for %s", what, n.Kind, list(kinds)))
		return false
	case len(n.Known.Copies) > len(n.Promises):
		Mistake(g, fmt.Errorf("%s cannot be declared of this %s: which fields it copies is known", what, n.Kind))
		return false
	case input < len(n.Known.Optional) && n.Known.Optional[input]:
		Mistake(g, fmt.Errorf("%s cannot be declared of this %s: the record may be missing", what, n.Kind))
		return false
	}
	for _, e := range n.Inputs[input] {
		element := e.From.Outputs[e.Port]
		if element == nil {
			return false // a mistake that was noted before
		}
		if has := element.Schema().Type; has != record {
			Mistake(g, fmt.Errorf("%s speaks of records of %v, but those of the input are of %v", what, record, has))
			return false
		}
	}
	return true
}

// list is words for readers: "a, b and c".
func list(words []string) string {
	text := words[0]
	for i, w := range words[1:] {
		if i == len(words)-2 {
			text += " and " + w
		} else {
			text += ", " + w
		}
	}
	return text
}

// fieldName describes a field in messages and plans.
func fieldName(path string) string {
	if path == "" {
		return "the record"
	}
	return path
}

// copying is a field of one record that has the value of a field of another.
type copying[I, O, V any] struct {
	from  types.Field[I, V]
	to    types.Field[O, V]
	value *types.Type[V]
}

// copied compiles two references, or notes what is wrong with them.
func copied[I, O, V any](g *plan.Graph, from func(*I) *V, to func(*O) *V) (c copying[I, O, V], ok bool) {
	var errs [2]error
	c.from, errs[0] = types.FieldOf(from)
	c.to, errs[1] = types.FieldOf(to)
	c.value = TypeOf[V](g)
	for _, err := range errs {
		var field *types.FieldError
		if errors.As(err, &field) { // what it may go on to say is about keys
			reason, _, _ := strings.Cut(field.Reason, ";")
			err = &types.FieldError{Type: field.Type, Reason: reason}
		}
		if err != nil {
			Mistake(g, err)
		}
	}
	return c, errs[0] == nil && errs[1] == nil && c.value != nil
}

// Field is a field of O that gets the value of one of I.
type Field[I, O any] struct {
	compile func(g *plan.Graph) (copier step.FieldCopier[I, O], fact plan.Copy, ok bool)
}

// Copy copies a field.
func Copy[I, O, V any](from func(*I) *V, to func(*O) *V) Field[I, O] {
	return Field[I, O]{func(g *plan.Graph) (step.FieldCopier[I, O], plan.Copy, bool) {
		c, ok := copied(g, from, to)
		if !ok {
			return nil, plan.Copy{}, false
		}
		return func(out []O, in []I) {
			for i := range in {
				*c.to.At(&out[i]) = *c.from.At(&in[i])
			}
		}, plan.Copy{From: c.from.Path(), To: c.to.Path()}, true
	}}
}

// Fields adds a projection: an operator that copies fields and has no function.
func Fields[I, O any](in Flow[I], fields []Field[I, O]) Flow[O] {
	g := in.Graph
	if len(fields) == 0 {
		Mistake(g, errors.New("a projection without fields"))
	}
	var copiers []step.FieldCopier[I, O]
	var copies []plan.Copy
	var detail []string
	for _, f := range fields {
		if f.compile == nil {
			Mistake(g, errors.New("an empty field: make one with Copy"))
			continue
		}
		copier, fact, ok := f.compile(g)
		if !ok {
			continue
		}
		for _, other := range copies {
			if plan.Overlap(fact.To, other.To) {
				Mistake(g, fmt.Errorf("%s and %s are both copied, and have something in common", fieldName(other.To), fieldName(fact.To)))
			}
		}
		copiers, copies = append(copiers, copier), append(copies, fact)
		detail = append(detail, fieldName(fact.From)+" → "+fieldName(fact.To))
	}
	known := plan.Known{Rows: plan.SameRows, Copies: copies, Reads: reads(copies)}
	return Add[O](g, Node{Kind: "project", Detail: detail, Known: known, Factory: step.Fields(copiers)}, in.Input)
}
