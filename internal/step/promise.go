package step

import "github.com/thalweg/thalweg/internal/operator"

// check looks at a record and one that was made of it; the error names the first
// promise that it does not keep.
type check[I, O any] func(in *I, out *O) error

// promised returns the check of all promises about an input, or nil if there are none.
func promised[I, O any](ctx *operator.Context, input int) check[I, O] {
	var all check[I, O]
	for _, p := range ctx.Spec().Promises {
		if p.Input != input {
			continue
		}
		before, holds := all, p.Holds.(func(in *I, out *O) (was, is any, holds bool))
		all = func(in *I, out *O) error {
			if before != nil {
				if err := before(in, out); err != nil {
					return err
				}
			}
			if was, is, ok := holds(in, out); !ok {
				return p.Broken(was, is)
			}
			return nil
		}
	}
	return all
}

// must unwinds the step if a promise is broken.
func must(err error) {
	if err != nil {
		panic(operator.Broken{Err: err})
	}
}

// keepMap, keepFlatMap and keepJoin call the user's function and check what it made.
// A step puts them around the function when it is opened, and only if there is
// something to check: its loops know nothing of promises. They panic when the function
// has returned, so that it cannot hold them up and the step names the record.
func keepMap[I, O any](f func(I) O, holds check[I, O]) func(I) O {
	return func(in I) O {
		out := f(in)
		must(holds(&in, &out))
		return out
	}
}

func keepFlatMap[I, O any](f func(I, func(O)), holds check[I, O]) func(I, func(O)) {
	return func(in I, emit func(O)) {
		var broken error
		f(in, func(out O) {
			if broken == nil {
				broken = holds(&in, &out)
			}
			if broken == nil {
				emit(out)
			}
		})
		must(broken)
	}
}

// keepJoin checks against the records of both sides, of which those that promises
// speak of are never missing. Either check may be nil.
func keepJoin[L, R, O any](f Joiner[L, R, O], left check[L, O], right check[R, O]) Joiner[L, R, O] {
	return func(l *L, r *R, emit func(O)) {
		var broken error
		f(l, r, func(out O) {
			if broken == nil && left != nil {
				broken = left(l, &out)
			}
			if broken == nil && right != nil {
				broken = right(r, &out)
			}
			if broken == nil {
				emit(out)
			}
		})
		must(broken)
	}
}
