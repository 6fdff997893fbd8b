package model

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
)

// count counts the different values that f has for bids, by the bids' prices.
func count[V comparable](bids []events.Bid, f func(i int, b events.Bid) V) rows.Levels {
	var seen [4]map[V]bool
	for i := range seen {
		seen[i] = map[V]bool{}
	}
	for i, b := range bids {
		v := f(i, b)
		seen[0][v] = true
		switch {
		case b.Price < 10_000:
			seen[1][v] = true
		case b.Price < 1_000_000:
			seen[2][v] = true
		default:
			seen[3][v] = true
		}
	}
	return rows.Levels{
		Total: int64(len(seen[0])), Rank1: int64(len(seen[1])), Rank2: int64(len(seen[2])),
		Rank3: int64(len(seen[3])),
	}
}

func each(i int, _ events.Bid) int      { return i }
func bidder(_ int, b events.Bid) int64  { return b.Bidder }
func auction(_ int, b events.Bid) int64 { return b.Auction }
func statistics(bids []events.Bid) rows.Statistics {
	return rows.StatisticsOf(count(bids, each), count(bids, bidder), count(bids, auction))
}

// Q15 is a report of each day.
func Q15(all []Event) (out []rows.Day) {
	for day, bids := range by(bidsOf(all), func(b events.Bid) string { return dayOf(b.Time) }) {
		out = append(out, rows.Day{Day: day, Statistics: statistics(bids)})
	}
	return out
}

// Q16 is a report of each day and channel.
func Q16(all []Event) (out []rows.ChannelDay) {
	type key struct{ channel, day string }
	for k, bids := range by(bidsOf(all), func(b events.Bid) key { return key{b.Channel, dayOf(b.Time)} }) {
		minute := ""
		for _, b := range bids {
			minute = max(minute, minuteOf(b.Time))
		}
		out = append(out, rows.ChannelDay{Channel: k.channel, Day: k.day, Minute: minute, Statistics: statistics(bids)})
	}
	return out
}

// Q17 is a report of each day and auction.
func Q17(all []Event) (out []rows.AuctionDay) {
	type key struct {
		auction int64
		day     string
	}
	for k, bids := range by(bidsOf(all), func(b events.Bid) key { return key{b.Auction, dayOf(b.Time)} }) {
		n := count(bids, each)
		low, high, sum := bids[0].Price, bids[0].Price, int64(0)
		for _, b := range bids {
			low, high, sum = min(low, b.Price), max(high, b.Price), sum+b.Price
		}
		out = append(out, rows.AuctionDay{
			Auction: k.auction, Day: k.day, Total: n.Total, Rank1: n.Rank1, Rank2: n.Rank2, Rank3: n.Rank3,
			Min: low, Max: high, Average: sum / n.Total, Sum: sum,
		})
	}
	return out
}

// atEnds calls f for each group of bids and each of the days on which it has some, with
// the bids up to the end of that day.
func atEnds[K comparable](all []Event, key func(events.Bid) K, f func(day string, bids []events.Bid)) {
	for _, bids := range by(bidsOf(all), key) {
		for day := range by(bids, func(b events.Bid) string { return dayOf(b.Time) }) {
			var so []events.Bid
			for _, b := range bids {
				if dayOf(b.Time) <= day {
					so = append(so, b)
				}
			}
			f(day, so)
		}
	}
}

// Q18 is the last bid of each bidder for each auction.
func Q18(all []Event) (out []rows.LastBid) {
	atEnds(all, func(b events.Bid) [2]int64 { return [2]int64{b.Bidder, b.Auction} }, func(day string, bids []events.Bid) {
		last := slices.MinFunc(bids, func(a, b events.Bid) int {
			return cmp.Or(-cmp.Compare(a.Time, b.Time), -cmp.Compare(a.Price, b.Price), cmp.Compare(a.Extra, b.Extra))
		})
		out = append(out, rows.LastBid{Bid: last, Day: day})
	})
	return out
}

// Q19 is the ten highest bids for each auction.
func Q19(all []Event) (out []rows.TopBid) {
	atEnds(all, func(b events.Bid) int64 { return b.Auction }, func(day string, bids []events.Bid) {
		slices.SortFunc(bids, higher)
		for i, b := range bids[:min(10, len(bids))] {
			out = append(out, rows.TopBid{Bid: b, Rank: int64(i + 1), Day: day})
		}
	})
	return out
}

// Q20 is bids with their auctions, of one category.
func Q20(all []Event) (out []rows.Expanded) {
	bids := bidsByAuction(all)
	for _, a := range auctionsOf(all) {
		if a.Category != 10 {
			continue
		}
		for _, b := range bids[a.ID] {
			out = append(out, rows.Expanded{
				Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel, URL: b.URL,
				BidTime: b.Time, BidExtra: b.Extra, Item: a.Item, Description: a.Description,
				InitialBid: a.InitialBid, Reserve: a.Reserve, AuctionTime: a.Time, Expires: a.Expires,
				Seller: a.Seller, Category: a.Category, AuctionExtra: a.Extra,
			})
		}
	}
	return out
}

var channelID = regexp.MustCompile(`(&|^)channel_id=([^&]*)`)

// Q21 is bids with the numbers of their channels.
func Q21(all []Event) (out []rows.Identified) {
	for _, b := range bidsOf(all) {
		id := slices.Index([]string{"apple", "google", "facebook", "baidu"}, strings.ToLower(b.Channel))
		found := channelID.FindStringSubmatch(b.URL)
		switch {
		case id >= 0:
			out = append(out, rows.Identified{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel, ChannelID: string(rune('0' + id))})
		case found != nil:
			out = append(out, rows.Identified{Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel, ChannelID: found[2]})
		}
	}
	return out
}

// Q22 is bids with parts of their URLs.
func Q22(all []Event) (out []rows.Directories) {
	for _, b := range bidsOf(all) {
		parts := strings.Split(b.URL, "/")
		out = append(out, rows.Directories{
			Auction: b.Auction, Bidder: b.Bidder, Price: b.Price, Channel: b.Channel, Dir1: parts[3],
			Dir2: parts[4], Dir3: parts[5],
		})
	}
	return out
}
