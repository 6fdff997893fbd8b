// Package events makes the events of Nexmark, an auction house: people who enter it,
// auctions they open, bids on auctions. Floor 2.
//
//	config := events.Suite()
//	source := events.Source{Config: config}
//
// Event N is a function of N and the configuration. It is the event the generator of
// Apache Beam makes (sdks/java/testing/nexmark, which draws from a java.util.Random
// that is seeded with the event's number), field by field; what nexmark/nexmark has
// added to bids, channel and URL, is drawn from the same numbers after Beam's fields,
// because that port draws from a random seed. The benchmark is that of Tucker, Tufte,
// Papadimos and Maier, "NEXMark – A Benchmark for Queries over Data Streams", 2002.
//
// Of 50 events in a row the first is a person, the next three are auctions, the others
// bids. Several sub-generators may make events side by side, each of its own numbers;
// all of them begin at the same time and go on at the same rate.
//
// Rates that change with time, Beam's rate shapes, are not offered: with its defaults,
// whose first and next rates are equal, Beam's rate does not change either.
package events

// Kind says what an event is.
type Kind uint8

// The kinds of events, by the numbers nexmark/nexmark gives them.
const (
	PersonKind Kind = iota
	AuctionKind
	BidKind
)

// Event is a person, an auction or a bid. Most events are bids, which stand in the
// event itself; the others are referred to.
type Event struct {
	Kind    Kind
	Time    int64 // when it happened, in milliseconds since 1970: the time of what it is
	Bid     Bid
	Auction *Auction
	Person  *Person
}

// Person is someone who has entered the auction house.
type Person struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Email      string `json:"emailAddress"`
	CreditCard string `json:"creditCard"`
	City       string `json:"city"`
	State      string `json:"state"`
	Time       int64  `json:"dateTime"` // milliseconds since 1970
	Extra      string `json:"extra"`
}

// Auction is an item that a person sells. Prices are in cents.
type Auction struct {
	ID          int64  `json:"id"`
	Item        string `json:"itemName"`
	Description string `json:"description"`
	InitialBid  int64  `json:"initialBid"`
	Reserve     int64  `json:"reserve"`
	Time        int64  `json:"dateTime"` // milliseconds since 1970
	Expires     int64  `json:"expires"`  // milliseconds since 1970; the last moment at which bids count
	Seller      int64  `json:"seller"`   // a person's ID
	Category    int64  `json:"category"`
	Extra       string `json:"extra"`
}

// Bid is what a person offers for the item of an auction. It may come before the
// auction, or the person, it names: both are chosen from those of the near future, too.
type Bid struct {
	Auction int64  `json:"auction"`
	Bidder  int64  `json:"bidder"` // a person's ID
	Price   int64  `json:"price"`  // in cents
	Channel string `json:"channel"`
	URL     string `json:"url"`
	Time    int64  `json:"dateTime"` // milliseconds since 1970
	Extra   string `json:"extra"`
}
