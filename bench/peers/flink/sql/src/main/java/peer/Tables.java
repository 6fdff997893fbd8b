package peer;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Flink in a comparison of bench/tpch: its SQL in batch mode, in a cluster within this
 * process. See bench/tpch/contender.go for what it is told and what it says.
 */
public final class Tables {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Where answers go; libraries that print something print it elsewhere. */
    private static final PrintStream OUT = System.out;

    private Tables() {}

    public static void main(String[] arguments) throws Exception {
        System.setOut(System.err);
        try {
            JsonNode job = JSON.readTree(arguments[0]);
            StreamTableEnvironment tables = open(job);
            say(Map.of("ready", true));
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line; (line = in.readLine()) != null; ) {
                say(ask(tables, JSON.readTree(line)));
            }
        } catch (Exception e) {
            say(Map.of("error", reason(e)));
        }
        System.exit(0);
    }

    /** A cluster that stays for all queries, as a session's does: one for each would be most of a short query's time. */
    private static StreamTableEnvironment open(JsonNode job) throws Exception {
        Configuration settings = new Configuration();
        job.get("settings").fields().forEachRemaining(s -> settings.setString(s.getKey(), s.getValue().asText()));
        int threads = job.get("threads").asInt();
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(settings).setNumTaskManagers(1).setNumSlotsPerTaskManager(threads).build());
        cluster.start();
        URI rest = cluster.getRestAddress().get();
        StreamExecutionEnvironment jobs =
                StreamExecutionEnvironment.createRemoteEnvironment(rest.getHost(), rest.getPort(), settings);
        jobs.setParallelism(threads);
        EnvironmentSettings batch = EnvironmentSettings.newInstance().inBatchMode().withConfiguration(settings).build();
        StreamTableEnvironment tables = StreamTableEnvironment.create(jobs, batch);
        for (JsonNode sql : job.get("setup")) {
            tables.executeSql(sql.asText()).await();
        }
        return tables;
    }

    /** Answers one query; a query that fails does not end the process. */
    private static Map<String, Object> ask(StreamTableEnvironment tables, JsonNode question) throws Exception {
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        TableResult result;
        List<Row> rows = new ArrayList<>();
        try {
            result = tables.executeSql(question.get("sql").asText());
            try (CloseableIterator<Row> all = result.collect()) {
                all.forEachRemaining(rows::add);
            }
        } catch (Exception e) {
            return Map.of("failed", reason(e));
        }
        double wall = (System.nanoTime() - start) / 1e9;
        double spent = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
        StringBuilder text = new StringBuilder(String.join(",", result.getResolvedSchema().getColumnNames())).append('\n');
        for (Row row : rows) {
            for (int i = 0; i < row.getArity(); i++) {
                text.append(i > 0 ? "," : "").append(quoted(row.getField(i)));
            }
            text.append('\n');
        }
        Files.writeString(Path.of(question.get("answer").asText()), text);
        return Map.of("wall", wall, "cpu", spent);
    }

    private static String quoted(Object field) {
        return field == null ? "" : '"' + field.toString().replace("\"", "\"\"") + '"';
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
