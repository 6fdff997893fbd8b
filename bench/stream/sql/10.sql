select auction, bidder, price, happened, extra, date_format(happened, 'yyyy-MM-dd'), date_format(happened, 'HH:mm') from bid
