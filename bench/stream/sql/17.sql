select auction, date_format(happened, 'yyyy-MM-dd'),
  count(*),
  count(*) filter (where price < 10000),
  count(*) filter (where price >= 10000 and price < 1000000),
  count(*) filter (where price >= 1000000),
  min(price), max(price), avg(price), sum(price)
from bid
group by auction, date_format(happened, 'yyyy-MM-dd')
