select counted.auction, counted.num
from (
  select auction, count(*) as num, window_start, window_end
  from table(hop(table bid, descriptor(happened), interval '2' second, interval '10' second))
  group by auction, window_start, window_end) counted
join (
  select max(num) as most, window_start, window_end
  from (
    select count(*) as num, window_start, window_end
    from table(hop(table bid, descriptor(happened), interval '2' second, interval '10' second))
    group by auction, window_start, window_end)
  group by window_start, window_end) highest
on counted.window_start = highest.window_start and counted.window_end = highest.window_end and counted.num >= highest.most
