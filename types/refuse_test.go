package types

import (
	"errors"
	"io"
	"math/big"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

type order struct {
	ID       int
	Customer *customer
}
type customer struct {
	Name   string
	Notify chan int
}
type stamped struct { // inherits MarshalBinary, which would lose N
	time.Time
	N int
}
type login struct {
	*url.Userinfo
	N int
}
type pair[A, B any] struct {
	a A
	b B
}
type handler func()
type deep struct {
	Rows map[string][]struct{ Do func() }
}
type selfish struct{ n int64 }

func (s *selfish) MarshalBinary() ([]byte, error) {
	if s.n < 0 {
		return nil, errors.New("negative")
	}
	return []byte{byte(s.n)}, nil
}

func (s *selfish) UnmarshalBinary(b []byte) error {
	if len(b) != 1 {
		return errors.New("not one byte")
	}
	s.n = int64(b[0])
	return nil
}

func refuses[T any](t *testing.T, want string) {
	t.Helper()
	typ, err := Of[T]()
	var unsupported *UnsupportedError
	if typ != nil || !errors.As(err, &unsupported) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestTypesThatCannotBeCarriedAreRefusedByPath(t *testing.T) {
	refuses[order](t, "types: order.Customer.Notify: a channel cannot be carried")
	refuses[handler](t, "types: handler: a function cannot be carried")
	refuses[deep](t, "types: deep.Rows[value][].Do: a function cannot be carried")
	refuses[[]chan int](t, "types: []chan int[]: a channel cannot be carried")
	refuses[struct{ P unsafe.Pointer }](t, "types: struct { P unsafe.Pointer }.P: an unsafe.Pointer cannot be carried")
	refuses[[2]uintptr](t, "types: [2]uintptr[]: a uintptr cannot be carried: an address means nothing in another process")
	refuses[any](t, "types: interface {}: the interface interface {} cannot be carried before its variants are named: register it with types.RegisterSum")
	refuses[struct{ R io.Reader }](t, "types: struct { R io.Reader }.R: the interface io.Reader cannot be carried before its variants are named: register it with types.RegisterSum")
	refuses[map[*int]bool](t, "types: map[*int]bool[key]: a map key that holds a pointer or an interface cannot be carried: its identity does not survive")
	refuses[map[[1]shape]bool](t, "types: map[[1]types.shape]bool[key]: a map key that holds a pointer or an interface cannot be carried: its identity does not survive")
	refuses[map[decimal]bool](t, "types: map[types.decimal]bool[key]: a map key that holds a pointer or an interface cannot be carried: its identity does not survive")
	const foreign = " belongs to another package and has neither MarshalBinary and UnmarshalBinary nor a codec registered with types.RegisterCodec"
	refuses[login](t, "types: login.Userinfo.username: unexported foreign state: url.Userinfo"+foreign)
	refuses[*big.Int](t, "types: *big.Int.neg: unexported foreign state: big.Int"+foreign)
	refuses[strings.Builder](t, "types: Builder.addr: unexported foreign state: strings.Builder"+foreign)
	refuses[pair[int, big.Int]](t, "types: pair[int,big.Int].b.neg: unexported foreign state: big.Int"+foreign)
}

func carries[T any](t *testing.T, want string) {
	t.Helper()
	typ, err := Of[T]()
	if err != nil {
		t.Error(err)
		return
	}
	if got := typ.Schema().String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSchemasPrintTheSameInOneLine(t *testing.T) {
	carries[word](t, "types.word{Text string, Count int64}")
	carries[celsius](t, "types.celsius(float64)")
	carries[list](t, "types.list{Value int32, Next *types.list}")
	carries[tree](t, "types.tree{Name string, Kids []types.tree, By map[string]*types.tree}")
	carries[stamped](t, "types.stamped{time, N int}")
	carries[url.URL](t, "url.URL(binary)")
	carries[*selfish](t, "*types.selfish(binary)")
	carries[map[netip.Addr]time.Duration](t, "map[netip.Addr(binary)]duration")
	carries[shape](t, "types.shape(types.circle{R float64} | types.square{Side int64, Name string} | *types.group{Parts []types.shape} | types.flagged(bool))")
	carries[[]struct{ B []byte }](t, "[]{B bytes}")
	carries[pair[inner, [2]word]](t, "types.pair[types.inner,[2]types.word]{a types.inner{ID uint32, Tags []string, when time}, b [2]types.word{Text string, Count int64}}")
}

func TestInheritedMarshalBinaryDoesNotHideFields(t *testing.T) {
	typ := of[stamped](t)
	row := stamped{time.Unix(7, 0).UTC(), 9}
	var got stamped
	if _, err := typ.Decode(typ.Append(nil, &row), &got); err != nil || got != row {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestRegisterSumRefusesWhatIsNoSum(t *testing.T) {
	type reader interface{ Read([]byte) (int, error) }
	for want, err := range map[string]error{
		"int is not an interface":                     RegisterSum[int](1),
		"needs between 1 and 65536 variants, not 0":   RegisterSum[reader](),
		"variant 1 of types.reader is nil":            RegisterSum[reader](nil),
		"int does not implement types.reader":         RegisterSum[reader](1),
		"types.circle is a variant of types.shape tw": RegisterSum[shape](circle{}, circle{}),
		"types.shape is registered with other varian": RegisterSum[shape](circle{}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
	}
	if err := RegisterSum[shape](circle{}, square{}, (*group)(nil), flagged(false)); err != nil {
		t.Error(err)
	}
}

// panics returns the *ValueError f panics with.
func panics(t *testing.T, name string, f func()) (e *ValueError) {
	t.Helper()
	defer func() {
		e, _ = recover().(*ValueError)
		if e == nil {
			t.Errorf("%s: no *ValueError", name)
		}
	}()
	f()
	return nil
}

type stranger struct{}

func (stranger) area() float64 { return 0 }

func TestValuesThatCannotBeCarriedPanicWithAValueError(t *testing.T) {
	coded := of[selfish](t)
	if e := panics(t, "marshal", func() { coded.Append(nil, &selfish{-1}) }); e != nil && e.Err.Error() != "negative" {
		t.Error(e)
	}
	sum := of[shape](t)
	unknown := shape(stranger{})
	if e := panics(t, "variant", func() { sum.Append(nil, &unknown) }); e != nil &&
		e.Error() != "types: types.shape: types.stranger was not registered as a variant with types.RegisterSum" {
		t.Error(e)
	}
}

func TestDataThatRefersToItselfIsReported(t *testing.T) {
	loop := &list{Value: 1}
	loop.Next = loop
	twin := &list{Value: 1}
	twin.Next = twin
	typ := of[list](t)
	for name, f := range map[string]func(){
		"append":  func() { typ.Append(nil, loop) },
		"hash":    func() { typ.Hash(loop) },
		"equal":   func() { typ.Equal(loop, twin) },
		"compare": func() { typ.Compare(loop, twin) },
		"key":     func() { typ.AppendKey(nil, loop) },
		"detach":  func() { typ.Detach(&list{1, loop}, new(Arena)) },
	} {
		panics(t, name, f)
	}
	nest := tree{}
	nest.Kids = make([]tree, 1)
	nest.Kids[0].Kids = nest.Kids
	panics(t, "slices", func() { of[tree](t).Append(nil, &nest) })
	nest = tree{By: map[string]*tree{}}
	nest.By["x"] = &nest
	panics(t, "maps", func() { of[tree](t).Append(nil, &nest) })
	panics(t, "maps", func() { of[tree](t).Hash(&nest) })
	panics(t, "maps", func() { of[tree](t).Detach(&nest, new(Arena)) })
	cyclic := &group{}
	cyclic.Parts = []shape{cyclic}
	sum := shape(cyclic)
	panics(t, "sums", func() { of[shape](t).Append(nil, &sum) })
	panics(t, "sums", func() { of[shape](t).Hash(&sum) })

	// What can be encoded can be decoded: the limits are the same.
	var chain *list
	for range MaxDepth + 1 {
		chain = &list{1, chain}
	}
	var got list
	if _, err := typ.Decode(typ.Append(nil, chain), &got); err != nil || !typ.Equal(chain, &got) {
		t.Error("the deepest chain:", err)
	}
	panics(t, "one deeper", func() { typ.Append(nil, &list{1, chain}) })
}

func TestFlagsOfTypes(t *testing.T) {
	type flags struct {
		fixed                     int
		pointers, exact, decisive bool
	}
	check := func(name string, got, want flags) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	get := func(fixed int, bits ...bool) flags { return flags{fixed, bits[0], bits[1], bits[2]} }
	i, w, e, l, n, m, x, o := of[int32](t), of[word](t), of[event](t), of[loose](t), of[numbers](t), of[time.Time](t), of[*int64](t), of[struct{}](t)
	check("int32", get(i.Fixed(), i.HasPointers(), i.Exact(), i.PrefixDecides()), flags{4, false, true, true})
	check("word", get(w.Fixed(), w.HasPointers(), w.Exact(), w.PrefixDecides()), flags{0, true, true, false})
	check("event", get(e.Fixed(), e.HasPointers(), e.Exact(), e.PrefixDecides()), flags{24, false, false, false})
	check("loose", get(l.Fixed(), l.HasPointers(), l.Exact(), l.PrefixDecides()), flags{12, false, true, false})
	check("numbers", get(n.Fixed(), n.HasPointers(), n.Exact(), n.PrefixDecides()), flags{24, false, true, false})
	check("time", get(m.Fixed(), m.HasPointers(), m.Exact(), m.PrefixDecides()), flags{16, true, false, false})
	check("pointer", get(x.Fixed(), x.HasPointers(), x.Exact(), x.PrefixDecides()), flags{9, true, false, false})
	check("empty", get(o.Fixed(), o.HasPointers(), o.Exact(), o.PrefixDecides()), flags{1, false, true, true})
}

type overridden struct { // embeds a marshaler and is one itself
	time.Time
	N uint8
}

func (o overridden) MarshalBinary() ([]byte, error) { return []byte{o.N}, nil }

func (o *overridden) UnmarshalBinary(b []byte) error {
	if len(b) != 1 {
		return errors.New("not one byte")
	}
	o.N = b[0]
	return nil
}

func TestOwnMarshalBinaryIsUsedBesideAnEmbeddedOne(t *testing.T) {
	carries[overridden](t, "types.overridden(binary)")
	typ := of[overridden](t)
	var got overridden
	if _, err := typ.Decode(typ.Append(nil, &overridden{N: 9}), &got); err != nil || got.N != 9 {
		t.Error(got, err)
	}
}

func TestHomeIsWhatTheRootNames(t *testing.T) {
	got := argumentPackages("Pair[a.org/b.Word,map[string]*gopkg.in/yaml%2ev3.Node[main.T·1]]")
	if want := []string{"a.org/b", "gopkg.in/yaml.v3", "main"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for pkg, want := range map[string]bool{
		"time": true, "net/url": true, "main": false, "a.org/b": false,
		"github.com/thalweg/thalweg/types": false, "github.com/thalweg/thalweg/types_test": false,
	} {
		if standard(pkg) != want {
			t.Errorf("standard(%q) is %v", pkg, !want)
		}
	}
	// An unnamed root names its own fields' package.
	carries[[]struct{ a map[string]inner }](t, "[]{a map[string]types.inner{ID uint32, Tags []string, when time}}")
}
