package peer.nexmark;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;

/**
 * Flink in a comparison of bench/stream: streams of SQL and of the DataStream API, in a
 * cluster within this process. See bench/stream/flink.go for what it is told and says.
 */
public final class Streams {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Where answers go; libraries that print something print it elsewhere. */
    private static final PrintStream OUT = System.out;

    private final Configuration settings = new Configuration();
    private final StreamExecutionEnvironment jobs;
    private final StreamTableEnvironment tables;

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);
        try {
            Streams streams = new Streams(JSON.readTree(arguments[0]));
            say(Map.of("ready", true));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line; (line = in.readLine()) != null; ) {
                say(streams.answer(JSON.readTree(line)));
            }
        } catch (Exception e) {
            say(Map.of("error", reason(e)));
        }
        System.exit(0);
    }

    /** A cluster that stays for all jobs, as a session's does. */
    private Streams(JsonNode told) throws Exception {
        told.get("settings").fields().forEachRemaining(s -> settings.setString(s.getKey(), s.getValue().asText()));
        int threads = told.get("threads").asInt();
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(settings).setNumTaskManagers(1).setNumSlotsPerTaskManager(threads).build());
        cluster.start();
        URI rest = cluster.getRestAddress().get();
        jobs = StreamExecutionEnvironment.createRemoteEnvironment(rest.getHost(), rest.getPort(), settings);
        jobs.setParallelism(threads);
        EnvironmentSettings streaming = EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build();
        tables = StreamTableEnvironment.create(jobs, streaming);
        tables.createTemporarySystemFunction("count_char", Functions.Count.class);
        tables.createTemporarySystemFunction("campaign", Functions.Campaign.class);
    }

    private Map<String, Object> answer(JsonNode question) throws Exception {
        long events = question.get("events").asLong();
        boolean check = question.get("check").asBoolean();
        switch (question.get("what").asText()) {
            case "events":
                return sumOfEvents(new Events(question.get("rate").asLong())::make, events);
            case "ads":
                return sumOfEvents(Ads::row, events);
            case "yahoo":
                return measure(() -> stream(Yahoo.program(jobs, events), check));
            default:
                for (JsonNode sql : question.get("setup")) {
                    tables.executeSql(sql.asText()).await();
                }
                return measure(() -> query(tables.sqlQuery(question.get("sql").asText()), check));
        }
    }

    private static Map<String, Object> sumOfEvents(Numbers.Maker<?> maker, long events) {
        long sum = 0;
        for (long n = 0; n < events; n++) {
            sum += Sums.fold(Sums.SEED, maker.make(n));
        }
        return Map.of("rows", events, "sum", Long.toUnsignedString(sum));
    }

    private interface Job {
        void run() throws Exception;
    }

    /** The time of a job is that from when its source begins. A job that fails does not end the process. */
    private Map<String, Object> measure(Job job) throws Exception {
        Sums.clear();
        Numbers.BEGAN.set(0);
        System.gc();
        long called = System.nanoTime();
        try {
            job.run();
        } catch (Exception e) {
            return Map.of("failed", reason(e));
        }
        long ended = System.nanoTime();
        return Map.of("wall", (ended - Numbers.BEGAN.get()) / 1e9, "whole", (ended - called) / 1e9,
                "cpu", (SYSTEM.getProcessCpuTime() - Numbers.SPENT.get()) / 1e9,
                "rows", Sums.ROWS.get(), "sum", Long.toUnsignedString(Sums.SUM.get()));
    }

    private void query(Table table, boolean check) throws Exception {
        if (check) {
            stream(tables.toChangelogStream(table), true);
            return;
        }
        table.insertInto(TableDescriptor.forConnector("blackhole").build()).execute().await();
    }

    private void stream(DataStream<Row> rows, boolean check) throws Exception {
        if (check) {
            rows = rows.filter(row -> {
                Sums.add(row);
                return false;
            });
        }
        rows.sinkTo(new DiscardingSink<>());
        jobs.execute();
    }

    /** The innermost reason: those around it say where, in many lines. */
    private static String reason(Throwable e) {
        while (e.getCause() != null) {
            e = e.getCause();
        }
        return e.toString();
    }

    private static void say(Map<String, Object> answer) throws Exception {
        OUT.println(JSON.writeValueAsString(answer));
        OUT.flush();
    }
}
