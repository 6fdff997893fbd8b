package step

import (
	"cmp"
	"errors"
	"io"
	"strings"

	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/outofcore"
	"github.com/thalweg/thalweg/types"
)

// keyedRow is a row of any type on its way through a sorter: its key's prefix, its
// key bytes, none if the prefix decides, and its encoding.
type keyedRow struct {
	Prefix uint64
	Key    string
	Row    string
}

// keyOrder orders keyed rows whose prefixes may be equal though their keys are not;
// prefixOrder those whose prefixes say it all.
var (
	keyOrder = outofcore.Order[keyedRow]{
		Prefix: prefixesOf,
		Key: func(dst []byte, row *keyedRow) []byte {
			return append(dst, row.Key...)
		},
		Compare: func(a, b *keyedRow) int {
			return cmp.Or(cmp.Compare(a.Prefix, b.Prefix), strings.Compare(a.Key, b.Key))
		},
	}
	prefixOrder = outofcore.Order[keyedRow]{
		Prefix: prefixesOf, Decides: true,
		Compare: func(a, b *keyedRow) int { return cmp.Compare(a.Prefix, b.Prefix) },
	}
)

func prefixesOf(rows []keyedRow, out []uint64) {
	for i := range rows {
		out[i] = rows[i].Prefix
	}
}

// keySorter brings rows with equal keys side by side. It sees encoded rows only, so
// that there is one in a program and not one for each of its record types.
type keySorter struct {
	ctx    *operator.Context
	typ    *types.Type[keyedRow]
	order  outofcore.Order[keyedRow]
	sorter *outofcore.Sorter[keyedRow]
	held   int64      // bytes of the rows added since it was empty, about
	rest   []keyedRow // of what the sorter has lent

	// The groups of the rows that next returned, numbered so that those from fresh on
	// were not there before. If there was a call before, its last group is number 0.
	index []int32
	fresh int

	any    bool // next has returned rows
	prefix uint64
	key    []byte // of the last row returned
}

// newKeySorter makes a sorter for keys of which decides says whether their prefixes
// say it all.
func newKeySorter(ctx *operator.Context, decides bool) (*keySorter, error) {
	typ, err := types.Of[keyedRow]()
	if err != nil {
		return nil, err
	}
	s := &keySorter{ctx: ctx, typ: typ, order: keyOrder}
	if decides {
		s.order = prefixOrder
	}
	s.restart()
	return s, nil
}

// restart makes an empty sorter of one that was read to its end.
func (s *keySorter) restart() {
	s.close()
	s.sorter = outofcore.NewSorter(s.typ, s.order, room(s.ctx))
	s.held, s.rest, s.any = 0, nil, false
}

func (s *keySorter) add(rows []keyedRow) error {
	for i := range rows {
		s.held += int64(len(rows[i].Key)+len(rows[i].Row)) + keyedRowBytes
	}
	return s.ctx.Fail(s.sorter.Add(rows), -1, nil)
}

// keyedRowBytes is about what a keyed row takes beside its key and its encoding.
const keyedRowBytes = 64

// sort ends adding.
func (s *keySorter) sort() error { return s.ctx.Fail(s.sorter.Sort(), -1, nil) }

// next returns up to most rows in order, lent until the next call, and numbers
// their groups; io.EOF at the end.
func (s *keySorter) next(most int) ([]keyedRow, error) {
	if len(s.rest) == 0 {
		rows, err := s.sorter.Next()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, s.ctx.Fail(err, -1, nil)
		}
		s.rest = rows
	}
	rows := s.rest[:min(len(s.rest), most)]
	s.rest = s.rest[len(rows):]
	s.number(rows)
	return rows, nil
}

func (s *keySorter) number(rows []keyedRow) {
	s.index = s.index[:0]
	group, prefix, key := int32(-1), s.prefix, types.StringOf(s.key)
	s.fresh = 0
	if s.any {
		group, s.fresh = 0, 1
	}
	for i := range rows {
		r := &rows[i]
		if group < 0 || r.Prefix != prefix || r.Key != key {
			group++
			prefix, key = r.Prefix, r.Key
		}
		s.index = append(s.index, group)
	}
	s.prefix, s.key, s.any = prefix, append(s.key[:0], rows[len(rows)-1].Key...), true
}

// close gives up all memory and files. It may be called at any time and again.
func (s *keySorter) close() {
	if s.sorter != nil {
		s.sorter.Close()
	}
}
