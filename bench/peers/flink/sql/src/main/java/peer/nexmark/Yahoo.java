package peer.nexmark;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** The windowed count of the Yahoo streaming benchmark as a DataStream program. */
final class Yahoo {
    private Yahoo() {}

    /** A view of an ad of a campaign. */
    public static final class View {
        public long campaign;
        public long time;
    }

    /** Records may be used again, so that one is enough; see pipeline.object-reuse. */
    private static final class Maker implements Numbers.Maker<Ads> {
        private final Ads ad = new Ads();

        @Override
        public Ads make(long number) {
            ad.make(number);
            return ad;
        }
    }

    private static final class ToView extends RichMapFunction<Ads, View> {
        private transient long[] campaigns;
        private transient View view;

        @Override
        public void open(OpenContext context) {
            campaigns = Ads.campaigns();
            view = new View();
        }

        @Override
        public View map(Ads ad) {
            view.campaign = campaigns[(int) ad.ad];
            view.time = ad.time;
            return view;
        }
    }

    private static final class Count implements AggregateFunction<View, Long, Long> {
        @Override
        public Long createAccumulator() {
            return 0L;
        }

        @Override
        public Long add(View view, Long count) {
            return count + 1;
        }

        @Override
        public Long getResult(Long count) {
            return count;
        }

        @Override
        public Long merge(Long a, Long b) {
            return a + b;
        }
    }

    private static final class Tell extends ProcessWindowFunction<Long, Row, Long, TimeWindow> {
        @Override
        public void process(Long campaign, Context context, Iterable<Long> counts, Collector<Row> out) {
            for (long n : counts) {
                out.collect(Row.of(campaign, context.window().getStart(), n));
            }
        }
    }

    static DataStream<Row> program(StreamExecutionEnvironment jobs, long events) {
        WatermarkStrategy<Ads> times = WatermarkStrategy.<Ads>forMonotonousTimestamps().withTimestampAssigner((ad, t) -> ad.time);
        return jobs.fromSource(new Numbers<>(events, Maker::new), times, "ads", TypeInformation.of(Ads.class))
                .filter(ad -> ad.kind == 0)
                .map(new ToView()).returns(View.class)
                .keyBy(view -> view.campaign)
                .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
                .aggregate(new Count(), new Tell());
    }
}
