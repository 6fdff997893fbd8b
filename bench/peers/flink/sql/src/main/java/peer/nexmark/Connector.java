package peer.nexmark;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.SourceProvider;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;

/** The tables of SQL over what is made here: 'made' of "nexmark", "yahoo" or "side". */
public final class Connector implements DynamicTableSourceFactory {
    private static final ConfigOption<String> MADE = ConfigOptions.key("made").stringType().noDefaultValue();
    private static final ConfigOption<Long> EVENTS = ConfigOptions.key("events").longType().defaultValue(0L);
    private static final ConfigOption<Long> RATE = ConfigOptions.key("rate").longType().defaultValue(10_000L);

    @Override
    public String factoryIdentifier() {
        return "made";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(MADE);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(EVENTS, RATE);
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        var options = org.apache.flink.configuration.Configuration.fromMap(context.getCatalogTable().getOptions());
        long events = options.get(EVENTS);
        long rate = options.get(RATE);
        switch (options.get(MADE)) {
            case "nexmark":
                return new Scan(new Numbers<>(events, () -> new Events(rate)::make));
            case "yahoo":
                return new Scan(new Numbers<>(events, () -> Ads::row));
            default:
                return new Side();
        }
    }

    private static final class Scan implements ScanTableSource {
        private final Numbers<? extends RowData> source;

        Scan(Numbers<? extends RowData> source) {
            this.source = source;
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        @SuppressWarnings("unchecked")
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            return SourceProvider.of((Numbers<RowData>) source);
        }

        @Override
        public DynamicTableSource copy() {
            return new Scan(source);
        }

        @Override
        public String asSummaryString() {
            return "made";
        }
    }

    /** The side table of query 13, in memory. */
    private static final class Side implements LookupTableSource {
        @Override
        public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
            return LookupFunctionProvider.of(new Lookup());
        }

        @Override
        public DynamicTableSource copy() {
            return new Side();
        }

        @Override
        public String asSummaryString() {
            return "side";
        }
    }

    /** Finds a row of the side table. */
    public static final class Lookup extends LookupFunction {
        private static final int ROWS = 10_000;
        private transient List<RowData>[] table;

        @Override
        @SuppressWarnings("unchecked")
        public void open(FunctionContext context) {
            table = new List[ROWS];
            for (int i = 0; i < ROWS; i++) {
                table[i] = List.of(GenericRowData.of((long) i, StringData.fromString(Integer.toString(i))));
            }
        }

        @Override
        public Collection<RowData> lookup(RowData key) {
            return table[(int) key.getLong(0)];
        }
    }
}
