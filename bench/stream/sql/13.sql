select b.auction, b.bidder, b.price, b.happened, s.`value`
from (select *, proctime() as now from bid) b
join side for system_time as of b.now as s on mod(b.auction, 10000) = s.key
