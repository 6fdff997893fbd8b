select auction, bidder, price, happened, extra from bid
