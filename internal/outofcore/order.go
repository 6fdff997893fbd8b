package outofcore

import (
	"cmp"
	"slices"

	"github.com/thalweg/thalweg/types"
)

// Order is a total order of rows. It is immutable and safe for concurrent use, as
// far as the user's functions in it are.
//
// Prefix writes a number for each row so that rows with different numbers are
// ordered as those are; nil means that there is no such number. Decides says that
// rows with the same number are equal in this order. Key appends bytes that sort as
// the rows do, and no key is the front of another; nil means that only Compare
// knows. The prefix agrees with the key's order but need not be its first bytes.
type Order[T any] struct {
	Prefix  func(rows []T, out []uint64)
	Decides bool
	Key     func(dst []byte, row *T) []byte
	Compare func(a, b *T) int
}

// By orders rows by a key, whose order is that of its type, or the reverse. Without a
// key, which a program with mistakes may not have, there is no order.
func By[T, K any](key *types.Key[T, K], descending bool) Order[T] {
	if key == nil {
		return Order[T]{}
	}
	t := key.Type()
	flip := uint64(0)
	if descending {
		flip = ^uint64(0)
	}
	prefix := bytesPrefix(key, flip)
	if prefix == nil {
		prefix = func(rows []T, out []uint64) {
			for i := range rows {
				k := key.Get(&rows[i])
				out[i] = t.KeyPrefix(&k) ^ flip
			}
		}
	}
	return Order[T]{
		Decides: t.PrefixDecides(),
		Prefix:  prefix,
		Key: func(dst []byte, row *T) []byte {
			k := key.Get(row)
			at := len(dst)
			dst = t.AppendKey(dst, &k)
			if descending {
				for i := at; i < len(dst); i++ {
					dst[i] = ^dst[i]
				}
			}
			return dst
		},
		Compare: func(a, b *T) int {
			ka, kb := key.Get(a), key.Get(b)
			if descending {
				return t.Compare(&kb, &ka)
			}
			return t.Compare(&ka, &kb)
		},
	}
}

// ByFunc orders rows as a function of the user's does.
func ByFunc[T any](compare func(a, b T) int) Order[T] {
	return Order[T]{Compare: func(a, b *T) int { return cmp.Compare(compare(*a, *b), 0) }}
}

// Then orders by the first order, and by the next ones where it says equal.
func Then[T any](orders ...Order[T]) Order[T] {
	if len(orders) == 1 {
		return orders[0]
	}
	orders = slices.Clone(orders)
	o := Order[T]{
		Prefix: orders[0].Prefix,
		Compare: func(a, b *T) int {
			for i := range orders {
				if c := orders[i].Compare(a, b); c != 0 {
					return c
				}
			}
			return 0
		},
		Key: func(dst []byte, row *T) []byte {
			for i := range orders {
				dst = orders[i].Key(dst, row)
			}
			return dst
		},
	}
	for i := range orders {
		if orders[i].Key == nil {
			o.Key = nil
		}
	}
	return o
}
