package types

import (
	"flag"
	"math"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The types and the random values that the tests share.

var (
	seedFlag = flag.Uint64("seed", 0, "seed of random values; 0 picks one and prints it")
	rewrite  = flag.Bool("rewrite", false, "rewrite the golden files in testdata")
)

type word struct {
	Text  string
	Count int64
}

type event struct {
	A, B int64
	C    float64
}

type numbers struct {
	A, B int64
	C    uint64
}

type loose struct { // padding, so memory is not the encoding
	A int8
	B int64
	C bool
	D uint16
}

type celsius float64

type inner struct {
	ID   uint32
	Tags []string
	when time.Time
}

type list struct {
	Value int32
	Next  *list
}

type tree struct {
	Name string
	Kids []tree
	By   map[string]*tree
}

type shape interface{ area() float64 }
type circle struct{ R float64 }
type square struct {
	Side int64
	Name string
}
type group struct{ Parts []shape }
type flagged bool

func (circle) area() float64  { return 1 }
func (square) area() float64  { return 1 }
func (*group) area() float64  { return 1 }
func (flagged) area() float64 { return 1 }

type drawing struct {
	Main  shape
	Parts []shape
}

type base struct {
	ID   int64
	Kind string
}

type everything struct {
	base
	B       bool
	I       int
	I8      int8
	I16     int16
	I32     int32
	I64     int64
	U       uint
	U8      uint8
	U16     uint16
	U32     uint32
	U64     uint64
	F32     float32
	F64     float64
	C64     complex64
	C128    complex128
	S       string
	Bytes   []byte
	T       time.Time
	D       time.Duration
	Temp    celsius
	A       [3]int16
	Flags   [5]bool
	Names   [2]string
	None    [0]string
	Structs [2]loose
	Opt     [2]*int32
	Sl      []int32
	Nested  [][]string
	Loose   []loose
	Times   []time.Time
	Empty   struct{}
	Nones   []struct{}
	M       map[string]int64
	MF      map[float64][]string
	MA      map[netip.Addr]bool
	P       *int64
	PB      *bool
	PT      *time.Time
	PS      *string
	PI      *inner
	PP      **int16
	PC      *complex64
	In      inner
	Sum     shape
	Sums    []shape
	URL     url.URL
	PURL    *url.URL
	Addr    netip.Addr
	Self    *everything
	hidden  uint16
	_       [3]byte
}

func init() {
	must(RegisterSum[shape](circle{}, square{}, (*group)(nil), flagged(false)))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func of[T any](t testing.TB) *Type[T] {
	t.Helper()
	typ, err := Of[T]()
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

// source makes random values; equal seeds make equal values.
type source struct{ *rand.Rand }

func newSource(t testing.TB) source {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed=%d", seed)
	return source{rand.New(rand.NewPCG(seed, 1))}
}

func random[T any](s source) T {
	var v T
	s.set(reflect.ValueOf(&v).Elem(), 0)
	return v
}

var oddStrings = []string{"", "\x00", "a", "a\x00", "a\x00b", "a\xff", "ab", "abcdefgh", "abcdefg\x00", "abcdefghi", "日本", strings.Repeat("x", 100)}
var oddFloats = []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1, -1, math.SmallestNonzeroFloat64, -math.MaxFloat64, 0.5}
var oddInts = []int64{0, 1, -1, 127, -128, 255, 256, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64}

func (s source) integer() int64 {
	if s.IntN(2) == 0 {
		return oddInts[s.IntN(len(oddInts))]
	}
	return int64(s.Uint64())
}

func (s source) text() string {
	if s.IntN(2) == 0 {
		return oddStrings[s.IntN(len(oddStrings))]
	}
	b := make([]byte, s.IntN(24))
	for i := range b {
		b[i] = byte(s.IntN(4))
	}
	return string(b)
}

func (s source) set(v reflect.Value, depth int) {
	if !v.CanSet() {
		v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	}
	switch v.Type() {
	case timeType:
		zones := []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("", -4321), time.Local}
		v.Set(reflect.ValueOf(time.Unix(s.integer()>>20, int64(s.IntN(3))).In(zones[s.IntN(4)])))
		return
	case reflect.TypeFor[url.URL]():
		v.Set(reflect.ValueOf(url.URL{Scheme: "http", Host: "h.example", Path: "/" + string(rune('a'+s.IntN(3)))}))
		return
	case reflect.TypeFor[netip.Addr]():
		v.Set(reflect.ValueOf(netip.AddrFrom4([4]byte{1, 2, 3, byte(s.IntN(3))})))
		return
	case reflect.TypeFor[shape]():
		k := s.IntN(5)
		if k == 4 || depth > 3 {
			v.SetZero()
			return
		}
		c := reflect.New(reflect.TypeOf([]any{circle{}, square{}, (*group)(nil), flagged(false)}[k])).Elem()
		s.set(c, depth+1)
		v.Set(c)
		return
	}
	small := s.IntN(3)
	if depth > 3 {
		small = 0
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(s.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(s.integer())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(s.integer()))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(oddFloats[s.IntN(len(oddFloats))])
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(oddFloats[s.IntN(len(oddFloats))], oddFloats[s.IntN(len(oddFloats))]))
	case reflect.String:
		v.SetString(s.text())
	case reflect.Array:
		for i := range v.Len() {
			s.set(v.Index(i), depth+1)
		}
	case reflect.Slice:
		if v.SetZero(); s.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), small, small))
		}
		for i := range v.Len() {
			s.set(v.Index(i), depth+1)
		}
	case reflect.Map:
		if v.SetZero(); s.IntN(4) == 0 {
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range small * 2 {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			s.set(k, depth+1)
			s.set(e, depth+1)
			v.SetMapIndex(k, e)
		}
	case reflect.Pointer:
		if v.SetZero(); s.IntN(3) > 0 && depth < 4 {
			v.Set(reflect.New(v.Type().Elem()))
			s.set(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				s.set(v.Field(i), depth+1)
			}
		}
	}
}
