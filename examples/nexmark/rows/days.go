package rows

import "github.com/thalweg/thalweg/examples/nexmark/events"

// Levels counts something by the price of bids: any, below 10,000, below 1,000,000, and
// from there on.
type Levels struct{ Total, Rank1, Rank2, Rank3 int64 }

// Statistics is what queries 15 and 16 count.
type Statistics struct {
	TotalBids     int64 `json:"total_bids"`
	Rank1Bids     int64 `json:"rank1_bids"`
	Rank2Bids     int64 `json:"rank2_bids"`
	Rank3Bids     int64 `json:"rank3_bids"`
	TotalBidders  int64 `json:"total_bidders"` // each once
	Rank1Bidders  int64 `json:"rank1_bidders"`
	Rank2Bidders  int64 `json:"rank2_bidders"`
	Rank3Bidders  int64 `json:"rank3_bidders"`
	TotalAuctions int64 `json:"total_auctions"` // each once
	Rank1Auctions int64 `json:"rank1_auctions"`
	Rank2Auctions int64 `json:"rank2_auctions"`
	Rank3Auctions int64 `json:"rank3_auctions"`
}

// StatisticsOf puts three counts into one row.
func StatisticsOf(bids, bidders, auctions Levels) Statistics {
	return Statistics{
		bids.Total, bids.Rank1, bids.Rank2, bids.Rank3,
		bidders.Total, bidders.Rank1, bidders.Rank2, bidders.Rank3,
		auctions.Total, auctions.Rank1, auctions.Rank2, auctions.Rank3,
	}
}

// Day is of query 15: the bids of a day.
type Day struct {
	Day string `json:"day"` // 2015-07-15
	Statistics
}

// ChannelDay is of query 16: the bids of a day through a channel.
type ChannelDay struct {
	Channel string `json:"channel"`
	Day     string `json:"day"`
	Minute  string `json:"minute"` // of the last bid: 23:59
	Statistics
}

// AuctionDay is of query 17: the bids of a day for an auction.
type AuctionDay struct {
	Auction int64  `json:"auction"`
	Day     string `json:"day"`
	Total   int64  `json:"total_bids"`
	Rank1   int64  `json:"rank1_bids"`
	Rank2   int64  `json:"rank2_bids"`
	Rank3   int64  `json:"rank3_bids"`
	Min     int64  `json:"min_price"`
	Max     int64  `json:"max_price"`
	Average int64  `json:"avg_price"` // rounded down
	Sum     int64  `json:"sum_price"`
}

// LastBid is of query 18: the last bid of someone for an auction, at the end of every
// day with such a bid. Of several at the same time it is the highest, then the one with
// the least Extra.
type LastBid struct {
	events.Bid
	Day string `json:"day"`
}

// TopBid is of query 19: the ten highest bids for an auction, since its beginning, at
// the end of every day with a bid. Of equal prices the earlier bid is the higher one,
// then that of the bidder with the lower number, then the one with the lesser Extra.
type TopBid struct {
	events.Bid
	Rank int64  `json:"rank_number"` // from 1
	Day  string `json:"day"`
}
