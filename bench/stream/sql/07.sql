select b.auction, b.bidder, b.price, b.happened, b.extra
from bid b join (
  select max(price) as highest, window_end as ended
  from table(tumble(table bid, descriptor(happened), interval '10' second))
  group by window_start, window_end) w
on b.price = w.highest
where b.happened >= w.ended - interval '10' second and b.happened < w.ended
