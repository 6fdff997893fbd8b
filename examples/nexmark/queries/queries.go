// Package queries has the queries of Nexmark as stream programs, one a file. Floor 8.
//
// They read events with event times, and answer the rows that package rows describes.
// Those that wait for event time hold what they wait with as the state of its key, and
// drop it when no later event can need it.
package queries

import (
	"cmp"
	"fmt"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/stream"
)

// Times is where events have their times, and how much they are out of order.
func Times(c events.Config) eventtime.Strategy[events.Event] {
	return eventtime.Millis(func(e *events.Event) *int64 { return &e.Time }).Disorder(c.Disorder())
}

func bidsOf(all *stream.DataStream[events.Event]) *stream.DataStream[events.Bid] {
	return stream.FlatMap(all, func(e events.Event, emit func(events.Bid)) {
		if e.Kind == events.BidKind {
			emit(e.Bid)
		}
	}).Named("bids")
}

func auctionsOf(all *stream.DataStream[events.Event]) *stream.DataStream[events.Auction] {
	return stream.FlatMap(all, func(e events.Event, emit func(events.Auction)) {
		if e.Kind == events.AuctionKind {
			emit(*e.Auction)
		}
	}).Named("auctions")
}

func peopleOf(all *stream.DataStream[events.Event]) *stream.DataStream[events.Person] {
	return stream.FlatMap(all, func(e events.Event, emit func(events.Person)) {
		if e.Kind == events.PersonKind {
			emit(*e.Person)
		}
	}).Named("people")
}

// Field references.
func auction(b *events.Bid) *int64    { return &b.Auction }
func channel(b *events.Bid) *string   { return &b.Channel }
func id(a *events.Auction) *int64     { return &a.ID }
func seller(a *events.Auction) *int64 { return &a.Seller }
func person(p *events.Person) *int64  { return &p.ID }

const (
	second     = 1000 // milliseconds
	tenSeconds = 10 * second
)

// start is the beginning of the window of length ms that a time is in.
func start(t, length int64) int64 { return t - t%length }

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// before is the last moment before a time: that of records which a timer makes, and
// that belong to what ends then.
func before(t time.Time) time.Time { return t.Add(-time.Nanosecond) }

func euros(price int64) int64 { return 908 * price } // thousandths

// higher orders bids for one auction, the highest first.
func higher(a, b events.Bid) int {
	return cmp.Or(cmp.Compare(b.Price, a.Price), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Bidder, b.Bidder), cmp.Compare(a.Extra, b.Extra))
}

// Add adds a query, by its number, to the program the events belong to. The answers go
// to a directory as lines of JSON; without one they are printed.
func Add(number int, env *thalweg.Environment, all *stream.DataStream[events.Event], output string) error {
	switch number {
	case 0:
		write(Q0(all), output)
	case 1:
		write(Q1(all), output)
	case 2:
		write(Q2(all), output)
	case 3:
		write(Q3(all), output)
	case 4:
		write(Q4(all), output)
	case 5:
		write(Q5(all), output)
	case 6:
		write(Q6(all), output)
	case 7:
		write(Q7(all), output)
	case 8:
		write(Q8(all), output)
	case 9:
		write(Q9(all), output)
	case 10:
		write(Q10(all), output)
	case 11:
		write(Q11(all), output)
	case 12:
		write(Q12(all), output)
	case 13:
		write(Q13(env, all), output)
	case 14:
		write(Q14(all), output)
	case 15:
		write(Q15(all), output)
	case 16:
		write(Q16(all), output)
	case 17:
		write(Q17(all), output)
	case 18:
		write(Q18(all), output)
	case 19:
		write(Q19(all), output)
	case 20:
		write(Q20(all), output)
	case 21:
		write(Q21(all), output)
	case 22:
		write(Q22(all), output)
	default:
		return fmt.Errorf("there is no query %d: they are 0 to 22", number)
	}
	return nil
}

func write[R any](answers *stream.DataStream[R], output string) {
	if output == "" {
		stream.Print(answers)
		return
	}
	stream.WriteJSON(answers, output)
}
