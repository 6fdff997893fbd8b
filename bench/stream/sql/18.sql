select auction, bidder, price, channel, url, happened, extra
from (select *, row_number() over (partition by bidder, auction order by happened desc) as place from bid)
where place <= 1
