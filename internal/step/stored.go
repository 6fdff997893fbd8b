package step

import (
	"errors"
	"io"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keygroup"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// What operators remember of their keys is stored as rows that have their key, in one
// part. Each row type is compiled when the first snapshot is asked for, so that jobs
// without checkpoints do without.

// keyedRows begins a Keyed part of rows.
func keyedRows[T any]() (*keyed.Rows[T], error) {
	typ, err := types.Of[T]()
	if err != nil {
		return nil, err
	}
	return keyed.NewRows(typ), nil
}

// keyedPart is the part of an operator that has the rows of its keys.
func keyedPart[T any](name string, rows *keyed.Rows[T]) operator.Part {
	return operator.Part{Name: name, Share: operator.Keyed, Keys: rows}
}

// restoreKeyed calls f with the rows of a part that are for the subtask. They have memory
// of their own: what they were read from is not kept.
func restoreKeyed[T any](ctx *operator.Context, s operator.State, name string, f func(*T) error) error {
	typ, err := types.Of[T]()
	if err != nil {
		return err
	}
	groups := keygroup.Owned(ctx.Subtask(), ctx.Parallelism())
	return s.Keys(name, func(in io.Reader) error {
		return keyed.RestoreRows(in, typ, groups, func(row *T) error {
			typ.Detach(row, nil)
			return f(row)
		})
	})
}

// rowsPart is a part of rows that belong to no key.
func rowsPart[T any](name string, share operator.Share, rows ...T) (operator.Part, error) {
	typ, err := types.Of[T]()
	if err != nil {
		return operator.Part{}, err
	}
	return operator.PartOf(name, share, typ, rows), nil
}

// restoreRows returns the rows of such a part.
func restoreRows[T any](s operator.State, name string) ([]T, error) {
	typ, err := types.Of[T]()
	if err != nil {
		return nil, err
	}
	return operator.RowsOf(s, name, typ)
}

// eachOf calls f with all keys and what belongs to them.
func eachOf[K, V any](keys []K, values []V, f func(key *K, value *V)) {
	for i := range values {
		f(&keys[i], &values[i])
	}
}

// errTwice says that a key was stored more than once.
var errTwice = errors.New("a key comes twice")

// putGroups finds the groups of keys that come back, which are all new, and returns the
// number of the first one. There may be no more than the finder's size.
func putGroups[T, K any](find *groupFinder[T, K], t *groups[K], keys []K) (next int, err error) {
	var g guard // keys that were stored do not fail
	_, next = find.groupsOfKeys(&g, t, keys)
	if len(t.keys) != next+len(keys) {
		return 0, errTwice
	}
	return next, nil
}

// putRow has an arena take what a row refers to that comes back; nil: it stays where it is.
func putRow[T any](t *types.Type[T], row *T, arena *types.Arena) {
	if arena != nil {
		t.Detach(row, arena)
	}
}

// weightOf is about how many bytes rows take where they are kept.
func weightOf[T any](t *types.Type[T], rows ...T) int {
	n := len(rows) * types.SizeOf[T]()
	if t.HasPointers() {
		for i := range rows {
			n += t.Held(&rows[i])
		}
	}
	return n
}
