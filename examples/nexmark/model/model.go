// Package model answers the queries of Nexmark in one goroutine, as simply as can be.
// Floor 4. For tests.
//
// Each function takes all events, in any order, and returns the rows that package rows
// describes, in any order. Nothing here is meant to be fast.
package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
)

// Event is one of all events.
type Event = events.Event

func bidsOf(all []Event) (bids []events.Bid) {
	for _, e := range all {
		if e.Kind == events.BidKind {
			bids = append(bids, e.Bid)
		}
	}
	return bids
}

func auctionsOf(all []Event) (auctions []events.Auction) {
	for _, e := range all {
		if e.Kind == events.AuctionKind {
			auctions = append(auctions, *e.Auction)
		}
	}
	return auctions
}

func peopleOf(all []Event) (people []events.Person) {
	for _, e := range all {
		if e.Kind == events.PersonKind {
			people = append(people, *e.Person)
		}
	}
	return people
}

// by divides values by key.
func by[K comparable, T any](all []T, key func(T) K) map[K][]T {
	groups := map[K][]T{}
	for _, v := range all {
		groups[key(v)] = append(groups[key(v)], v)
	}
	return groups
}

// bidsByAuction divides bids.
func bidsByAuction(all []Event) map[int64][]events.Bid {
	return by(bidsOf(all), func(b events.Bid) int64 { return b.Auction })
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func dayOf(ms int64) string { return at(ms).Format("2006-01-02") }

func minuteOf(ms int64) string { return at(ms).Format("15:04") }

// windowOf is the start of the ten seconds that a time is in.
func windowOf(ms int64) int64 { return ms - ms%10_000 }

func plain(b events.Bid) rows.Bid {
	return rows.Bid{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Time: b.Time, Extra: b.Extra}
}

// Q0 is every bid.
func Q0(all []Event) (out []rows.Bid) {
	for _, b := range bidsOf(all) {
		out = append(out, plain(b))
	}
	return out
}

// Q1 is every bid in euros.
func Q1(all []Event) (out []rows.Euro) {
	for _, b := range bidsOf(all) {
		out = append(out, rows.Euro{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price * 908, Time: b.Time, Extra: b.Extra})
	}
	return out
}

// Q2 is bids for every 123rd auction.
func Q2(all []Event) (out []rows.Selected) {
	for _, b := range bidsOf(all) {
		if b.Auction%123 == 0 {
			out = append(out, rows.Selected{Auction: b.Auction, Price: b.Price})
		}
	}
	return out
}

// Q3 is auctions in a category of people in some states.
func Q3(all []Event) (out []rows.Suggestion) {
	auctions := by(auctionsOf(all), func(a events.Auction) int64 { return a.Seller })
	for _, p := range peopleOf(all) {
		for _, a := range auctions[p.ID] {
			if a.Category == 10 && (p.State == "OR" || p.State == "ID" || p.State == "CA") {
				out = append(out, rows.Suggestion{Name: p.Name, City: p.City, State: p.State, ID: a.ID})
			}
		}
	}
	return out
}

// Q4 is the average price in each category whenever it changes.
func Q4(all []Event) (out []rows.CategoryAverage) {
	for category, sold := range by(Q9(all), func(w rows.WinningBid) int64 { return w.Category }) {
		for moment := range by(sold, func(w rows.WinningBid) int64 { return w.Expires }) {
			var sum, n int64
			for _, w := range sold {
				if w.Expires <= moment {
					sum, n = sum+w.Price, n+1
				}
			}
			out = append(out, rows.CategoryAverage{ID: category, Final: sum / n, Time: moment})
		}
	}
	return out
}

// Q5 is the auctions with the most bids in windows of time that overlap.
func Q5(all []Event) (out []rows.HotItem) {
	counts := map[int64]map[int64]int64{} // by end of window and auction
	for _, b := range bidsOf(all) {
		for end := b.Time - b.Time%2000 + 2000; end-10_000 <= b.Time; end += 2000 {
			if counts[end] == nil {
				counts[end] = map[int64]int64{}
			}
			counts[end][b.Auction]++
		}
	}
	for end, of := range counts {
		most := slices.Max(slices.Collect(maps.Values(of)))
		for auction, n := range of {
			if n == most {
				out = append(out, rows.HotItem{Auction: auction, Num: n, End: end})
			}
		}
	}
	return out
}

// Q6 is the average price of the last ten items of each seller, for each item sold.
func Q6(all []Event) (out []rows.SellerAverage) {
	for seller, sold := range by(Q9(all), func(w rows.WinningBid) int64 { return w.Seller }) {
		slices.SortFunc(sold, func(a, b rows.WinningBid) int {
			return cmp.Or(cmp.Compare(a.Expires, b.Expires), cmp.Compare(a.ID, b.ID))
		})
		for i, w := range sold {
			last := sold[max(0, i-9) : i+1]
			var sum int64
			for _, l := range last {
				sum += l.Price
			}
			out = append(out, rows.SellerAverage{Seller: seller, Average: sum / int64(len(last)), Auction: w.ID, Time: w.Expires})
		}
	}
	return out
}

// Q7 is the highest bids of each window of time.
func Q7(all []Event) (out []rows.Bid) {
	for _, bids := range by(Q0(all), func(b rows.Bid) int64 { return windowOf(b.Time) }) {
		var highest int64
		for _, b := range bids {
			highest = max(highest, b.Price)
		}
		for _, b := range bids {
			if b.Price == highest {
				out = append(out, b)
			}
		}
	}
	return out
}

// Q8 is people who come and sell in the same window of time.
func Q8(all []Event) (out []rows.NewUser) {
	type who struct{ id, window int64 }
	sellers := by(auctionsOf(all), func(a events.Auction) who { return who{a.Seller, windowOf(a.Time)} })
	for _, p := range peopleOf(all) {
		if len(sellers[who{p.ID, windowOf(p.Time)}]) > 0 {
			out = append(out, rows.NewUser{ID: p.ID, Name: p.Name, Start: windowOf(p.Time)})
		}
	}
	return out
}

// Q9 is the winning bids.
func Q9(all []Event) (out []rows.WinningBid) {
	bids := bidsByAuction(all)
	for _, a := range auctionsOf(all) {
		var valid []events.Bid
		for _, b := range bids[a.ID] {
			if b.Time >= a.Time && b.Time <= a.Expires {
				valid = append(valid, b)
			}
		}
		if len(valid) > 0 {
			w := slices.MinFunc(valid, higher)
			out = append(out, rows.WinningBid{Auction: a, Of: a.ID, Bidder: w.Bidder, Price: w.Price, BidTime: w.Time, BidExtra: w.Extra})
		}
	}
	return out
}

// higher orders bids for one auction, the highest first.
func higher(a, b events.Bid) int {
	return cmp.Or(-cmp.Compare(a.Price, b.Price), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Bidder, b.Bidder), cmp.Compare(a.Extra, b.Extra))
}

