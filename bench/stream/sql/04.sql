select category, avg(final) from (
  select max(b.price) as final, a.category as category
  from auction a, bid b
  where a.id = b.auction and b.happened between a.happened and a.expires
  group by a.id, a.category)
group by category
