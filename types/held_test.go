package types

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

type holder struct {
	Name   string
	Number int64
	List   []string
	Inner  *holder
	Bytes  []byte
	Counts map[int64]int64
	Pair   [2]string
}

func TestWhatARowHoldsIsCounted(t *testing.T) {
	typ, err := Of[holder]()
	if err != nil {
		t.Fatal(err)
	}
	inner := holder{Name: "four"}
	for _, c := range []struct {
		row  holder
		want int
	}{
		{holder{}, 0},
		{holder{Name: "abc", Number: 7, Bytes: make([]byte, 1, 10)}, 13},
		{holder{List: []string{"a", "bc"}, Pair: [2]string{"x", "yz"}}, 2*16 + 3 + 3},
		{holder{Inner: &inner}, SizeOf[holder]() + 4},
		{holder{Counts: map[int64]int64{1: 2, 3: 4}}, mapHeader + 2*MapEntrySize(8, 8)},
	} {
		if got := typ.Held(&c.row); got != c.want {
			t.Errorf("%+v holds %d, want %d", c.row, got, c.want)
		}
	}
	numbers, err := Of[[3]int64]()
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers.Held(&[3]int64{1, 2, 3}); got != 0 {
		t.Errorf("numbers hold %d", got)
	}
}

// TestWhatManyRowsHoldIsNearlyWhatTheHeapSays compares the estimate with the collector's
// figures.
func TestWhatManyRowsHoldIsNearlyWhatTheHeapSays(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	typ, err := Of[holder]()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]holder, 2000)
	before := heapInUse()
	for i := range rows {
		row := &rows[i]
		row.Name = strings.Repeat("n", 32+r.IntN(100))
		for range r.IntN(40) {
			row.List = append(row.List, strings.Repeat("e", 16*(1+r.IntN(4))))
		}
		row.Counts = map[int64]int64{}
		for range r.IntN(200) {
			row.Counts[r.Int64()] = 1
		}
	}
	real := float64(heapInUse() - before)
	estimate := 0
	for i := range rows {
		estimate += typ.Held(&rows[i])
	}
	if ratio := float64(estimate) / real; ratio < 0.6 || ratio > 1.6 {
		t.Errorf("the estimate is %.2f of %.0f bytes", ratio, real)
	}
	runtime.KeepAlive(rows)
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAskingWhatARowHoldsAllocatesNothing(t *testing.T) {
	typ, err := Of[holder]()
	if err != nil {
		t.Fatal(err)
	}
	row := holder{Name: "a", Inner: &holder{}, Counts: map[int64]int64{1: 1}, List: make([]string, 1000)}
	for i := range row.List {
		row.List[i] = fmt.Sprint(i)
	}
	if n := testing.AllocsPerRun(100, func() { typ.Held(&row) }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}
