select auction, bidder, 0.908 * price as price,
  case
    when hour(happened) >= 8 and hour(happened) <= 18 then 'dayTime'
    when hour(happened) <= 6 or hour(happened) >= 20 then 'nightTime'
    else 'otherTime'
  end,
  happened, extra, count_char(extra, 'c')
from bid
where 0.908 * price > 1000000 and 0.908 * price < 50000000
