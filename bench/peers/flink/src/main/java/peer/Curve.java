package peer;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.operators.Order;
import org.apache.flink.api.common.operators.base.JoinOperatorBase.JoinHint;
import org.apache.flink.api.java.DataSet;
import org.apache.flink.api.java.ExecutionEnvironment;
import org.apache.flink.api.java.io.DiscardingOutputFormat;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.client.FlinkPipelineTranslationUtil;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.types.LongValue;

/**
 * Flink's side of the curve: a cluster in this JVM that runs jobs as it is told.
 *
 * <pre>Curve memory-bytes parallelism scratch-directory</pre>
 *
 * Every line of standard input is a job, "join|sort|group records probe-records", and is answered
 * with a line of JSON when the job is done; the end of the input ends the cluster. The wall time is
 * that of the job as the job manager sees it, without planning; the processor time is that of the
 * whole JVM meanwhile. Both are in nanoseconds.
 */
public final class Curve {
    /**
     * The memory of exchanges, beside the working memory. With a local cluster's usual 64 MB, joins
     * failed now and then after waiting 30 seconds for exclusive network buffers.
     */
    private static final MemorySize NETWORK = MemorySize.ofMebiBytes(256);

    private final MiniCluster cluster;
    private final int parallelism;

    private Curve(MiniCluster cluster, int parallelism) {
        this.cluster = cluster;
        this.parallelism = parallelism;
    }

    public static void main(String[] args) throws Exception {
        int parallelism = Integer.parseInt(args[1]);
        Configuration conf = new Configuration();
        conf.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, new MemorySize(Long.parseLong(args[0])));
        conf.set(TaskManagerOptions.NETWORK_MEMORY_MIN, NETWORK);
        conf.set(TaskManagerOptions.NETWORK_MEMORY_MAX, NETWORK);
        conf.set(CoreOptions.TMP_DIRS, args[2]);
        MiniClusterConfiguration clusterConf =
                new MiniClusterConfiguration.Builder()
                        .setConfiguration(conf)
                        .setNumTaskManagers(1)
                        .setNumSlotsPerTaskManager(parallelism)
                        .withRandomPorts()
                        .build();
        try (MiniCluster cluster = new MiniCluster(clusterConf)) {
            cluster.start();
            Curve curve = new Curve(cluster, parallelism);
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] words = line.split(" ");
                System.out.println(curve.measure(words[0], Long.parseLong(words[1]), Long.parseLong(words[2])));
            }
        }
        System.exit(0);
    }

    private String measure(String kind, long records, long probe) throws Exception {
        JobGraph job = job(kind, records, probe);
        System.gc();
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long before = system.getProcessCpuTime();
        JobExecutionResult result = cluster.executeJobBlocking(job);
        long cpu = system.getProcessCpuTime() - before;
        long rows = result.getAccumulatorResult("rows");
        long sum = result.getAccumulatorResult("sum");
        long unordered = result.getAccumulatorResult("unordered");
        return String.format(
                "{\"rows\":%d,\"sum\":%d,\"unordered\":%d,\"wall\":%d,\"cpu\":%d,\"resident\":%d}",
                rows, sum, unordered, result.getNetRuntime() * 1_000_000, cpu, peakResident());
    }

    private JobGraph job(String kind, long records, long probe) {
        ExecutionEnvironment env = ExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(parallelism);
        env.getConfig().enableObjectReuse();
        DataSet<LongValue> end =
                switch (kind) {
                    case "join" -> join(env, records, probe);
                    case "sort" -> sort(env, records);
                    case "group" -> group(env, records);
                    default -> throw new IllegalArgumentException("there is no job " + kind);
                };
        end.output(new DiscardingOutputFormat<>());
        return FlinkPipelineTranslationUtil.getJobGraph(
                Curve.class.getClassLoader(), env.createProgramPlan(kind), new Configuration(), parallelism);
    }

    private static DataSet<LongValue> join(ExecutionEnvironment env, long records, long probe) {
        return read(env, Records.Kind.BUILD, records, records)
                .join(read(env, Records.Kind.PROBE, records, probe), JoinHint.REPARTITION_HASH_FIRST)
                .where(0)
                .equalTo(0)
                .with(new Total.OfPairs());
    }

    private static DataSet<LongValue> sort(ExecutionEnvironment env, long records) {
        return read(env, Records.Kind.SORT, records, records)
                .sortPartition(0, Order.ASCENDING)
                .flatMap(new Total.OfRecords(true));
    }

    private static DataSet<LongValue> group(ExecutionEnvironment env, long records) {
        return read(env, Records.Kind.GROUP, (records + 1) / 2, records)
                .groupBy(0)
                .reduce(
                        (a, b) -> {
                            a.f1.setValue(a.f1.getValue() + b.f1.getValue());
                            return a;
                        })
                .flatMap(new Total.OfRecords(false));
    }

    private static DataSet<Tuple3<LongValue, LongValue, Rest>> read(
            ExecutionEnvironment env, Records.Kind kind, long keys, long records) {
        return env.fromParallelCollection(new Records(kind, keys, 0, records), Records.TYPE);
    }

    /** Returns the most memory the process ever had, in bytes, or 0 where nobody says. */
    private static long peakResident() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(l -> l.startsWith("VmHWM:"))
                    .mapToLong(l -> 1024 * Long.parseLong(l.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
