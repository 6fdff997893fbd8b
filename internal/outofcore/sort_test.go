package outofcore

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
	"github.com/thalweg/thalweg/types"
)

// keyOf returns a key, or fails the test.
func keyOf[T, K any](t testing.TB, ref func(*T) *K) *types.Key[T, K] {
	t.Helper()
	k, err := types.KeyOf(ref)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// itself orders rows as their type does.
func itself[T any](t testing.TB) Order[T] {
	return By(keyOf(t, func(row *T) *T { return row }), false)
}

// sortRows sorts rows that are added in batches of random sizes, and returns the
// result as copies.
func sortRows[T any](t testing.TB, r *rand.Rand, order Order[T], room Room, rows []T) []T {
	t.Helper()
	s := NewSorter(typeOf[T](t), order, room)
	defer s.Close()
	for rest := rows; len(rest) > 0; {
		n := min(len(rest), r.IntN(1500))
		if err := s.Add(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := s.Sort(); err != nil {
		t.Fatal(err)
	}
	return allSorted(t, s)
}

// allSorted returns what a sorter still has.
func allSorted[T any](t testing.TB, s *Sorter[T]) (rows []T) {
	t.Helper()
	for {
		batch, err := s.Next()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, batch...)
	}
}

// sameRows compares sorted rows with a stable sort of the input, as sets of equal
// rows: those may have any order.
func sameRows[T any](t *testing.T, order Order[T], got, input []T) {
	t.Helper()
	want := slices.Clone(input)
	slices.SortStableFunc(want, func(a, b T) int { return order.Compare(&a, &b) })
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	encoded := typeOf[T](t)
	for from := 0; from < len(want); {
		to := from + 1
		for to < len(want) && order.Compare(&want[from], &want[to]) == 0 {
			to++
		}
		var a, b []string
		for i := from; i < to; i++ {
			if order.Compare(&got[i], &want[from]) != 0 {
				t.Fatalf("row %d is %.200v, want %.200v", i, got[i], want[from])
			}
			a = append(a, string(encoded.Append(nil, &got[i])))
			b = append(b, string(encoded.Append(nil, &want[i])))
		}
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Fatalf("rows %d to %d are not those that were added", from, to)
		}
		from = to
	}
}

// sorts checks an order with several shares, on random rows and on some of them
// that are in order, in reverse order, one, or none.
func sorts[T any](t *testing.T, name string, order Order[T], row func(r *rand.Rand) T) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		r := random(t)
		for _, n := range []int{0, 1, 2, 100, 3000, 8000} {
			rows := make([]T, n)
			for i := range rows {
				rows[i] = row(r)
			}
			for _, pages := range []int{MinPages, 13, 40, 1000} {
				got := sortRows(t, r, order, testRoom(t, host.New(), pages), rows)
				sameRows(t, order, got, rows)
				if n == 3000 || pages == 13 {
					sameRows(t, order, sortRows(t, r, order, testRoom(t, host.New(), pages), got), rows)
					slices.Reverse(got)
					sameRows(t, order, sortRows(t, r, order, testRoom(t, host.New(), pages), got), rows)
				}
			}
		}
	})
}

type pair struct{ A, B int64 }

type triple struct {
	A    int32
	B    float64
	Flag bool
	C    uint16
}

type item struct {
	Name  string
	Tags  []string
	Price *float64
	Parts []int32
	Note  []byte
}

type hundred struct {
	Key  [10]byte
	Rest [90]byte
}

