package main

import (
	"fmt"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/queries"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
	"github.com/thalweg/thalweg/stream"
)

// query is one that both engines answer.
type query struct {
	number int
	// columns of Flink's answer that are compared: all if empty. The others depend on
	// which of several equal rows comes first.
	columns string
	add     func(env *thalweg.Environment, all *stream.DataStream[events.Event], total *sum)
}

// answers puts a sink behind a query's rows: one that adds them up into total, or one
// that drops them if that is nil.
func answers[R any](d *stream.DataStream[R], total *sum, fold func(hash, *R) hash) {
	if total == nil {
		stream.Discard(d)
		return
	}
	stream.Write(d, &summed[R]{fold: fold, total: total})
}

// of is a query of one row type.
func of[R any](number int, q func(*stream.DataStream[events.Event]) *stream.DataStream[R], fold func(hash, *R) hash) query {
	return query{number: number, add: func(_ *thalweg.Environment, all *stream.DataStream[events.Event], total *sum) {
		answers(q(all), total, fold)
	}}
}

func (q query) comparing(columns string) query {
	q.columns = columns
	return q
}

// The queries that are compared. 6 is none of Flink's, whose SQL cannot state it; 12
// counts in windows of the clock, so that there is nothing to compare.
var compared = []query{
	of(0, queries.Q0, bid),
	of(1, queries.Q1, func(h hash, r *rows.Euro) hash {
		return h.ints(r.Auction, r.Bidder, r.Price, r.Time).text(r.Extra)
	}),
	of(2, queries.Q2, func(h hash, r *rows.Selected) hash { return h.ints(r.Auction, r.Price) }),
	of(3, queries.Q3, func(h hash, r *rows.Suggestion) hash { return h.text(r.Name, r.City, r.State).ints(r.ID) }),
	{number: 4, add: func(_ *thalweg.Environment, all *stream.DataStream[events.Event], total *sum) {
		if total == nil {
			stream.Discard(queries.Q4(all))
			return
		}
		stream.Write(queries.Q4(all), &summed[rows.CategoryAverage]{
			fold:  func(h hash, r *rows.CategoryAverage) hash { return h.ints(r.ID, r.Final) },
			of:    func(r *rows.CategoryAverage) int64 { return r.ID },
			total: total,
		})
	}},
	of(5, queries.Q5, func(h hash, r *rows.HotItem) hash { return h.ints(r.Auction, r.Num) }),
	of(7, queries.Q7, bid),
	of(8, queries.Q8, func(h hash, r *rows.NewUser) hash { return h.ints(r.ID).text(r.Name).ints(r.Start) }),
	of(9, queries.Q9, func(h hash, r *rows.WinningBid) hash {
		return h.ints(r.ID, r.Price, r.Seller, r.Category, r.Auction.Time, r.Expires)
	}).comparing("id, price, seller, category, happened, expires"),
	of(10, queries.Q10, func(h hash, r *rows.Logged) hash {
		return h.ints(r.Auction, r.Bidder, r.Price, r.Time).text(r.Extra, r.Day, r.Minute)
	}),
	of(11, queries.Q11, func(h hash, r *rows.Session) hash { return h.ints(r.Bidder, r.Bids, r.Start, r.End) }),
	{number: 13, add: func(env *thalweg.Environment, all *stream.DataStream[events.Event], total *sum) {
		answers(queries.Q13(env, all), total, func(h hash, r *rows.Enriched) hash {
			return h.ints(r.Auction, r.Bidder, r.Price, r.Time).text(r.Value)
		})
	}},
	of(14, queries.Q14, func(h hash, r *rows.Calculated) hash {
		return h.ints(r.Auction, r.Bidder, r.Price).text(r.TimeType).ints(r.Time).text(r.Extra).ints(r.Counts)
	}),
	of(15, queries.Q15, func(h hash, r *rows.Day) hash { return statistics(h.text(r.Day), &r.Statistics) }),
	of(16, queries.Q16, func(h hash, r *rows.ChannelDay) hash {
		return statistics(h.text(r.Channel, r.Day, r.Minute), &r.Statistics)
	}),
	of(17, queries.Q17, func(h hash, r *rows.AuctionDay) hash {
		return h.ints(r.Auction).text(r.Day).ints(r.Total, r.Rank1, r.Rank2, r.Rank3, r.Min, r.Max, r.Average, r.Sum)
	}),
	of(18, queries.Q18, func(h hash, r *rows.LastBid) hash { return h.ints(r.Auction, r.Bidder, r.Time) }).
		comparing("auction, bidder, happened"),
	of(19, queries.Q19, func(h hash, r *rows.TopBid) hash { return h.ints(r.Auction, r.Price, r.Rank) }).
		comparing("auction, price, place"),
	of(20, queries.Q20, func(h hash, r *rows.Expanded) hash {
		return h.ints(r.Auction, r.Bidder, r.Price).text(r.Channel, r.URL).ints(r.BidTime).text(r.BidExtra, r.Item, r.Description).
			ints(r.InitialBid, r.Reserve, r.AuctionTime, r.Expires, r.Seller, r.Category).text(r.AuctionExtra)
	}),
	of(21, queries.Q21, func(h hash, r *rows.Identified) hash {
		return h.ints(r.Auction, r.Bidder, r.Price).text(r.Channel, r.ChannelID)
	}),
	of(22, queries.Q22, func(h hash, r *rows.Directories) hash {
		return h.ints(r.Auction, r.Bidder, r.Price).text(r.Channel, r.Dir1, r.Dir2, r.Dir3)
	}),
}

func bid(h hash, r *rows.Bid) hash { return h.ints(r.Auction, r.Bidder, r.Price, r.Time).text(r.Extra) }

func statistics(h hash, s *rows.Statistics) hash {
	return h.ints(s.TotalBids, s.Rank1Bids, s.Rank2Bids, s.Rank3Bids, s.TotalBidders, s.Rank1Bidders, s.Rank2Bidders, s.Rank3Bidders,
		s.TotalAuctions, s.Rank1Auctions, s.Rank2Auctions, s.Rank3Auctions)
}

// event is the hash of all that an event has.
func event(e *events.Event) hash {
	h := noColumns.ints(int64(e.Kind))
	switch e.Kind {
	case events.PersonKind:
		p := e.Person
		h = h.ints(p.ID).text(p.Name, p.Email, p.CreditCard, p.City, p.State).ints(p.Time).text(p.Extra)
	case events.AuctionKind:
		a := e.Auction
		h = h.ints(a.ID).text(a.Item, a.Description).ints(a.InitialBid, a.Reserve, a.Time, a.Expires, a.Seller, a.Category).text(a.Extra)
	default:
		b := &e.Bid
		h = h.ints(b.Auction, b.Bidder, b.Price).text(b.Channel, b.URL).ints(b.Time).text(b.Extra)
	}
	return h.ints(e.Time)
}

// chosen are the queries that a list of numbers names, all if it is empty.
func chosen(numbers map[int]bool) (found []query, err error) {
	for _, q := range compared {
		if len(numbers) == 0 || numbers[q.number] {
			found = append(found, q)
		}
	}
	if len(found) < len(numbers) {
		return nil, fmt.Errorf("some of the queries %v are not compared", numbers)
	}
	return found, nil
}