// Q10 is every bid with day and minute.
func Q10(all []Event) (out []rows.Logged) {
	for _, b := range bidsOf(all) {
		out = append(out, rows.Logged{
			Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Time: b.Time, Extra: b.Extra,
			Day: dayOf(b.Time), Minute: minuteOf(b.Time),
		})
	}
	return out
}

// Q11 is the sessions of bidders.
func Q11(all []Event) (out []rows.Session) {
	for bidder, bids := range by(bidsOf(all), func(b events.Bid) int64 { return b.Bidder }) {
		slices.SortFunc(bids, func(a, b events.Bid) int { return cmp.Compare(a.Time, b.Time) })
		var open rows.Session
		for _, b := range bids {
			if open.Bids > 0 && b.Time >= open.End {
				out = append(out, open)
				open = rows.Session{}
			}
			if open.Bids == 0 {
				open = rows.Session{Bidder: bidder, Start: b.Time}
			}
			open.Bids++
			open.End = b.Time + 10_000
		}
		out = append(out, open)
	}
	return out
}

// Q12 is how many bids each bidder makes in all windows of the clock together, which
// are not said.
func Q12(all []Event) (out []rows.Session) {
	for bidder, bids := range by(bidsOf(all), func(b events.Bid) int64 { return b.Bidder }) {
		out = append(out, rows.Session{Bidder: bidder, Bids: int64(len(bids))})
	}
	return out
}

// Q13 is every bid with a row of a table.
func Q13(all []Event) (out []rows.Enriched) {
	for _, b := range bidsOf(all) {
		out = append(out, rows.Enriched{
			Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Time: b.Time,
			Value: strconv.FormatInt(b.Auction%rows.SideRows, 10),
		})
	}
	return out
}

// Q14 is bids within bounds, with what can be computed of them.
func Q14(all []Event) (out []rows.Calculated) {
	for _, b := range bidsOf(all) {
		if euros := b.Price * 908; euros > 1_000_000_000 && euros < 50_000_000_000 {
			kind := "otherTime"
			switch h := at(b.Time).Hour(); {
			case h >= 8 && h <= 18:
				kind = "dayTime"
			case h <= 6 || h >= 20:
				kind = "nightTime"
			}
			out = append(out, rows.Calculated{
				Auction: b.Auction, Bidder: b.Bidder, Price: euros, TimeType: kind, Time: b.Time, Extra: b.Extra,
				Counts: int64(strings.Count(b.Extra, "c")),
			})
		}
	}
	return out
}
