select date_format(happened, 'yyyy-MM-dd'),
  count(*),
  count(*) filter (where price < 10000),
  count(*) filter (where price >= 10000 and price < 1000000),
  count(*) filter (where price >= 1000000),
  count(distinct bidder),
  count(distinct bidder) filter (where price < 10000),
  count(distinct bidder) filter (where price >= 10000 and price < 1000000),
  count(distinct bidder) filter (where price >= 1000000),
  count(distinct auction),
  count(distinct auction) filter (where price < 10000),
  count(distinct auction) filter (where price >= 10000 and price < 1000000),
  count(distinct auction) filter (where price >= 1000000)
from bid
group by date_format(happened, 'yyyy-MM-dd')
