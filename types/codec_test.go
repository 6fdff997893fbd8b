package types

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

func init() {
	RegisterCodec(func(t reflect.Type) bool { return t == reflect.TypeFor[decimal]() }, "decimal/1", decimalCodec{})
}

// decimal is foreign to everything but its codec.
type decimal struct{ units any }

type decimalCodec struct{}

func (decimalCodec) Append(dst []byte, ptr any) ([]byte, error) {
	units, ok := ptr.(*decimal).units.(int64)
	if !ok && ptr.(*decimal).units != nil {
		return dst, errors.New("not a number")
	}
	return binary.BigEndian.AppendUint64(dst, uint64(units)), nil
}

func (decimalCodec) Decode(src []byte, ptr any) error {
	ptr.(*decimal).units = int64(binary.BigEndian.Uint64(src)) // panics on hostile bytes
	return nil
}

func TestRegisteredCodecsCarryTypesNothingElseCan(t *testing.T) {
	type price struct {
		Net  decimal
		Tax  *decimal
		List []decimal
		By   map[string]decimal
	}
	typ := of[price](t)
	if got, want := typ.Schema().String(), "types.price{Net types.decimal(codec decimal/1), Tax *types.decimal, List []types.decimal, By map[string]types.decimal}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	row := price{decimal{int64(5)}, &decimal{int64(6)}, []decimal{{int64(7)}, {}}, map[string]decimal{"x": {int64(8)}}}
	buf := typ.AppendRows(nil, []price{row, {}})
	got := make([]price, 2)
	if _, err := typ.DecodeRows(buf, got); err != nil || !typ.Equal(&got[0], &row) || typ.Hash(&got[0]) != typ.Hash(&row) || got[1].Tax != nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	small := of[decimal](t)
	a, b := decimal{int64(1) << 56}, decimal{int64(2) << 56}
	if small.Compare(&a, &b) != -1 || small.KeyPrefix(&a) >= small.KeyPrefix(&b) {
		t.Error("coded values are not ordered by their bytes")
	}
	var d decimal
	if _, err := small.Decode([]byte{13, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 9}, &d); err == nil ||
		err.Error() != "types: decoding types.decimal at byte 12: its codec refuses the bytes: the codec panicked: runtime error: index out of range [7] with length 1" {
		t.Error(err)
	}
	panics(t, "codec", func() { small.Hash(&decimal{"text"}) })
}
