package outofcore

// mergeCode says how the row of a source compares to those of others.
//
// As a prefix it is the row's: rows with smaller ones come first, those with the
// same are compared, and far is 0.
//
// As an offset-value code it says how the row's key, taken as words of eight bytes,
// differs from a key that comes before it: value is the first word that is another
// one, and far the complement of its number. Of two rows that are both seen from the
// same key, the one with the smaller code comes first, and the code of the other one
// says as well how it is seen from that. Rows meet on a path of a tree of losers that
// were all seen from the last row that took it. So no byte of a key is looked at
// twice, however many levels the tree has and however long keys are the same
// (Conner: Offset-value coding, 1977; Graefe and Do: Offset-value coding in
// database query processing, 2023).
//
// A code needs the row's key, a prefix does not, so codes are for rows whose
// prefixes are often the same.
type mergeCode struct {
	value uint64
	far   uint32
}

// sourceKeys is the keys of some of the rows of a source.
type sourceKeys struct {
	limit int // bytes of keys, but for the last one
	bytes []byte
	ends  []int
	first int    // the row that the first key is of
	last  []byte // the key of the row before
}

// at returns the key of a row.
func (k *sourceKeys) at(row int) []byte {
	i := row - k.first
	return k.bytes[k.ends[i]:k.ends[i+1]]
}

// newKeys returns room for keys, if the merger wants some.
func (m *merger[T]) newKeys() *sourceKeys {
	if !m.keyed {
		return nil
	}
	return &sourceKeys{limit: keyBytes(m.share.PageSize())}
}

// keyBytes returns how many bytes of keys a source keeps.
func keyBytes(pageSize int) int { return pageSize / 8 }

// code sets the codes of the next rows of a source: of all that are decoded, or of
// as many as the limit of keys allows.
func (s *mergeSource[T]) code(order *Order[T]) {
	from := s.coded
	if s.keys == nil {
		s.coded = len(s.rows)
		switch {
		case s.table != nil && order.Decides:
			for i := range s.rows { // one step of the scan
				s.codes[i].value = s.table.prefixes[i]
			}
		case order.Prefix != nil:
			var prefixes [sortStep]uint64
			order.Prefix(s.rows, prefixes[:])
			for i := range s.rows {
				s.codes[i].value = prefixes[i]
			}
		}
		return
	}
	k := s.keys
	if n := len(k.ends); n > 1 {
		k.last = append(k.last[:0], k.bytes[k.ends[n-2]:]...)
	}
	k.bytes, k.ends, k.first = k.bytes[:0], append(k.ends[:0], 0), from
	last := k.last
	for s.coded < len(s.rows) && len(k.bytes) < k.limit {
		k.bytes = order.Key(k.bytes, &s.rows[s.coded])
		k.ends = append(k.ends, len(k.bytes))
		s.coded++
	}
	for i := from; i < s.coded; i++ {
		key := k.at(i)
		s.codes[i], _ = compareKeys(last, key, 0)
		last = key
	}
}

// compareKeys compares two keys that are the same before a word, and returns the
// code of the larger one as seen from the other, and the sign of the order. A key
// that is no key, empty, comes before all.
func compareKeys(a, b []byte, word int) (mergeCode, int) {
	from := min(8*word, len(a), len(b))
	same := from + commonPrefix(a[from:], b[from:])
	word = same / 8
	x, y := piece(a, 8*word), piece(b, 8*word)
	far := ^uint32(word)
	switch {
	case x < y:
		return mergeCode{y, far}, -1
	case x > y:
		return mergeCode{x, far}, 1
	case len(a) == len(b):
		// As if the difference came behind the end.
		return mergeCode{0, ^uint32(len(a)/8 + 1)}, 0
	}
	return mergeCode{y, far}, 0
}
