package types

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

type pickAddress struct {
	Zip  string
	City [3]string
}

type pickWide struct {
	Skip    [3]byte
	ID      int64
	Small   int16
	Name    string
	Odd     [5]byte
	At      time.Time
	Any     any
	Err     error
	Bytes   []byte
	Counts  []int64
	Map     map[string]int
	Note    *string
	Float   float32
	Complex complex128
	pickAddress
	Address pickAddress
	private int32
}

type pickIDs struct {
	ID    int64
	Small int16
}

type pickNarrow struct {
	At      time.Time
	pickIDs        // not a struct of pickWide: its fields are
	Zip     string // promoted
	Address pickAddress
	Any     any
	Err     error
	Bytes   []byte
	Counts  []int64
	Map     map[string]int
	Note    *string
	Odd     [5]byte
	Float   float32
	Complex complex128
	City    [3]string
	private int32
}

func TestAPickHasTheFieldsOfTheSameNames(t *testing.T) {
	p, err := PickOf[pickWide, pickNarrow]()
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	fresh := func() string { return fmt.Sprint(r.Int64()) }
	wide := make([]pickWide, 100)
	for i := range wide {
		note := fresh()
		wide[i] = pickWide{
			ID: r.Int64(), Small: int16(r.Int32()), Name: "unread", Odd: [5]byte{1, 2, 3, 4, byte(i)}, At: time.Unix(r.Int64N(1e9), 5),
			Any: fresh(), Err: fmt.Errorf("%s", fresh()), Bytes: []byte(fresh()), Counts: []int64{r.Int64()}, Map: map[string]int{fresh(): 1},
			Note: &note, Float: r.Float32(), Complex: complex(r.Float64(), 1), pickAddress: pickAddress{fresh(), [3]string{fresh(), "", fresh()}},
			Address: pickAddress{Zip: fresh()}, private: r.Int32(),
		}
	}
	got := make([]pickNarrow, len(wide))
	p.Copy(got, wide)
	want := make([]pickNarrow, len(wide))
	for i, w := range wide {
		want[i] = pickNarrow{
			At: w.At, pickIDs: pickIDs{w.ID, w.Small}, Zip: w.Zip, Address: w.Address, Any: w.Any, Err: w.Err, Bytes: w.Bytes, Counts: w.Counts,
			Map: w.Map, Note: w.Note, Odd: w.Odd, Float: w.Float, Complex: w.Complex, City: w.City, private: w.private,
		}
	}
	clear(wide)
	runtime.GC() // what is referred to is kept by the copies
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got[0], want[0])
	}
	if f := p.Fields(); f[1] != (Picked{"ID", "pickIDs.ID"}) || f[3] != (Picked{"pickAddress.Zip", "Zip"}) {
		t.Errorf("the fields are %v", f)
	}
	p.Copy(got, nil)
}

func TestAPickWithoutItsFieldsIsRefused(t *testing.T) {
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err := PickOf[pickWide, struct{ Nme string }]()
	refused(err, "has no field Nme")
	_, err = PickOf[pickWide, struct{ Name []byte }]()
	refused(err, "Name is a string in types.pickWide and a []uint8")
	_, err = PickOf[pickWide, struct{}]()
	refused(err, "no field to pick")
	_, err = PickOf[int64, struct{ ID int64 }]()
	refused(err, "both must be structs")
	_, err = PickOf[struct{ *pickAddress }, struct{ Zip string }]()
	refused(err, "behind the pointer")
}

func BenchmarkPick(b *testing.B) {
	p, err := PickOf[pickWide, pickIDs]()
	if err != nil {
		b.Fatal(err)
	}
	wide, out := make([]pickWide, 1024), make([]pickIDs, 1024)
	b.ReportAllocs()
	for b.Loop() {
		p.Copy(out, wide)
	}
}
