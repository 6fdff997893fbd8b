package survey

import (
	"testing"
	"time"

	"github.com/thalweg/thalweg/types"
)

type inner struct {
	A int8
	P *string
	Q *int32
}

type wide struct {
	inner
	B    bool
	F    float32
	C    complex128
	T    time.Time
	D    time.Duration
	S    string
	R    []byte
	L    []inner
	M    map[string]int
	X    [3]inner
	N, O *time.Time
}

func TestTheFixedPartOfARowIsThatOfAZeroValue(t *testing.T) {
	checkFixed[wide](t)
	checkFixed[inner](t)
	checkFixed[string](t)
	checkFixed[int](t)
	checkFixed[*int16](t)
	checkFixed[struct{}](t)
	checkFixed[[2]uint16](t)
	checkFixed[struct {
		A, B uint32
		C    [2]bool
		E    struct{ U uint }
	}](t)
}

func checkFixed[T any](t *testing.T) {
	t.Helper()
	typ, err := types.Of[T]()
	if err != nil {
		t.Fatal(err)
	}
	var zero T
	if got, want := fixedBytes(typ.Schema()), len(typ.Append(nil, &zero)); got != want {
		t.Errorf("%s: %d bytes, not %d", typ.Schema(), got, want)
	}
}
