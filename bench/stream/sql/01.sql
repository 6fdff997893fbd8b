select auction, bidder, 0.908 * price as price, happened, extra from bid
