package events

// Generator makes the events of a configuration. It is not for concurrent use; the
// events it has made do not change and may be used anywhere.
type Generator struct {
	c     Config
	count int64
	each  int64 // events of a sub-generator, but for the last one, which has the rest, too
	delay int64 // of c
	w     writer
	bids  *bidTables
}

// NewGenerator returns a generator for a valid configuration.
func NewGenerator(c Config) *Generator {
	return &Generator{c: c, count: c.Count(), each: c.Count() / c.Generators, delay: c.delay(), bids: tables()}
}

// Make makes event n of 0 to Count()-1. The sub-generators take turns, so that events
// are in the order of their times, but for Config.OutOfOrder.
func (g *Generator) Make(n int64, e *Event) {
	generator, turn := int64(0), n
	if g.c.Generators > 1 {
		generator, turn = n%g.c.Generators, n/g.c.Generators
	}
	if turn >= g.each {
		generator, turn = g.c.Generators-1, n-g.each*(g.c.Generators-1)
	}
	if group := g.c.OutOfOrder; group > 1 {
		turn = turn/group*group + turn*scatter%group
	}
	// id names the event among those of all sub-generators.
	id := generator*g.each + turn
	r := seeded(id)
	*e = Event{Time: g.time(turn)}
	switch place := id % cycle; {
	case place < people:
		e.Kind = PersonKind
		e.Person = g.person(id, &r, e.Time)
	case place < people+auctions:
		e.Kind = AuctionKind
		e.Auction = g.auction(id, turn, &r, e.Time)
	default:
		e.Kind = BidKind
		g.bid(id, &r, &e.Bid)
		e.Bid.Time = e.Time
	}
}

// All returns all events of a configuration with an end.
func All(c Config) []Event {
	g := NewGenerator(c)
	all := make([]Event, c.Count())
	for n := range all {
		g.Make(int64(n), &all[n])
	}
	return all
}

// time returns the time of a sub-generator's event.
func (g *Generator) time(number int64) int64 { return g.c.Start + number*g.delay/1000 }

// lastPerson is how many people have come before the latest one, at an event.
func lastPerson(id int64) int64 { return id/cycle*people + min(id%cycle, people-1) }

// lastAuction is lastPerson for auctions; it is -1 before the first.
func lastAuction(id int64) int64 {
	return id/cycle*auctions + min(id%cycle-people, auctions-1)
}

// anyPerson draws someone active, or someone who will come soon.
func (g *Generator) anyPerson(id int64, r *random) int64 {
	people := lastPerson(id) + 1
	active := min(people, g.c.ActivePeople)
	return people - active + r.long(active+lead)
}

// anyAuction draws an auction that is probably open, or will come soon.
func (g *Generator) anyAuction(id int64, r *random) int64 {
	last := lastAuction(id)
	first := max(last-g.c.InFlight, 0)
	return first + r.long(last-first+1+lead)
}

func (g *Generator) auction(id, turn int64, r *random, now int64) *Auction {
	a := &Auction{ID: firstID + lastAuction(id), Time: now}
	if r.below(g.c.HotSellers) > 0 {
		a.Seller = firstID + lastPerson(id)/hotOf*hotOf
	} else {
		a.Seller = firstID + g.anyPerson(id, r)
	}
	a.Category = firstCategory + int64(r.below(categories))
	a.InitialBid = r.price()
	// The average auction is open until as many others have come as are to be in flight.
	horizon := g.time(turn+g.c.InFlight*cycle/auctions) - now
	a.Expires = now + 1 + r.long(max(2*horizon, 1))
	g.w.words(r, 20, ' ')
	a.Item = g.w.done()
	g.w.words(r, 100, ' ')
	a.Description = g.w.done()
	a.Reserve = a.InitialBid + r.price()
	a.Extra = g.w.extra(r, 6*8+len(a.Item)+len(a.Description), g.c.AuctionBytes)
	return a
}

func (g *Generator) bid(id int64, r *random, b *Bid) {
	if r.below(g.c.HotAuctions) > 0 {
		b.Auction = firstID + lastAuction(id)/hotOf*hotOf
	} else {
		b.Auction = firstID + g.anyAuction(id, r)
	}
	if r.below(g.c.HotBidders) > 0 {
		b.Bidder = firstID + lastPerson(id)/hotOf*hotOf + 1
	} else {
		b.Bidder = firstID + g.anyPerson(id, r)
	}
	b.Price = r.price()
	b.Extra = g.w.extra(r, 4*8, g.c.BidBytes)
	b.Channel, b.URL = g.bids.draw(r)
}
