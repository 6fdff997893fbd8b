// Package rows is what the queries of Nexmark answer, and says which rows those are.
// Floor 3.
//
// The queries are those of nexmark/nexmark (nexmark-flink/src/main/resources/queries),
// which is Beam's first nine and its own. Times are milliseconds since 1970, in UTC;
// prices are cents.
//
// Some of them ask in SQL for a table that changes with every bid. How many changes
// there are depends on the order in which events come. Here their answers are changes
// at moments of event time, so that they are the same however events come and on
// however many subtasks:
//
//   - what depends on auctions being closed (4, 6, 9) changes when they close, which is
//     a millisecond after they expire;
//   - what is reported for days (15, 16, 17), and what has no end in SQL (18, 19),
//     changes when days end: the rows that have changed are answered once a day, so
//     that the last row with a key is what SQL's table has. Days are those of UTC.
//
// At the end of the events all auctions close and all days end.
package rows

import "github.com/thalweg/thalweg/examples/nexmark/events"

// Bid is of queries 0 and 7.
//
// Query 0 passes every bid on. Query 7 has, of every ten seconds, the bids with the
// highest price: all of them if several have it. (In SQL a bid at the very end of a
// window counts as one of it, if its price is the window's highest. Here it does not.)
type Bid struct {
	Auction int64  `json:"auction"`
	Bidder  int64  `json:"bidder"`
	Price   int64  `json:"price"`
	Time    int64  `json:"dateTime"`
	Extra   string `json:"extra"`
}

// Euro is of query 1, which converts the price of every bid, 0.908 euros a dollar.
type Euro struct {
	Auction int64  `json:"auction"`
	Bidder  int64  `json:"bidder"`
	Price   int64  `json:"price_thousandths"` // of euro cents: exact
	Time    int64  `json:"dateTime"`
	Extra   string `json:"extra"`
}

// Selected is of query 2: bids for every 123rd auction.
type Selected struct {
	Auction int64 `json:"auction"`
	Price   int64 `json:"price"`
}

// Suggestion is of query 3: auctions in category 10 of people in Oregon, Idaho and
// California, whichever of the two comes first.
type Suggestion struct {
	Name  string `json:"name"`
	City  string `json:"city"`
	State string `json:"state"`
	ID    int64  `json:"id"` // of the auction
}

// CategoryAverage is of query 4: the average price of all items of a category that have
// been sold, rounded down, whenever one or more are. An item is sold when its auction
// closes, for the highest bid that came while it was open; of no bids it is not sold.
type CategoryAverage struct {
	ID    int64 `json:"id"`
	Final int64 `json:"final"`
	Time  int64 `json:"dateTime"` // when the auctions expired with which the average changed
}

// HotItem is of query 5: the auctions with the most bids in ten seconds, every two
// seconds; all of them if several have as many.
type HotItem struct {
	Auction int64 `json:"auction"`
	Num     int64 `json:"num"`
	End     int64 `json:"endtime"` // of the ten seconds
}

// SellerAverage is of query 6: the average price of the last ten items that someone has
// sold, rounded down, for every one that is sold. Items are in the order in which their
// auctions expire, and then that of their numbers. (The SQL of nexmark/nexmark, which
// Flink does not run, has eleven items, by the times of their bids.)
type SellerAverage struct {
	Seller  int64 `json:"seller"`
	Average int64 `json:"avg_price"`
	Auction int64 `json:"auction"` // the last item's
	Time    int64 `json:"dateTime"`
}

// NewUser is of query 8: people who come and open auctions in the same ten seconds.
type NewUser struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Start int64  `json:"stime"` // of the ten seconds
}

// WinningBid is of query 9: auctions that close, with their highest bid. Of several
// highest bids it is the earliest, then that of the bidder with the lowest number, then
// the one with the least Extra.
type WinningBid struct {
	events.Auction
	Of       int64  `json:"auction"` // the same as Auction.ID
	Bidder   int64  `json:"bidder"`
	Price    int64  `json:"price"`
	BidTime  int64  `json:"bid_dateTime"`
	BidExtra string `json:"bid_extra"`
}