func randomText(r *rand.Rand, alphabet string, most int) string {
	b := make([]byte, r.IntN(most+1))
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func randomItem(r *rand.Rand) item {
	x := item{Name: randomText(r, "ab\x00", 12)}
	for range r.IntN(3) {
		x.Tags = append(x.Tags, randomText(r, "xy", 5))
	}
	if r.IntN(2) == 0 {
		f := r.NormFloat64()
		x.Price = &f
	}
	for range r.IntN(4) {
		x.Parts = append(x.Parts, r.Int32())
	}
	if r.IntN(3) > 0 {
		x.Note = []byte(randomText(r, "note", 20))
	}
	return x
}

func TestRowsComeOutInOrder(t *testing.T) {
	itemKey := keyOf(t, func(x *item) *string { return &x.Name })
	sorts(t, "int64", itself[int64](t), func(r *rand.Rand) int64 { return int64(r.Uint64()) })
	sorts(t, "few values", itself[int64](t), func(r *rand.Rand) int64 { return r.Int64N(5) })
	sorts(t, "uint8", itself[uint8](t), func(r *rand.Rand) uint8 { return uint8(r.Uint32()) })
	sorts(t, "all equal", itself[int32](t), func(*rand.Rand) int32 { return 7 })
	sorts(t, "nothing", itself[struct{}](t), func(*rand.Rand) struct{} { return struct{}{} })
	sorts(t, "float64", itself[float64](t), func(r *rand.Rand) float64 { return r.NormFloat64() })
	sorts(t, "pairs", itself[pair](t), func(r *rand.Rand) pair { return pair{r.Int64N(100), r.Int64N(1000)} })
	sorts(t, "pairs by one", By(keyOf(t, func(p *pair) *int64 { return &p.B }), true),
		func(r *rand.Rand) pair { return pair{int64(r.Uint64()), int64(r.ExpFloat64() * 1000)} })
	sorts(t, "triples", itself[triple](t), func(r *rand.Rand) triple {
		return triple{r.Int32N(3), float64(r.IntN(10)), r.IntN(2) == 0, uint16(r.Uint32())}
	})
	sorts(t, "triples descending and ascending", Then(
		By(keyOf(t, func(x *triple) *float64 { return &x.B }), true),
		By(keyOf(t, func(x *triple) *bool { return &x.Flag }), false),
		By(keyOf(t, func(x *triple) *uint16 { return &x.C }), true)),
		func(r *rand.Rand) triple {
			return triple{r.Int32(), float64(r.IntN(10)), r.IntN(2) == 0, uint16(r.Uint32())}
		})
	sorts(t, "strings", itself[string](t), func(r *rand.Rand) string { return randomText(r, "ab", 30) })
	sorts(t, "strings with a long common prefix", itself[string](t),
		func(r *rand.Rand) string {
			return "https://www.example.org/" + strings.Repeat("x", 8*r.IntN(3)) + fmt.Sprint(r.IntN(3000))
		})
	sorts(t, "strings of zeros", itself[string](t), func(r *rand.Rand) string { return randomText(r, "\x00", 40) })
	sorts(t, "strings that differ late", By(keyOf(t, func(s *string) *string { return s }), true),
		func(r *rand.Rand) string { return strings.Repeat("a", r.IntN(200)) })
	sorts(t, "items", itself[item](t), randomItem)
	sorts(t, "items by name", By(itemKey, true), randomItem)
	sorts(t, "items by function", ByFunc(func(a, b item) int { return cmp.Compare(len(a.Tags), len(b.Tags)) }), randomItem)
	sorts(t, "items by name and function", Then(By(itemKey, false),
		ByFunc(func(a, b item) int { return slices.Compare(a.Parts, b.Parts) })), randomItem)
	sorts(t, "pairs by function", ByFunc(func(a, b pair) int { return cmp.Or(cmp.Compare(a.B, b.B), cmp.Compare(b.A, a.A)) }),
		func(r *rand.Rand) pair { return pair{r.Int64N(1000), r.Int64N(1000)} })
	sorts(t, "a hundred bytes", By(keyOf(t, func(x *hundred) *[10]byte { return &x.Key }), false), func(r *rand.Rand) (x hundred) {
		for i := range x.Key {
			x.Key[i] = byte(r.IntN(3))
		}
		x.Rest[r.IntN(90)] = byte(r.Uint32())
		return x
	})
}

// Rows of very different lengths, up to many pages each.
func TestLargeRowsAreSorted(t *testing.T) {
	for _, pages := range []int{MinPages, 30, 900} {
		r := random(t)
		var rows []item
		for range 300 {
			x := randomItem(r)
			switch r.IntN(20) {
			case 0:
				x.Note = make([]byte, r.IntN(1<<19))
			case 1:
				x.Name = strings.Repeat("long", r.IntN(1<<14))
			}
			rows = append(rows, x)
		}
		rows = append(rows, item{Name: "largest", Note: make([]byte, 4<<20)}, item{Name: strings.Repeat("n", 4<<20)},
			item{Name: strings.Repeat("n", 4<<20) + "m"})
		for _, order := range []Order[item]{
			itself[item](t),
			ByFunc(func(a, b item) int { return cmp.Compare(len(a.Note), len(b.Note)) }),
		} {
			sameRows(t, order, sortRows(t, r, order, testRoom(t, host.New(), pages), rows), rows)
		}
	}
}

func TestARowOf64MiBIsSorted(t *testing.T) {
	huge := strings.Repeat("x", 64<<20)
	rows := []string{"y", huge, "w", huge + "1", huge + "0"}
	got := sortRows(t, random(t), itself[string](t), testRoom(t, host.New(), MinPages), rows)
	if len(got) != 5 || got[0] != "w" || got[1] != huge || got[2] != huge+"0" || got[3] != huge+"1" || got[4] != "y" {
		t.Error("the rows are not in order")
	}
}

// Fixed-size rows may be larger than a page, too.
func TestLargeRowsOfOneSizeAreSorted(t *testing.T) {
	r := random(t)
	rows := make([][5000]int64, 100)
	for i := range rows {
		rows[i][0], rows[i][4999] = r.Int64N(3), r.Int64()
	}
	order := itself[[5000]int64](t)
	for _, pages := range []int{MinPages, 600} {
		sameRows(t, order, sortRows(t, r, order, testRoom(t, host.New(), pages), rows), rows)
	}
}

func TestASorterStaysWithinItsShare(t *testing.T) {
	r := random(t)
	rows := make([]pair, 100_000)
	texts := make([]string, 50_000)
	for i := range rows {
		rows[i] = pair{r.Int64(), r.Int64()}
	}
	for i := range texts {
		texts[i] = randomText(r, "abc", 60)
	}
	for _, pages := range []int{MinPages, 10, 16, 33, 100, 500} {
		room := testRoom(t, host.New(), pages)
		sortRows(t, r, itself[pair](t), room, rows)
		if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
			t.Errorf("%d bytes of a share of %d were used", peak, room.Memory.Limit())
		}
		room = testRoom(t, host.New(), pages)
		sortRows(t, r, itself[string](t), room, texts)
		if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
			t.Errorf("%d bytes of a share of %d were used", peak, room.Memory.Limit())
		}
	}
}

