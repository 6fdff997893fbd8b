package peer.nexmark;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * How many rows a table has, and the sum of their hashes: what is taken back is taken
 * off. bench/stream/sum.go has the same hash.
 */
final class Sums {
    static final AtomicLong ROWS = new AtomicLong();
    static final AtomicLong SUM = new AtomicLong();

    private Sums() {}

    static void clear() {
        ROWS.set(0);
        SUM.set(0);
    }

    static void add(Row row) {
        long h = SEED;
        for (int i = 0; i < row.getArity(); i++) {
            h = fold(h, row.getField(i));
        }
        RowKind kind = row.getKind();
        boolean back = kind == RowKind.DELETE || kind == RowKind.UPDATE_BEFORE;
        ROWS.addAndGet(back ? -1 : 1);
        SUM.addAndGet(back ? -h : h);
    }

    static final long SEED = 0x9E3779B97F4A7C15L;

    /** Nothing is taken for 0, which is what counts of nothing are. */
    static long fold(long h, Object value) {
        if (value == null) {
            return mix(h);
        } else if (value instanceof Long || value instanceof Integer) {
            return mix(h ^ ((Number) value).longValue());
        } else if (value instanceof String) {
            return text(h, ((String) value).getBytes(StandardCharsets.UTF_8));
        } else if (value instanceof LocalDateTime) {
            return mix(h ^ ((LocalDateTime) value).toInstant(ZoneOffset.UTC).toEpochMilli());
        } else if (value instanceof BigDecimal) {
            return mix(h ^ ((BigDecimal) value).unscaledValue().longValue());
        } else if (value instanceof StringData) {
            return text(h, ((StringData) value).toBytes());
        } else if (value instanceof TimestampData) {
            return mix(h ^ ((TimestampData) value).getMillisecond());
        } else if (value instanceof GenericRowData) {
            GenericRowData row = (GenericRowData) value;
            for (int i = 0; i < row.getArity(); i++) {
                if (row.getField(i) != null) {
                    h = fold(h, row.getField(i));
                }
            }
            return h;
        }
        throw new IllegalArgumentException("a value of " + value.getClass());
    }

    private static long text(long h, byte[] bytes) {
        for (byte b : bytes) {
            h = (h ^ (b & 0xff)) * 0x100000001B3L;
        }
        return mix(h ^ bytes.length);
    }

    private static long mix(long x) {
        x *= 0xFF51AFD7ED558CCDL;
        return x ^ x >>> 32;
    }
}
