// Package types compiles Go types into the programs the engine runs on them:
// a binary row codec, a hash, an equality, a total order, order-preserving key
// bytes, and the field references and keys that users write as functions.
//
// Floor 0: it imports the standard library only. It is also the one package
// that may use unsafe; what the floors above need of it is offered here.
//
// Invariants:
//
//  1. A *Type is immutable once made; every method is safe for concurrent use.
//  2. Equal(a, b) ⇔ Compare(a, b) == 0 ⇔ the key bytes of a and b are the same,
//     and Equal(a, b) ⇒ Hash(a) == Hash(b).
//  3. bytes.Compare of two keys has the sign of Compare of the two rows.
//  4. Hash, row bytes and key bytes are the same in every process, on every
//     machine and in every release; golden files freeze them.
//  5. Decode accepts exactly what Append writes, parts with a codec of their own
//     aside. Equal rows may still differ in bytes (-0 and +0, zones of one
//     instant, nil and empty slices): group by AppendKey, not by rows.
//  6. Decode never panics and allocates in proportion to its input, whatever
//     the bytes.
//  7. Once compiled, nothing reflects per record, but for walking a map.
//
// Example:
//
//	words, err := types.Of[Word]()
//	buf := words.AppendRows(nil, batch)
//	n, err := words.DecodeRows(buf, out)
//	key, err := types.KeyOf(func(w *Word) *string { return &w.Text })
//	key.Hash(batch, hashes)
//
// A Schema is stored with data, and a Reader reads rows by it without the program.
// The package is not for foreign formats: connectors do that, over a Schema's
// Go types and tags.
package types