// Rows that came out are not changed by what the sorter does later, and not by
// others that get its pages.
func TestRowsThatCameOutStayAsTheyWere(t *testing.T) {
	r := random(t)
	rows := make([]string, 20_000)
	for i := range rows {
		rows[i] = randomText(r, "abcdefgh", 30)
	}
	want := slices.Sorted(slices.Values(rows))
	for _, pages := range []int{MinPages, 60, 500} {
		room := testRoom(t, host.New(), pages)
		got := sortRows(t, r, itself[string](t), room, rows)
		var taken [][]byte
		for page := room.Memory.Page(); page != nil; page = room.Memory.Page() {
			for i := range page {
				page[i] = '!'
			}
			taken = append(taken, page)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d pages: rows have changed", pages)
		}
		for _, page := range taken {
			room.Memory.Free(page)
		}
	}
}

func TestTheSameRowsGiveTheSameResult(t *testing.T) {
	r := random(t)
	rows := make([]pair, 30_000)
	for i := range rows {
		rows[i] = pair{r.Int64N(10), int64(i)}
	}
	for _, order := range []Order[pair]{
		By(keyOf(t, func(p *pair) *int64 { return &p.A }), false),
		ByFunc(func(a, b pair) int { return cmp.Compare(a.A, b.A) }),
	} {
		for _, pages := range []int{MinPages, 30, 500} {
			one := sortRows(t, rand.New(rand.NewPCG(1, 2)), order, testRoom(t, host.New(), pages), rows)
			two := sortRows(t, rand.New(rand.NewPCG(1, 2)), order, testRoom(t, host.New(), pages), rows)
			if !slices.Equal(one, two) {
				t.Errorf("%d pages: two results", pages)
			}
		}
	}
}

