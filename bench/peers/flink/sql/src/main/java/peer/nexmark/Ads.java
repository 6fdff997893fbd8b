package peer.nexmark;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.TimestampData;

/**
 * Events of the Yahoo streaming benchmark, by their numbers: bench/stream/yahoo.go makes
 * the same. The fields are public for Flink, which has a fast serializer for such a class.
 */
public final class Ads {
    public static final int ADS = 1000;
    public static final int CAMPAIGNS = 100;
    private static final long START = 1436918400000L;

    public long user;
    public long page;
    public long ad;
    public int form;
    public int kind; // 0: view, 1: click, 2: purchase
    public long time; // milliseconds
    public long address;

    private static long scramble(long n) {
        n = (n + 1) * 0x9E3779B97F4A7C15L;
        n = (n ^ n >>> 30) * 0xBF58476D1CE4E5B9L;
        n = (n ^ n >>> 27) * 0x94D049BB133111EBL;
        return n ^ n >>> 31;
    }

    public void make(long n) {
        long drawn = scramble(n);
        user = drawn & 0xfffff;
        page = drawn >>> 20 & 0xfffff;
        ad = (drawn >>> 32 & 0xffff) * ADS >>> 16;
        form = (int) ((drawn >>> 48 & 0xff) * 5 >>> 8);
        kind = (int) ((drawn >>> 56) * 3 >>> 8);
        time = START + n / 1000;
        address = drawn ^ n;
    }

    public static Ads of(long n) {
        Ads a = new Ads();
        a.make(n);
        return a;
    }

    static GenericRowData row(long n) {
        Ads a = of(n);
        return GenericRowData.of(a.user, a.page, a.ad, a.form, a.kind, TimestampData.fromEpochMillis(a.time), a.address);
    }

    /** The campaign of each ad. */
    public static long[] campaigns() {
        long[] table = new long[ADS];
        for (int i = 0; i < ADS; i++) {
            table[i] = i * 7919L % CAMPAIGNS;
        }
        return table;
    }
}
