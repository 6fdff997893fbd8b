select auction, bidder, price, channel, url, happened, extra, place
from (select *, row_number() over (partition by auction order by price desc) as place from bid)
where place <= 10
