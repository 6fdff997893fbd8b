package batch

import (
	"encoding/binary"
	"fmt"

	"github.com/thalweg/thalweg/connect/memory"
	"github.com/thalweg/thalweg/internal/skin"
	"github.com/thalweg/thalweg/types"
)

// Fetch computes the records now, while the program is being built, in a job of
// their own, and returns them: what is built next may depend on them.
//
//	n, err := batch.FetchCount(lines)
//	if err != nil {
//		return err
//	}
//	batch.Print(lines.First(int(n / 10)))
//
// The job runs once; the processes that build the program again are told the
// records, so they had better be few. Operators that later ones share with it are
// run again then. Explain stops here, as it runs nothing. An error is that of the
// job, or nil records with the mistakes found so far.
func Fetch[T any](d *DataSet[T]) ([]T, error) {
	g := d.flow.Graph
	var rows []T
	rowType := skin.TypeOf[T](g)
	sink := skin.Sink(d.flow, memory.Collect(&rows), true).Named("fetch")
	err := g.Fetch(skin.NodeOf(sink), func() []byte {
		return rowType.AppendRows(binary.AppendUvarint(nil, uint64(len(rows))), rows)
	}, func(bytes []byte) (err error) {
		rows, err = decodeAll(rowType, bytes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// maxRows bounds the rows that are believed to be in a byte: those of an empty struct
// take none.
const maxRows = 1 << 20

// decodeAll reads a number of rows and then the rows.
func decodeAll[T any](t *types.Type[T], bytes []byte) ([]T, error) {
	n, used := binary.Uvarint(bytes)
	if used <= 0 || n > uint64(len(bytes))*maxRows {
		return nil, fmt.Errorf("fetched records that cannot be read")
	}
	rows := make([]T, n)
	_, err := t.DecodeRows(bytes[used:], rows)
	return rows, err
}

// FetchCount counts the records now; see [Fetch].
func FetchCount[T any](d *DataSet[T]) (int64, error) {
	n, err := Fetch(Count(d))
	if err != nil {
		return 0, err
	}
	return n[0], nil
}
