package peer.nexmark;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;

/**
 * Makes the events of examples/nexmark/events with the configuration Default there, one
 * generator and no disorder, as rows: kind, person, auction, bid, time. Not for
 * concurrent use.
 */
final class Events {
    static final int PERSON = 0;
    static final int AUCTION = 1;
    static final int BID = 2;

    private static final long START = 1436918400000L;
    private static final int CYCLE = 50;
    private static final int AUCTIONS = 3;
    private static final int FIRST = 1000;
    private static final int LEAD = 10;
    private static final int HOT = 100;
    private static final long IN_FLIGHT = 100;
    private static final long ACTIVE = 1000;
    private static final String[] STATES = {"AZ", "CA", "ID", "OR", "WA", "WY"};
    private static final String[] CITIES = {
        "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"
    };
    private static final String[] FIRST_NAMES = {
        "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"
    };
    private static final String[] LAST_NAMES = {
        "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"
    };

    private final long delay; // microseconds between two events
    private final Draws draws = new Draws();
    private final Text text = new Text();
    private final StringData[] channels = new StringData[4 + 10_000];
    private final StringData[] addresses = new StringData[4 + 10_000];

    Events(long rate) {
        delay = (1_000_000 + rate / 2) / rate;
        String[] hot = {"Google", "Facebook", "Baidu", "Apple"};
        draws.seed(0);
        for (int i = 0; i < channels.length; i++) {
            int cold = i - hot.length;
            channels[i] = StringData.fromString(cold < 0 ? hot[i] : "channel-" + cold);
            text.add("https://www.nexmark.com/");
            for (int part = 0; part < 3; part++) {
                text.words(draws, 5, '_').add('/');
            }
            text.add("item.htm?query=1");
            if (cold >= 0 && draws.below(10) > 0) {
                text.add("&channel_id=" + Math.abs((long) Integer.reverse(cold)));
            }
            addresses[i] = text.done();
        }
    }

    private long time(long n) {
        return START + n * delay / 1000;
    }

    private static long lastPerson(long n) {
        return n / CYCLE;
    }

    private static long lastAuction(long n) {
        return n / CYCLE * AUCTIONS + Math.min(n % CYCLE - 1, AUCTIONS - 1);
    }

    private long anyPerson(long n) {
        long people = lastPerson(n) + 1;
        long active = Math.min(people, ACTIVE);
        return people - active + draws.below(active + LEAD);
    }

    private long anyAuction(long n) {
        long last = lastAuction(n);
        long first = Math.max(last - IN_FLIGHT, 0);
        return first + draws.below(last - first + 1 + LEAD);
    }

    /** The event with a number. */
    GenericRowData make(long n) {
        draws.seed(n);
        GenericRowData event = new GenericRowData(5);
        TimestampData now = TimestampData.fromEpochMillis(time(n));
        event.setField(4, now);
        int place = (int) (n % CYCLE);
        if (place < 1) {
            event.setField(0, PERSON);
            event.setField(1, person(n, now));
        } else if (place < 1 + AUCTIONS) {
            event.setField(0, AUCTION);
            event.setField(2, auction(n, now));
        } else {
            event.setField(0, BID);
            event.setField(3, bid(n, now));
        }
        return event;
    }

    private GenericRowData person(long n, TimestampData now) {
        Draws r = draws;
        String first = FIRST_NAMES[r.below(FIRST_NAMES.length)];
        String last = LAST_NAMES[r.below(LAST_NAMES.length)];
        int size = 8 + first.length() + 1 + last.length();
        StringData name = text.add(first).add(' ').add(last).done();
        text.words(r, 7, ' ').add('@').words(r, 5, ' ').add(".com");
        size += text.length();
        StringData email = text.done();
        for (int i = 0; i < 4; i++) {
            if (i > 0) {
                text.add(' ');
            }
            int number = r.below(10_000);
            text.add((char) ('0' + number / 1000)).add((char) ('0' + number / 100 % 10));
            text.add((char) ('0' + number / 10 % 10)).add((char) ('0' + number % 10));
        }
        size += text.length();
        StringData card = text.done();
        String city = CITIES[r.below(CITIES.length)];
        String state = STATES[r.below(STATES.length)];
        size += city.length() + state.length();
        return GenericRowData.of(FIRST + lastPerson(n), name, email, card, text.add(city).done(), text.add(state).done(),
                now, text.extra(r, size, 200));
    }

    private GenericRowData auction(long n, TimestampData now) {
        Draws r = draws;
        long seller = FIRST + (r.below(4) > 0 ? lastPerson(n) / HOT * HOT : anyPerson(n));
        long category = 10 + r.below(5);
        long initial = r.price();
        long horizon = time(n + IN_FLIGHT * CYCLE / AUCTIONS) - time(n);
        long expires = time(n) + 1 + r.below(Math.max(2 * horizon, 1));
        int size = 6 * 8;
        text.words(r, 20, ' ');
        size += text.length();
        StringData item = text.done();
        text.words(r, 100, ' ');
        size += text.length();
        StringData description = text.done();
        long reserve = initial + r.price();
        return GenericRowData.of(FIRST + lastAuction(n), item, description, initial, reserve, now,
                TimestampData.fromEpochMillis(expires), seller, category, text.extra(r, size, 500));
    }

    private GenericRowData bid(long n, TimestampData now) {
        Draws r = draws;
        long auction = FIRST + (r.below(2) > 0 ? lastAuction(n) / HOT * HOT : anyAuction(n));
        long bidder = FIRST + (r.below(4) > 0 ? lastPerson(n) / HOT * HOT + 1 : anyPerson(n));
        long price = r.price();
        StringData extra = text.extra(r, 4 * 8, 100);
        int channel = r.below(2) > 0 ? r.below(4) : 4 + r.below(10_000);
        return GenericRowData.of(auction, bidder, price, channels[channel], addresses[channel], now, extra);
    }
}
