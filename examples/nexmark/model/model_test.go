package model

import (
	"reflect"
	"slices"
	"testing"

	"github.com/thalweg/thalweg/examples/nexmark/events"
	"github.com/thalweg/thalweg/examples/nexmark/rows"
)

// The counts are those of an example run in Beam's documentation (nexmark.md, "Nexmark
// output"). Query 12 has one window of the clock there. Its other counts are of
// definitions that differ from these; query 3, which has 444 there, has 580 here.
func TestTheSuiteHasAsManyResultsAsArePublished(t *testing.T) {
	all := events.All(events.Suite())
	for query, want := range map[int]int{1: 92_000, 2: 351, 7: 1, 11: 1919, 12: 1919} {
		if got := len(Answer(query, all)); got != want {
			t.Errorf("query %d has %d results, want %d", query, got, want)
		}
	}
}

// Beam's query 8 has a row for every auction of a new person. Its query 9, which it runs
// over 10,000 events, has bids before the auction, too, and none below the reserve.
func TestTheEventsGiveTheResultsOfBeamsDefinitions(t *testing.T) {
	all := events.All(events.Suite())
	came := map[int64]int64{}
	for _, p := range peopleOf(all) {
		came[p.ID] = windowOf(p.Time)
	}
	byNewPeople := 0
	for _, a := range auctionsOf(all) {
		if window, ok := came[a.Seller]; ok && window == windowOf(a.Time) {
			byNewPeople++
		}
	}
	if byNewPeople != 6000 {
		t.Errorf("query 8 has %d results, want 6000", byNewPeople)
	}

	c := events.Suite()
	c.Events = 10_000
	all = events.All(c)
	bids := bidsByAuction(all)
	won := 0
	for _, a := range auctionsOf(all) {
		if slices.ContainsFunc(bids[a.ID], func(b events.Bid) bool { return b.Time < a.Expires && b.Price >= a.Reserve }) {
			won++
		}
	}
	if won != 298 {
		t.Errorf("query 9 has %d results, want 298", won)
	}
}

func bid(auction, bidder, price, at int64) Event {
	return Event{Kind: events.BidKind, Time: at, Bid: events.Bid{Auction: auction, Bidder: bidder, Price: price, Time: at}}
}

func opened(id, seller, from, to int64) Event {
	return Event{Kind: events.AuctionKind, Time: from, Auction: &events.Auction{ID: id, Seller: seller, Category: 10, Time: from, Expires: to}}
}

func same[T any](t *testing.T, name string, got, want []T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", name, got, want)
	}
}

func TestTheHighestBidWhileAnAuctionIsOpenWins(t *testing.T) {
	all := []Event{
		bid(1, 5, 900, 99), opened(1, 7, 100, 200), bid(1, 5, 50, 100), bid(1, 6, 60, 200), bid(1, 5, 60, 150), bid(1, 5, 70, 201),
		opened(2, 7, 100, 300), bid(2, 5, 31, 250),
		opened(3, 7, 100, 300),
	}
	won := Q9(all)
	if len(won) != 2 || won[0].BidTime != 150 || won[0].Price != 60 || won[1].Price != 31 {
		t.Errorf("got %+v", won)
	}
	averages := Q4(all)
	slices.SortFunc(averages, func(a, b rows.CategoryAverage) int { return int(a.Time - b.Time) })
	same(t, "by category", averages, []rows.CategoryAverage{{ID: 10, Final: 60, Time: 200}, {ID: 10, Final: 45, Time: 300}})
	same(t, "by seller", Q6(all), []rows.SellerAverage{
		{Seller: 7, Average: 60, Auction: 1, Time: 200}, {Seller: 7, Average: 45, Auction: 2, Time: 300},
	})
}

func TestASessionEndsTenSecondsAfterItsLastBid(t *testing.T) {
	all := []Event{bid(1, 5, 1, 29_999), bid(1, 5, 1, 19_999), bid(1, 5, 1, 10_000)}
	same(t, "sessions", Q11(all), []rows.Session{
		{Bidder: 5, Bids: 2, Start: 10_000, End: 29_999}, {Bidder: 5, Bids: 1, Start: 29_999, End: 39_999},
	})
}

func TestHotItemsAreThoseOfWindowsThatOverlap(t *testing.T) {
	got := Q5([]Event{bid(1, 5, 1, 10_000), bid(1, 5, 1, 10_500), bid(2, 5, 1, 19_999)})
	slices.SortFunc(got, func(a, b rows.HotItem) int { return int(a.End - b.End) })
	var want []rows.HotItem
	for end := int64(12_000); end <= 20_000; end += 2000 {
		want = append(want, rows.HotItem{Auction: 1, Num: 2, End: end})
	}
	for end := int64(22_000); end <= 28_000; end += 2000 {
		want = append(want, rows.HotItem{Auction: 2, Num: 1, End: end})
	}
	same(t, "hot items", got, want)
}

func TestTablesWithoutEndAreReportedDaily(t *testing.T) {
	const day = 86_400_000
	all := []Event{bid(1, 5, 10, 5), bid(1, 5, 20, day-1), bid(1, 5, 15, day)}
	if got := Q18(all); len(got) != 2 || got[0].Price+got[1].Price != 35 {
		t.Errorf("last bids: %+v", got)
	}
	ranks := map[string][]int64{}
	for _, r := range Q19(all) {
		ranks[r.Day] = append(ranks[r.Day], r.Price)
	}
	if want := map[string][]int64{"1970-01-01": {20, 10}, "1970-01-02": {20, 15, 10}}; !reflect.DeepEqual(ranks, want) {
		t.Errorf("ten highest bids: %v, want %v", ranks, want)
	}
}

func TestOneBidderCountsOnce(t *testing.T) {
	all := []Event{bid(1, 5, 9_999, 5), bid(2, 5, 10_000, 6), bid(2, 6, 1_000_000, 6), bid(2, 5, 1, 7)}
	same(t, "statistics", Q15(all), []rows.Day{{Day: "1970-01-01", Statistics: rows.Statistics{
		TotalBids: 4, Rank1Bids: 2, Rank2Bids: 1, Rank3Bids: 1,
		TotalBidders: 2, Rank1Bidders: 1, Rank2Bidders: 1, Rank3Bidders: 1,
		TotalAuctions: 2, Rank1Auctions: 2, Rank2Auctions: 1, Rank3Auctions: 1,
	}}})
}
