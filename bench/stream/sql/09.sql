select id, itemName, description, initialBid, reserve, happened, expires, seller, category, extra, auction, bidder, price, bid_happened, bid_extra
from (
  select a.*, b.auction, b.bidder, b.price, b.happened as bid_happened, b.extra as bid_extra,
    row_number() over (partition by a.id order by b.price desc, b.happened asc) as place
  from auction a, bid b
  where a.id = b.auction and b.happened between a.happened and a.expires)
where place <= 1
