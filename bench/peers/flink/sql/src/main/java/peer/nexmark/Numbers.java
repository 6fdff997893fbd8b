package peer.nexmark;

import com.sun.management.OperatingSystemMXBean;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * A source of so many records that are functions of their numbers. Of n readers, reader
 * k makes the records k, n+k, 2n+k and so on. A poll makes several, which is faster
 * than one. Nothing of it is kept by checkpoints, of which there are none here.
 */
public final class Numbers<T> implements Source<T, Numbers.Part, Void> {
    /** When the first reader of a job began, by System.nanoTime; 0 before. */
    public static final AtomicLong BEGAN = new AtomicLong();

    /** The processor time of this process then, in nanoseconds. */
    public static final AtomicLong SPENT = new AtomicLong();

    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Makes the maker of a reader. */
    public interface Factory<T> extends Serializable {
        Maker<T> open();
    }

    /** Makes the record with a number. */
    public interface Maker<T> {
        T make(long number);
    }

    private static final int POLL = 32;

    private final long records;
    private final Factory<T> factory;

    public Numbers(long records, Factory<T> factory) {
        this.records = records;
        this.factory = factory;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<T, Part> createReader(SourceReaderContext context) {
        Maker<T> maker = factory.open();
        int step = context.currentParallelism();
        return new Reader<>(records, context.getIndexOfSubtask(), step, maker);
    }

    private static final class Reader<T> implements SourceReader<T, Part> {
        private final long records;
        private final int step;
        private final Maker<T> maker;
        private long next;

        Reader(long records, int first, int step, Maker<T> maker) {
            this.records = records;
            this.next = first;
            this.step = step;
            this.maker = maker;
        }

        @Override
        public void start() {
            if (BEGAN.compareAndSet(0, System.nanoTime())) {
                SPENT.set(SYSTEM.getProcessCpuTime());
            }
        }

        @Override
        public InputStatus pollNext(ReaderOutput<T> output) {
            for (int i = 0; i < POLL; i++) {
                if (next >= records) {
                    return InputStatus.END_OF_INPUT;
                }
                output.collect(maker.make(next));
                next += step;
            }
            return InputStatus.MORE_AVAILABLE;
        }

        @Override
        public List<Part> snapshotState(long checkpoint) {
            return new ArrayList<>();
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void addSplits(List<Part> splits) {}

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    /** Readers know by their number what to make: there is nothing to hand out. */
    public static final class Part implements SourceSplit {
        @Override
        public String splitId() {
            return "part";
        }
    }

    private static final class Enumerator implements SplitEnumerator<Part, Void> {
        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int subtask, String host) {}

        @Override
        public void addSplitsBack(List<Part> splits, int subtask) {}

        @Override
        public void addReader(int subtask) {}

        @Override
        public Void snapshotState(long checkpoint) {
            return null;
        }

        @Override
        public void close() {}
    }

    private static final class Empty<E> implements SimpleVersionedSerializer<E>, Serializable {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(E value) {
            return ByteBuffer.allocate(0).array();
        }

        @Override
        public E deserialize(int version, byte[] bytes) {
            return null;
        }
    }

    @Override
    public SplitEnumerator<Part, Void> createEnumerator(SplitEnumeratorContext<Part> context) {
        return new Enumerator();
    }

    @Override
    public SplitEnumerator<Part, Void> restoreEnumerator(SplitEnumeratorContext<Part> context, Void checkpoint) {
        return new Enumerator();
    }

    @Override
    public SimpleVersionedSerializer<Part> getSplitSerializer() {
        return new Empty<>();
    }

    @Override
    public SimpleVersionedSerializer<Void> getEnumeratorCheckpointSerializer() {
        return new Empty<>();
    }
}
