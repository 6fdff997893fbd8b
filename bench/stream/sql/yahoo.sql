drop temporary table if exists ads;
create temporary table ads (
  `user` bigint, page bigint, ad bigint, form int, kind int, seen timestamp(3), address bigint,
  watermark for seen as seen - interval '0.001' second
) with ('connector' = 'made', 'made' = 'yahoo', 'events' = '$events');
select campaign, window_start, count(*) from table(tumble(
  (select campaign(ad) as campaign, seen from ads where kind = 0), descriptor(seen), interval '10' second))
group by campaign, window_start, window_end
