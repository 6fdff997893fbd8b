select bidder, count(*) as bids, window_start, window_end
from table(session(table bid partition by bidder, descriptor(happened), interval '10' second))
group by bidder, window_start, window_end