// Logged is of query 10: every bid, with its day and minute, by which SQL divides files
// and a reader of these rows may.
type Logged struct {
	Auction int64  `json:"auction"`
	Bidder  int64  `json:"bidder"`
	Price   int64  `json:"price"`
	Time    int64  `json:"dateTime"`
	Extra   string `json:"extra"`
	Day     string `json:"dt"` // 2015-07-15
	Minute  string `json:"hm"` // 23:59
}

// Session is of queries 11 and 12.
//
// Query 11 counts the bids of each session of a bidder: bids that come less than ten
// seconds one after the other. A session ends ten seconds after its last bid; a bid at
// its end begins another one, as in Beam.
//
// Query 12 counts the bids of a bidder in ten seconds of the engine's clock. How they
// are divided is therefore different in every run.
type Session struct {
	Bidder int64 `json:"bidder"`
	Bids   int64 `json:"bid_count"`
	Start  int64 `json:"starttime"`
	End    int64 `json:"endtime"`
}

// SideRows is how many rows the table of query 13 has: from 0, each with its number as
// text, as SideInputGenerator.java writes them.
const SideRows = 10_000

// Enriched is of query 13: every bid with the row of a table that has the number of the
// auction, modulo SideRows.
type Enriched struct {
	Auction int64  `json:"auction"`
	Bidder  int64  `json:"bidder"`
	Price   int64  `json:"price"`
	Time    int64  `json:"dateTime"`
	Value   string `json:"value"`
}

// Calculated is of query 14: bids of more than a million and less than 50 million euro
// cents, with the time of day, dayTime from 8 to 18:59, nightTime from 20 to 6:59,
// otherTime between, and how often Extra has the letter c.
type Calculated struct {
	Auction  int64  `json:"auction"`
	Bidder   int64  `json:"bidder"`
	Price    int64  `json:"price_thousandths"` // of euro cents: exact
	TimeType string `json:"bidTimeType"`
	Time     int64  `json:"dateTime"`
	Extra    string `json:"extra"`
	Counts   int64  `json:"c_counts"`
}

// Expanded is of query 20: bids with their auctions, of category 10, whichever of the
// two comes first.
type Expanded struct {
	Auction      int64  `json:"auction"`
	Bidder       int64  `json:"bidder"`
	Price        int64  `json:"price"`
	Channel      string `json:"channel"`
	URL          string `json:"url"`
	BidTime      int64  `json:"bid_dateTime"`
	BidExtra     string `json:"bid_extra"`
	Item         string `json:"itemName"`
	Description  string `json:"description"`
	InitialBid   int64  `json:"initialBid"`
	Reserve      int64  `json:"reserve"`
	AuctionTime  int64  `json:"auction_dateTime"`
	Expires      int64  `json:"expires"`
	Seller       int64  `json:"seller"`
	Category     int64  `json:"category"`
	AuctionExtra string `json:"auction_extra"`
}

// Identified is of query 21: bids with the number of their channel: 0 to 3 for Apple,
// Google, Facebook and Baidu, else what the URL says; bids without are left out.
type Identified struct {
	Auction   int64  `json:"auction"`
	Bidder    int64  `json:"bidder"`
	Price     int64  `json:"price"`
	Channel   string `json:"channel"`
	ChannelID string `json:"channel_id"`
}

// Directories is of query 22: the parts 3 to 5 of a bid's URL between slashes, counted
// from 0.
type Directories struct {
	Auction int64  `json:"auction"`
	Bidder  int64  `json:"bidder"`
	Price   int64  `json:"price"`
	Channel string `json:"channel"`
	Dir1    string `json:"dir1"`
	Dir2    string `json:"dir2"`
	Dir3    string `json:"dir3"`
}
