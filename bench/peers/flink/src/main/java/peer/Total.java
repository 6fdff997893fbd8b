package peer;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RichFlatJoinFunction;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.types.LongValue;
import org.apache.flink.util.Collector;

/** Counts and sums what comes out of a job and drops it. */
final class Total implements java.io.Serializable {
    private long rows;
    private long sum;

    private void add(long x) {
        rows++;
        sum += x;
    }

    private void publish(RuntimeContext context, long unordered) {
        Map<String, Long> values = new HashMap<>(Map.of("rows", rows, "sum", sum, "unordered", unordered));
        values.forEach(
                (name, value) -> {
                    LongCounter counter = new LongCounter();
                    counter.add(value);
                    context.addAccumulator(name, counter);
                });
    }

    /** The end of a join. */
    static final class OfPairs
            extends RichFlatJoinFunction<Tuple3<LongValue, LongValue, Rest>, Tuple3<LongValue, LongValue, Rest>, LongValue> {
        private final Total total = new Total();

        @Override
        public void join(
                Tuple3<LongValue, LongValue, Rest> build,
                Tuple3<LongValue, LongValue, Rest> probe,
                Collector<LongValue> out) {
            total.add((build.f1.getValue() ^ probe.f1.getValue()) + 3 * build.f2.last() + probe.f2.last());
        }

        @Override
        public void close() {
            total.publish(getRuntimeContext(), 0);
        }
    }

    /** The end of a sort or a group-by. */
    static final class OfRecords extends RichFlatMapFunction<Tuple3<LongValue, LongValue, Rest>, LongValue> {
        private final Total total = new Total();
        private final boolean ordered;
        private long before = Long.MIN_VALUE;
        private long unordered;

        OfRecords(boolean ordered) {
            this.ordered = ordered;
        }

        @Override
        public void flatMap(Tuple3<LongValue, LongValue, Rest> r, Collector<LongValue> out) {
            long id = r.f0.getValue();
            if (ordered) {
                if (id < before) {
                    unordered++;
                }
                before = id;
            }
            total.add((id ^ r.f1.getValue()) + r.f2.last());
        }

        @Override
        public void close() {
            total.publish(getRuntimeContext(), unordered);
        }
    }
}