// The step from memory to disk is small: rows that almost fit are almost all kept.
func TestLittleIsWrittenIfLittleDoesNotFit(t *testing.T) {
	r := random(t)
	rows := make([]hundred, 60_000)
	for i := range rows {
		rows[i].Key[0], rows[i].Key[9] = byte(r.Uint32()), byte(i)
	}
	order := By(keyOf(t, func(x *hundred) *[10]byte { return &x.Key }), false)
	s := NewSorter(typeOf[hundred](t), order, testRoom(t, host.New(), 300))
	defer s.Close()
	n := 0
	for ; s.written == 0; n += 100 {
		if err := s.Add(rows[n : n+100]); err != nil {
			t.Fatal(err)
		}
	}
	more := n / 10
	if err := s.Add(rows[n : n+more]); err != nil {
		t.Fatal(err)
	}
	if err := s.Sort(); err != nil {
		t.Fatal(err)
	}
	if all := int64(n+more) * 100; s.written > all/4 {
		t.Errorf("%d of %d bytes were written", s.written, all)
	}
	sameRows(t, order, allSorted(t, s), rows[:n+more])
}

// Who brings rows is not held up for a whole run, but for the first one, which is
// short.
func TestARunIsWrittenLittleByLittleWhileRowsAreAdded(t *testing.T) {
	r := random(t)
	order := By(keyOf(t, func(x *hundred) *[10]byte { return &x.Key }), false)
	room := testRoom(t, host.New(), 300)
	s := NewSorter(typeOf[hundred](t), order, room)
	defer s.Close()
	const step = 100
	most := int64(writtenForAdded*step*100 + 2*room.Memory.PageSize())
	var all []hundred
	rows := make([]hundred, step)
	for runs := 0; runs < 30; runs = len(s.runs) {
		for i := range rows {
			rows[i].Key[0], rows[i].Key[9] = byte(r.Uint32()), byte(r.Uint32())
		}
		all = append(all, rows...)
		before := int64(0)
		if s.writer != nil {
			before = s.writer.w.Size()
		}
		if err := s.Add(rows); err != nil {
			t.Fatal(err)
		}
		if runs == 0 || s.writer == nil {
			continue
		}
		if n := s.writer.w.Size() - before; n > most {
			t.Fatalf("after %d runs %d bytes were written for %d that were added", runs, n, step*100)
		}
	}
	if _, peak := room.Memory.Used(); peak > room.Memory.Limit() {
		t.Errorf("%d bytes of a share of %d were used", peak, room.Memory.Limit())
	}
	longest := int64(0)
	for _, run := range s.runs {
		longest = max(longest, run.bytes)
	}
	if longest < room.Memory.Limit()/3 {
		t.Errorf("the longest of %d runs has %d bytes of a share of %d", len(s.runs), longest, room.Memory.Limit())
	}
	if err := s.Sort(); err != nil {
		t.Fatal(err)
	}
	sameRows(t, order, allSorted(t, s), all)
}

// What fits needs no space.
func TestRowsThatFitAreSortedInMemory(t *testing.T) {
	r := random(t)
	room := testRoom(t, host.New(), 300)
	room.Space = nil
	rows := make([]pair, 50_000)
	for i := range rows {
		rows[i] = pair{r.Int64(), r.Int64()}
	}
	sameRows(t, itself[pair](t), sortRows(t, r, itself[pair](t), room, rows), rows)
}

func TestASorterWithoutRowsIsEmpty(t *testing.T) {
	s := NewSorter(typeOf[pair](t), itself[pair](t), Room{})
	if err := s.Add(nil); err != nil {
		t.Error(err)
	}
	if err := s.Sort(); err != nil {
		t.Error(err)
	}
	if rows, err := s.Next(); rows != nil || err != io.EOF {
		t.Errorf("%v, %v", rows, err)
	}
	s.Close()
}
