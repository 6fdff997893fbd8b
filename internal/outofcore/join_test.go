package outofcore

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/types"
)

// A join is tested with rows of these types: without pointers, with strings, with
// slices, larger than a page without pointers, and without any byte.
type (
	joinPairRow struct {
		Key   int64
		Value int32
	}
	joinNamedRow struct {
		Key   string
		Value int32
	}
	joinBlobRow struct {
		Key  int32
		Body []byte
	}
	joinWideRow struct {
		Key  int16
		Body [18 << 10]byte
	}
	joinNothing struct{}
	joinTwofold struct {
		A int32
		B string
	}
)

func fieldKey[T, K any](t testing.TB, ref func(*T) *K) *types.Key[T, K] {
	t.Helper()
	key, err := types.KeyOf(ref)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func funcKey[T, K any](t testing.TB, f func(T) K) *types.Key[T, K] {
	t.Helper()
	key, err := types.KeyFunc(f)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func joinOf[B, P, K any](t testing.TB, build *types.Key[B, K], probe *types.Key[P, K]) JoinSpec[B, P, K] {
	t.Helper()
	return JoinSpec[B, P, K]{Build: typeOf[B](t), Probe: typeOf[P](t), BuildKey: build, ProbeKey: probe}
}

// event is a call of one of a join's functions, by hashes of the rows.
type joinEvent struct {
	what string
	b, p uint64
}

// joinRecorder keeps the rows that a join's functions were called with: what they refer
// to is looked at in the end only.
type joinRecorder[B, P any] struct {
	what []string
	b    []B
	p    []P
}

func (r *joinRecorder[B, P]) add(what string, b *B, p *P) {
	r.what = append(r.what, what)
	r.b, r.p = append(r.b, *new(B)), append(r.p, *new(P))
	if b != nil {
		r.b[len(r.b)-1] = *b
	}
	if p != nil {
		r.p[len(r.p)-1] = *p
	}
}

func (r *joinRecorder[B, P]) events(b *types.Type[B], p *types.Type[P]) map[joinEvent]int {
	events := map[joinEvent]int{}
	for i, what := range r.what {
		events[joinEvent{what, b.Hash(&r.b[i]), p.Hash(&r.p[i])}]++
	}
	return events
}

// recordJoin has all functions of a spec that are wanted, by their letter, recorded.
func recordJoin[B, P, K any](spec *JoinSpec[B, P, K], wanted string) *joinRecorder[B, P] {
	r := &joinRecorder[B, P]{}
	ofBuild := func(letter string) func(*B) error {
		if !strings.Contains(wanted, letter) {
			return nil
		}
		return func(b *B) error { r.add(letter, b, nil); return nil }
	}
	ofProbe := func(letter string) func(*P) error {
		if !strings.Contains(wanted, letter) {
			return nil
		}
		return func(p *P) error { r.add(letter, nil, p); return nil }
	}
	spec.BuildMatched, spec.BuildAlone = ofBuild("B"), ofBuild("b")
	spec.ProbeMatched, spec.ProbeAlone = ofProbe("P"), ofProbe("p")
	if strings.Contains(wanted, "M") {
		spec.Match = func(b *B, p *P) error { r.add("M", b, p); return nil }
	}
	return r
}

// naiveJoin calls the functions of a spec as a join must.
func naiveJoin[B, P, K any](spec *JoinSpec[B, P, K], build []B, probe []P) {
	call := func(partner bool, yes, no func()) {
		if !partner {
			yes = no
		}
		yes()
	}
	keys := spec.BuildKey.Type()
	probed := make([]bool, len(probe))
	byHash := map[uint64][]int{}
	for k := range probe {
		key := spec.ProbeKey.Get(&probe[k])
		byHash[keys.Hash(&key)] = append(byHash[keys.Hash(&key)], k)
	}
	for i := range build {
		found, key := false, spec.BuildKey.Get(&build[i])
		for _, k := range byHash[keys.Hash(&key)] {
			if other := spec.ProbeKey.Get(&probe[k]); keys.Equal(&key, &other) {
				found, probed[k] = true, true
				if spec.Match != nil {
					_ = spec.Match(&build[i], &probe[k])
				}
			}
		}
		call(found, func() { callWith(spec.BuildMatched, &build[i]) }, func() { callWith(spec.BuildAlone, &build[i]) })
	}
	for k := range probe {
		call(probed[k], func() { callWith(spec.ProbeMatched, &probe[k]) }, func() { callWith(spec.ProbeAlone, &probe[k]) })
	}
}

func callWith[T any](f func(*T) error, row *T) {
	if f != nil {
		_ = f(row)
	}
}

// runJoin joins rows in batches of any size.
func runJoin[B, P, K any](t testing.TB, r *rand.Rand, spec JoinSpec[B, P, K], room Room, build []B, probe []P) error {
	t.Helper()
	j, err := NewJoin(spec, room)
	if err != nil {
		return err
	}
	defer j.Close()
	for rest := build; len(rest) > 0; {
		n := min(len(rest), r.IntN(3000))
		if err := j.Build(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if err := j.BuildDone(); err != nil {
		return err
	}
	for rest := probe; len(rest) > 0; {
		n := min(len(rest), r.IntN(3000))
		if err := j.Probe(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return j.ProbeDone()
}

// joinKinds are the functions that are wanted of usual joins, for both build sides.
var joinKinds = []string{"M", "Mb", "Mp", "Mbp", "P", "p", "B", "b", "MBbPp", "BbPp", ""}

// joinStrategies are ways that a join is forced to go.
var joinStrategies = []string{"none", "spill", "loops", "noBloom", "noReversal", "depth", "mask", "maskHigh", "spill loops", "mask noReversal"}

func forceJoin[B, P, K any](spec *JoinSpec[B, P, K], strategy string) {
	spec.ForceSpill = strings.Contains(strategy, "spill") || strings.Contains(strategy, "loops")
	spec.ForceNestedLoops = strings.Contains(strategy, "loops")
	spec.NoBloom = strings.Contains(strategy, "noBloom")
	spec.NoReversal = strings.Contains(strategy, "noReversal")
	switch {
	case strings.Contains(strategy, "depth"):
		spec.MaxDepth = 1
	case strings.Contains(strategy, "maskHigh"):
		spec.Mask = 0xff << 48
	case strings.Contains(strategy, "mask"):
		spec.Mask = 7 << 20
	}
}

// checkJoin joins rows in all ways and compares with nested loops.
func checkJoin[B, P, K any](t *testing.T, r *rand.Rand, spec JoinSpec[B, P, K], pages int, build []B, probe []P) {
	t.Helper()
	kind, strategy := joinKinds[r.IntN(len(joinKinds))], joinStrategies[r.IntN(len(joinStrategies))]
	name := fmt.Sprintf("%T ⋈ %T, %d and %d rows, %d pages, calls %q, %s", *new(B), *new(P), len(build), len(probe), pages, kind, strategy)
	room := testRoom(t, host.New(), pages)
	want := recordJoin(&spec, kind)
	naiveJoin(&spec, build, probe)
	got := recordJoin(&spec, kind)
	forceJoin(&spec, strategy)
	if err := runJoin(t, r, spec, room, build, probe); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if now, _ := room.Memory.Used(); now != 0 {
		t.Fatalf("%s: %d bytes are in use", name, now)
	}
	if n := room.Space.Stored(); n != 0 {
		t.Fatalf("%s: files of %d bytes are left", name, n)
	}
	for _, page := range freePages(room) { // nothing that was lent is there
		for i := range page {
			page[i] = 0xAA
		}
	}
	compareJoins(t, name, got.events(spec.Build, spec.Probe), want.events(spec.Build, spec.Probe))
}

func compareJoins(t *testing.T, name string, got, want map[joinEvent]int) {
	t.Helper()
	for e, n := range want {
		if got[e] != n {
			t.Fatalf("%s: %q was called %d times for some rows, want %d", name, e.what, got[e], n)
		}
	}
	for e, n := range got {
		if want[e] == 0 {
			t.Fatalf("%s: %q was called %d times for rows it should not be", name, e.what, n)
		}
	}
}

// joinKeys returns keys below a bound, of which one may be half of all: in many rows
// only now and then, as there are as many pairs as the product says.
func joinKeys(r *rand.Rand, n int) []int {
	keys := make([]int, n)
	bound, heavy := 1+max(r.IntN(2*n+1), n/8), r.IntN(4) == 0
	if n > 1500 {
		heavy = r.IntN(20) == 0
	}
	for i := range keys {
		keys[i] = r.IntN(bound)
		if heavy && r.IntN(2) == 0 {
			keys[i] = 7
		}
	}
	return keys
}

// joinSize returns a number of rows, now and then none.
func joinSize(r *rand.Rand, most int) int {
	if r.IntN(8) == 0 {
		return r.IntN(2)
	}
	return r.IntN(most + 1)
}

// joinPages returns a share, from the smallest to an ample one.
func joinPages(r *rand.Rand) int {
	return []int{MinPages, MinPages, 11, 32, 70, 300, 1024}[r.IntN(7)]
}

func joinRowsOf[T any](r *rand.Rand, most int, row func(key int) T) []T {
	var rows []T
	for _, key := range joinKeys(r, joinSize(r, most)) {
		rows = append(rows, row(key))
	}
	return rows
}

func TestAJoinIsNestedLoops(t *testing.T) {
	r := random(t)
	newPair := func(key int) joinPairRow { return joinPairRow{int64(key), r.Int32N(3)} }
	newNamed := func(key int) joinNamedRow {
		return joinNamedRow{strings.Repeat("k", key%20) + fmt.Sprint(key), r.Int32N(3)}
	}
	newBlob := func(key int) joinBlobRow { return joinBlobRow{int32(key), make([]byte, r.IntN(1<<(r.IntN(16))))} }
	newWide := func(key int) joinWideRow {
		return joinWideRow{Key: int16(key), Body: [18 << 10]byte{byte(key), byte(r.IntN(3))}}
	}
	pairKey := fieldKey(t, func(p *joinPairRow) *int64 { return &p.Key })
	nameKey := fieldKey(t, func(n *joinNamedRow) *string { return &n.Key })
	blobKey := funcKey(t, func(b joinBlobRow) int64 { return int64(b.Key) })
	wideKey := funcKey(t, func(w joinWideRow) int64 { return int64(w.Key) })
	twoOfPair := funcKey(t, func(p joinPairRow) joinTwofold { return joinTwofold{int32(p.Key / 10), fmt.Sprint(p.Key % 10)} })
	twoOfBlob := funcKey(t, func(b joinBlobRow) joinTwofold { return joinTwofold{b.Key / 10, fmt.Sprint(b.Key % 10)} })
	rounds := 5
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		n := 1 << (4 + r.IntN(11))
		checkJoin(t, r, joinOf(t, pairKey, pairKey), joinPages(r), joinRowsOf(r, n, newPair), joinRowsOf(r, n, newPair))
		checkJoin(t, r, joinOf(t, nameKey, nameKey), joinPages(r), joinRowsOf(r, n, newNamed), joinRowsOf(r, n, newNamed))
		checkJoin(t, r, joinOf(t, blobKey, pairKey), joinPages(r), joinRowsOf(r, n/4, newBlob), joinRowsOf(r, n, newPair))
		checkJoin(t, r, joinOf(t, pairKey, blobKey), joinPages(r), joinRowsOf(r, n, newPair), joinRowsOf(r, n/4, newBlob))
		checkJoin(t, r, joinOf(t, wideKey, pairKey), joinPages(r), joinRowsOf(r, n/32, newWide), joinRowsOf(r, n, newPair))
		checkJoin(t, r, joinOf(t, pairKey, wideKey), joinPages(r), joinRowsOf(r, n, newPair), joinRowsOf(r, n/32, newWide))
		checkJoin(t, r, joinOf(t, twoOfPair, twoOfBlob), joinPages(r), joinRowsOf(r, n/4, newPair), joinRowsOf(r, n/8, newBlob))
	}
}
