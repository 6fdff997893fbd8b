package peer;

import java.util.Iterator;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.api.java.typeutils.ValueTypeInfo;
import org.apache.flink.types.LongValue;
import org.apache.flink.util.SplittableIterator;

/**
 * Makes the records of one input, in the same object each time. The rules are those of records.go
 * in bench/curve.
 */
final class Records extends SplittableIterator<Tuple3<LongValue, LongValue, Rest>> {
    static final long STEP = 0x9e3779b97f4a7c15L;

    static final TypeInformation<Tuple3<LongValue, LongValue, Rest>> TYPE =
            new TupleTypeInfo<>(
                    ValueTypeInfo.LONG_VALUE_TYPE_INFO,
                    ValueTypeInfo.LONG_VALUE_TYPE_INFO,
                    new ValueTypeInfo<>(Rest.class));

    enum Kind { BUILD, PROBE, SORT, GROUP }

    private final Kind kind;
    private final long keys;
    private final long end;
    private long next;
    private transient Tuple3<LongValue, LongValue, Rest> record;

    /** Makes the records from next to end; keys is how many different ids the kind may use. */
    Records(Kind kind, long keys, long next, long end) {
        this.kind = kind;
        this.keys = keys;
        this.next = next;
        this.end = end;
    }

    static long mix(long x) {
        x += STEP;
        x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }

    @Override
    public boolean hasNext() {
        return next < end;
    }

    @Override
    public Tuple3<LongValue, LongValue, Rest> next() {
        if (record == null) {
            record = new Tuple3<>(new LongValue(), new LongValue(), new Rest());
        }
        long i = next++;
        long id;
        long value;
        switch (kind) {
            case BUILD -> {
                id = i;
                value = mix(i);
            }
            case PROBE -> {
                id = ((mix(i) >>> 33) * keys) >>> 31;
                value = mix(~i);
            }
            case SORT -> {
                id = mix(i);
                value = i;
            }
            default -> {
                id = mix(i % keys);
                value = mix(~i);
            }
        }
        record.f0.setValue(id);
        record.f1.setValue(value);
        record.f2.fill(mix(id ^ (kind.ordinal() + 1)));
        return record;
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Iterator<Tuple3<LongValue, LongValue, Rest>>[] split(int n) {
        Iterator[] parts = new Iterator[n];
        long from = next;
        for (int i = 0; i < n; i++) {
            long to = next + (end - next) * (i + 1) / n;
            parts[i] = new Records(kind, keys, from, to);
            from = to;
        }
        return parts;
    }

    @Override
    public int getMaximumNumberOfSplits() {
        return (int) Math.min(Integer.MAX_VALUE, end - next);
    }
}
