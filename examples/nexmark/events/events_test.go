package events

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/types"
)

// line is an event as the golden file has it: without what Beam's events do not have.
func line(e *Event) string {
	switch e.Kind {
	case PersonKind:
		p := e.Person
		return fmt.Sprintf("P|%d|%s|%s|%s|%s|%s|%d|%s", p.ID, p.Name, p.Email, p.CreditCard, p.City, p.State, p.Time, p.Extra)
	case AuctionKind:
		a := e.Auction
		return fmt.Sprintf("A|%d|%s|%s|%d|%d|%d|%d|%d|%d|%s", a.ID, a.Item, a.Description, a.InitialBid, a.Reserve, a.Time, a.Expires, a.Seller, a.Category, a.Extra)
	}
	b := &e.Bid
	return fmt.Sprintf("B|%d|%d|%d|%d|%s", b.Auction, b.Bidder, b.Price, b.Time, b.Extra)
}

// The file was written by a program in Java that follows Beam's generator and draws
// from java.util.Random.
func TestTheFirstEventsAreThoseOfTheOriginal(t *testing.T) {
	text, err := os.ReadFile("testdata/events.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	c := Default()
	c.Events = int64(len(want))
	for i, e := range All(c) {
		if got := line(&e); got != want[i] {
			t.Errorf("event %d:\ngot  %s\nwant %s", i, got, want[i])
		}
	}
}

// The sums are of lines as in the golden file, one generator after the other, written
// by the same program.
func TestAllEventsAreThoseOfTheOriginal(t *testing.T) {
	for _, test := range []struct {
		events, generators, outOfOrder int64
		sum                            string
	}{
		{100_000, 100, 1, "7b723dc254550202d039598c857dbacab223e90a05597f3ec22a68ee6276cf9c"},
		{100_003, 7, 1000, "0ed4ab65f155ec83b9c2c9f582ae658933f3de188d3145b8bfee4114bdd329cd"},
		{1_000_000, 1, 1, "ff46939f0be81c643643200386b5b539276fb9622309cb94eb8f3288663cc005"},
	} {
		c := Suite()
		c.Events, c.Generators, c.OutOfOrder = test.events, test.generators, test.outOfOrder
		byGenerator := make([][]int64, c.Generators)
		each := c.Events / c.Generators
		for n := range c.Events {
			g := n % c.Generators
			if n >= each*c.Generators {
				g = c.Generators - 1
			}
			byGenerator[g] = append(byGenerator[g], n)
		}
		sum := sha256.New()
		out := bufio.NewWriter(sum)
		g := NewGenerator(c)
		var e Event
		for _, numbers := range byGenerator {
			for _, n := range numbers {
				g.Make(n, &e)
				fmt.Fprintln(out, line(&e))
			}
		}
		out.Flush()
		if got := hex.EncodeToString(sum.Sum(nil)); got != test.sum {
			t.Errorf("%v: the sum is %s", c, got)
		}
	}
}

func TestAnEventDependsOnNothingButItsNumber(t *testing.T) {
	c := Suite()
	c.Events, c.Generators, c.OutOfOrder = 5000, 3, 100
	want := All(c)
	g := NewGenerator(c)
	for _, n := range rand.New(rand.NewPCG(1, 2)).Perm(len(want)) {
		var e Event
		g.Make(int64(n), &e)
		if !reflect.DeepEqual(e, want[n]) {
			t.Fatalf("event %d: got %+v, want %+v", n, e, want[n])
		}
	}
}

func TestEventsComeInOrderButForTheDisorder(t *testing.T) {
	for _, group := range []int64{1, 10, 1000} {
		c := Suite()
		c.Events, c.OutOfOrder = 50_000, group
		var latest int64
		var most time.Duration
		for _, e := range All(c) {
			latest = max(latest, e.Time)
			most = max(most, time.Duration(latest-e.Time)*time.Millisecond)
		}
		if most > c.Disorder() || (most == 0) != (group == 1) {
			t.Errorf("groups of %d: events come up to %s late, want at most %s", group, most, c.Disorder())
		}
	}
}

// at is the parts of a reader's context that the source uses.
type at struct {
	connect.ReaderContext
	parallelism int
	now, wake   time.Time
	read        int64
}

func (c *at) Parallelism() int      { return c.parallelism }
func (c *at) Now() time.Time        { return c.now }
func (c *at) WakeAt(when time.Time) { c.wake = when }
func (c *at) AddBytes(n int64)      { c.read += n }

// splitting is the part of a split context that the source uses.
type splitting struct {
	connect.SplitContext
	parallelism int
}

func (s splitting) Parallelism() int { return s.parallelism }

func TestSplitsTogetherAreTheWhole(t *testing.T) {
	for _, parallelism := range []int{1, 2, 7, 500} {
		c := Suite()
		c.Events, c.Generators = 333, 5
		want := All(c)
		s := Source{Config: c}
		splits, err := s.Splits(splitting{parallelism: parallelism})
		if err != nil {
			t.Fatal(err)
		}
		got := make([]Event, len(want))
		var size int64
		for k, split := range splits {
			ctx := &at{parallelism: parallelism}
			rows := drain(t, s, ctx, split)
			for i, e := range rows {
				got[k+i*len(splits)] = e
			}
			if split.Size != int64(len(rows)) || ctx.read != split.Size {
				t.Errorf("split %s of size %d has %d events, and %d were counted", split.ID, split.Size, len(rows), ctx.read)
			}
			size += split.Size
		}
		if size != c.Events || !reflect.DeepEqual(got, want) {
			t.Errorf("%d splits have %d events, or others than the whole", len(splits), size)
		}
	}
}

// drain reads a split, and lets the time pass for which it waits.
func drain(t *testing.T, s Source, c *at, split connect.Split) (all []Event) {
	t.Helper()
	r, err := s.Open(c, split)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rows := make([]Event, 10)
		n, err := r.Read(rows)
		all = append(all, rows[:n]...)
		switch err {
		case io.EOF:
			return all
		case connect.Wait:
			if !c.wake.After(c.now) {
				t.Fatalf("at %s it wants to be woken at %s", c.now, c.wake)
			}
			c.now = c.wake
		case nil:
		default:
			t.Fatal(err)
		}
	}
}

