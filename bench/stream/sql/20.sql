select b.auction, b.bidder, b.price, b.channel, b.url, b.happened, b.extra,
  a.itemName, a.description, a.initialBid, a.reserve, a.happened, a.expires, a.seller, a.category, a.extra
from bid b join auction a on b.auction = a.id
where a.category = 10
