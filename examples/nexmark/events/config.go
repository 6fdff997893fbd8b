package events

import (
	"fmt"
	"math"
	"time"
)

// Config is what events are made by.
type Config struct {
	Events     int64 // how many there are; 0: no end
	Generators int64 // sub-generators, each on a timeline of its own
	Rate       int64 // events a second of event time, of all generators together
	Start      int64 // the time of the first event, in milliseconds since 1970

	// OutOfOrder is how many events of a generator, one after the other, come in an
	// order of their own. It is 1 for none, and no multiple of 953, by which they are
	// taken apart.
	OutOfOrder int64

	HotAuctions int32 // one of so many bids is not for the hot auction
	HotSellers  int32 // one of so many auctions is not by the hot seller
	HotBidders  int32 // one of so many bids is not by the hot bidder

	InFlight     int64 // auctions of a generator that are open at a time, on average
	ActivePeople int64 // people, the latest ones, who sell and bid

	PersonBytes, AuctionBytes, BidBytes int // average sizes, which extra fields fill
}

// Suite returns the defaults of Apache Beam (NexmarkConfiguration.java), which are its
// published suite: 100,000 events of 100 sub-generators.
func Suite() Config {
	c := Default()
	c.Events, c.Generators = 100_000, 100
	return c
}

// Default returns the defaults of nexmark/nexmark (NexmarkConfiguration.java), which
// differ from Beam's in having no end and one generator, but for the start: Beam's
// 2015-07-15, where nexmark/nexmark takes the present.
func Default() Config {
	return Config{
		Generators: 1, Rate: 10_000, Start: 1436918400000, OutOfOrder: 1,
		HotAuctions: 2, HotSellers: 4, HotBidders: 4, InFlight: 100, ActivePeople: 1000,
		PersonBytes: 200, AuctionBytes: 500, BidBytes: 100,
	}
}

// Of 50 events, in this order.
const (
	people   = 1
	auctions = 3
	bids     = 46
	cycle    = people + auctions + bids
)

const (
	firstID        = 1000 // of people, and of auctions
	firstCategory  = 10
	categories     = 5
	lead           = 10  // people, and auctions, that are named before they come
	hotOf          = 100 // of so many people or auctions one is hot
	scatter        = 953 // steps by which events are taken out of order
	hotChannelOdds = 2
)

// Err says what is wrong with a configuration.
func (c Config) Err() error {
	switch {
	case c.Events < 0:
		return fmt.Errorf("%d events", c.Events)
	case c.Generators < 1:
		return fmt.Errorf("%d generators: at least one is needed", c.Generators)
	case c.Rate < 1 || c.Rate > 1_000_000:
		return fmt.Errorf("%d events a second of event time: 1 to 1,000,000 can be made", c.Rate)
	case c.OutOfOrder < 1 || c.OutOfOrder > 1 && c.OutOfOrder%scatter == 0:
		return fmt.Errorf("%d events out of order: it must be at least 1 and no multiple of %d", c.OutOfOrder, scatter)
	case c.HotAuctions < 1 || c.HotSellers < 1 || c.HotBidders < 1:
		return fmt.Errorf("hot ratios %d, %d, %d: each must be at least 1", c.HotAuctions, c.HotSellers, c.HotBidders)
	case c.InFlight < 0 || c.ActivePeople < 1:
		return fmt.Errorf("%d auctions in flight, %d active people", c.InFlight, c.ActivePeople)
	case c.PersonBytes < 0 || c.AuctionBytes < 0 || c.BidBytes < 0:
		return fmt.Errorf("average sizes of %d, %d and %d bytes", c.PersonBytes, c.AuctionBytes, c.BidBytes)
	}
	return nil
}

// String says what differs from the defaults of nexmark/nexmark, as in "100000 nexmark
// events, Generators 100".
func (c Config) String() string {
	s := "nexmark events"
	if c.Events > 0 {
		s = fmt.Sprintf("%d %s", c.Events, s)
	}
	d := Default()
	for _, f := range []struct {
		name         string
		value, usual int64
	}{
		{"Generators", c.Generators, d.Generators},
		{"Rate", c.Rate, d.Rate},
		{"Start", c.Start, d.Start},
		{"OutOfOrder", c.OutOfOrder, d.OutOfOrder},
		{"HotAuctions", int64(c.HotAuctions), int64(d.HotAuctions)},
		{"HotSellers", int64(c.HotSellers), int64(d.HotSellers)},
		{"HotBidders", int64(c.HotBidders), int64(d.HotBidders)},
		{"InFlight", c.InFlight, d.InFlight},
		{"ActivePeople", c.ActivePeople, d.ActivePeople},
		{"PersonBytes", int64(c.PersonBytes), int64(d.PersonBytes)},
		{"AuctionBytes", int64(c.AuctionBytes), int64(d.AuctionBytes)},
		{"BidBytes", int64(c.BidBytes), int64(d.BidBytes)},
	} {
		if f.value != f.usual {
			s += fmt.Sprintf(", %s %d", f.name, f.value)
		}
	}
	return s
}

// Count returns how many events there are. Those of a configuration without an end are
// as many as Beam's generator counts to.
func (c Config) Count() int64 {
	if c.Events > 0 {
		return c.Events
	}
	return math.MaxInt64 / (cycle * int64(max(c.PersonBytes, c.AuctionBytes, c.BidBytes, 1)))
}

// Disorder returns how far, in event time, an event may come behind a later one when
// all are taken in the order of their numbers.
func (c Config) Disorder() time.Duration {
	if c.OutOfOrder == 1 {
		return 0
	}
	return time.Duration(c.OutOfOrder*c.delay())*time.Microsecond + time.Millisecond
}

// delay is the time between two events of a generator, in microseconds.
func (c Config) delay() int64 { return (1_000_000 + c.Rate/2) / c.Rate * c.Generators }