func TestEventsComeAtTheRateThatIsAskedFor(t *testing.T) {
	c := Suite()
	c.Events = 100
	start := time.Unix(1000, 0)
	ctx := &at{parallelism: 1, now: start}
	s := Source{Config: c, PerSecond: 50}
	splits, _ := s.Splits(splitting{parallelism: 1})
	all := drain(t, s, ctx, splits[0])
	if took := ctx.now.Sub(start); took != 99*20*time.Millisecond || !reflect.DeepEqual(all, All(c)) {
		t.Errorf("%d events came in %s", len(all), took)
	}
}

func TestASourceWithoutEndGoesOn(t *testing.T) {
	c := Default()
	s := Source{Config: c}
	if s.Bounded() {
		t.Error("it is bounded")
	}
	splits, err := s.Splits(splitting{parallelism: 2})
	if err != nil || len(splits) != 2 {
		t.Fatalf("splits %v, %v", splits, err)
	}
	r, err := s.Open(&at{parallelism: 2}, splits[1])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	g := NewGenerator(c)
	rows := make([]Event, 64)
	for next := int64(1); next < 100_000; {
		n, err := r.Read(rows)
		if err != nil || n != len(rows) {
			t.Fatalf("%d events, %v", n, err)
		}
		for i := range rows {
			var want Event
			if g.Make(next, &want); !reflect.DeepEqual(rows[i], want) {
				t.Fatalf("event %d: got %+v, want %+v", next, rows[i], want)
			}
			next += 2
		}
	}
}

func TestEventsTravel(t *testing.T) {
	c := Suite()
	c.Events, c.Generators = 200, 1
	want := All(c)
	typ, err := types.Of[Event]()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]Event, len(want))
	n, err := typ.DecodeRows(typ.AppendRows(nil, want), got)
	if err != nil || n == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestBidsComeThroughChannels(t *testing.T) {
	c := Suite()
	hot, channels, withID := 0, map[string]string{}, 0
	for _, e := range All(c) {
		if e.Kind != BidKind {
			continue
		}
		b := e.Bid
		if url, seen := channels[b.Channel]; seen && url != b.URL {
			t.Fatalf("channel %s has the addresses %s and %s", b.Channel, url, b.URL)
		}
		channels[b.Channel] = b.URL
		if slices.Contains([]string{"Google", "Facebook", "Baidu", "Apple"}, b.Channel) {
			hot++
		}
		if strings.Contains(b.URL, "&channel_id=") {
			withID++
		}
		if strings.Count(b.URL, "/") != 6 || !strings.HasPrefix(b.URL, "https://www.nexmark.com/") {
			t.Fatalf("address %s", b.URL)
		}
	}
	// 92,000 bids: half of them through hot channels, nine in ten of the others with an ID.
	if hot < 45_000 || hot > 47_000 || withID < 40_400 || withID > 42_400 || len(channels) < 9800 {
		t.Errorf("%d bids through hot channels, %d with an ID, %d channels", hot, withID, len(channels))
	}
}

func TestConfigurationsAreChecked(t *testing.T) {
	if err := Default().Err(); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*Config){
		func(c *Config) { c.Events = -1 },
		func(c *Config) { c.Generators = 0 },
		func(c *Config) { c.Rate = 0 },
		func(c *Config) { c.OutOfOrder = 1906 },
		func(c *Config) { c.HotBidders = 0 },
		func(c *Config) { c.ActivePeople = 0 },
		func(c *Config) { c.BidBytes = -1 },
	} {
		c := Suite()
		change(&c)
		if c.Err() == nil {
			t.Errorf("%s: no error", c)
		}
	}
}

// The description is part of a job's fingerprint: what changes events must change it.
func TestDescriptionsNameEveryField(t *testing.T) {
	usual := Source{Config: Default()}.String()
	fields := reflect.TypeFor[Config]()
	for i := range fields.NumField() {
		c := Default()
		f := reflect.ValueOf(&c).Elem().Field(i)
		f.SetInt(f.Int() + 7)
		if got := (Source{Config: c}).String(); got == usual {
			t.Errorf("with another %s it is %s, too", fields.Field(i).Name, got)
		}
	}
	if got := (Source{Config: Suite(), PerSecond: 5}).String(); got != "100000 nexmark events, Generators 100 at 5/s" {
		t.Error(got)
	}
}

func BenchmarkEvents(b *testing.B) {
	c := Default()
	g := NewGenerator(c)
	rows := make([]Event, 1024)
	b.ReportAllocs()
	b.ResetTimer()
	for n := range int64(b.N) {
		g.Make(n, &rows[n%1024])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}
