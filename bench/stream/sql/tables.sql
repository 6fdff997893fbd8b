create temporary table events (
  kind int,
  person row<id bigint, name string, emailAddress string, creditCard string, city string, state string, happened timestamp(3), extra string>,
  auction row<id bigint, itemName string, description string, initialBid bigint, reserve bigint, happened timestamp(3), expires timestamp(3), seller bigint, category bigint, extra string>,
  bid row<auction bigint, bidder bigint, price bigint, channel string, url string, happened timestamp(3), extra string>,
  happened timestamp(3),
  watermark for happened as happened - interval '0.001' second
) with ('connector' = 'made', 'made' = 'nexmark', 'events' = '$events', 'rate' = '$rate');

create temporary view person as
select person.id as id, person.name as name, person.city as city, person.state as state, happened
from events where kind = 0;

create temporary view auction as
select auction.id as id, auction.itemName as itemName, auction.description as description, auction.initialBid as initialBid,
  auction.reserve as reserve, happened, auction.expires as expires, auction.seller as seller, auction.category as category, auction.extra as extra
from events where kind = 1;

create temporary view bid as
select bid.auction as auction, bid.bidder as bidder, bid.price as price, bid.channel as channel, bid.url as url, happened, bid.extra as extra
from events where kind = 2;

create temporary table side (key bigint, `value` string) with ('connector' = 'made', 'made' = 'side')
