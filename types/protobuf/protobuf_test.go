package protobuf

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/thalweg/thalweg/types"
)

type reading struct {
	Sensor *wrapperspb.StringValue
	Data   *structpb.Struct
	Old    []*wrapperspb.Int64Value
	Count  int64
}

func sample(t *testing.T) reading {
	data, err := structpb.NewStruct(map[string]any{"b": 1.5, "a": []any{"x", true, nil}, "c": map[string]any{"d": "e"}})
	if err != nil {
		t.Fatal(err)
	}
	return reading{wrapperspb.String("s1"), data, []*wrapperspb.Int64Value{wrapperspb.Int64(1), nil}, 7}
}

func TestMessagesAreCarried(t *testing.T) {
	typ, err := types.Of[reading]()
	if err != nil {
		t.Fatal(err)
	}
	const schema = "protobuf.reading{Sensor *wrapperspb.StringValue(codec protobuf), Data *structpb.Struct(codec protobuf), Old []*wrapperspb.Int64Value(codec protobuf), Count int64}"
	if typ.Schema().String() != schema {
		t.Errorf("the schema is %s", typ.Schema())
	}
	row, other := sample(t), sample(t)
	buf := typ.Append(nil, &row)
	var got reading
	if n, err := typ.Decode(buf, &got); err != nil || n != len(buf) {
		t.Fatal(n, err)
	}
	if !proto.Equal(got.Sensor, row.Sensor) || !proto.Equal(got.Data, row.Data) || len(got.Old) != 2 ||
		!proto.Equal(got.Old[0], row.Old[0]) || got.Old[1] != nil || got.Count != 7 {
		t.Errorf("got %+v", got)
	}
	if !typ.Equal(&row, &other) || typ.Hash(&row) != typ.Hash(&got) || typ.Compare(&got, &other) != 0 {
		t.Error("equal messages differ")
	}
	other.Sensor.Value = "s2"
	if typ.Equal(&row, &other) || typ.Compare(&row, &other) >= 0 {
		t.Error("different messages are equal")
	}
	typ.Detach(&got, new(types.Arena))
	if got.Data == row.Data || !typ.Equal(&got, &row) {
		t.Error("a detached message is shared or changed")
	}
}

func TestARowCanBeAMessage(t *testing.T) {
	typ, err := types.Of[*structpb.Value]()
	if err != nil {
		t.Fatal(err)
	}
	rows := []*structpb.Value{structpb.NewStringValue("x"), nil, structpb.NewNumberValue(2)}
	got := make([]*structpb.Value, 3)
	if _, err := typ.DecodeRows(typ.AppendRows(nil, rows), got); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if !typ.Equal(&rows[i], &got[i]) || (rows[i] == nil) != (got[i] == nil) {
			t.Errorf("row %d is %v", i, got[i])
		}
	}
}

func TestHostileMessagesAreErrors(t *testing.T) {
	typ, err := types.Of[reading]()
	if err != nil {
		t.Fatal(err)
	}
	row := sample(t)
	buf := typ.Append(nil, &row)
	for i := range buf {
		for _, b := range []byte{0, 1, 127, 255} {
			bad := append([]byte(nil), buf...)
			bad[i] = b
			var got reading
			_, _ = typ.Decode(bad, &got) // must return
		}
	}
}

func TestMessagesAsValuesAreSeenToo(t *testing.T) {
	typ, err := types.Of[struct {
		M map[string]*wrapperspb.BoolValue
	}]()
	if err != nil {
		t.Fatal(err)
	}
	row := struct {
		M map[string]*wrapperspb.BoolValue
	}{map[string]*wrapperspb.BoolValue{"t": wrapperspb.Bool(true), "n": nil}}
	got := row
	if _, err := typ.Decode(typ.Append(nil, &row), &got); err != nil || !typ.Equal(&row, &got) {
		t.Error(err)
	}
}
