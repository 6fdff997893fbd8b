package peer;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * What makes a record 1024 bytes long beside its two numbers: 126 words. It is a value of fixed
 * length, which Flink copies as bytes and reads into the object it has.
 */
public final class Rest implements CopyableValue<Rest> {
    private static final int WORDS = 126;
    private static final int LENGTH = 8 * WORDS;
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes = new byte[LENGTH];

    /** Writes words that say which record they belong to and that no codec makes shorter. */
    void fill(long start) {
        for (int i = 0; i < LENGTH; i += 8) {
            LONGS.set(bytes, i, start);
            start += Records.STEP;
        }
    }

    long last() {
        return (long) LONGS.get(bytes, LENGTH - 8);
    }

    @Override
    public void write(DataOutputView out) throws IOException {
        out.write(bytes, 0, LENGTH);
    }

    @Override
    public void read(DataInputView in) throws IOException {
        in.readFully(bytes, 0, LENGTH);
    }

    @Override
    public int getBinaryLength() {
        return LENGTH;
    }

    @Override
    public void copyTo(Rest target) {
        System.arraycopy(bytes, 0, target.bytes, 0, LENGTH);
    }

    @Override
    public Rest copy() {
        Rest r = new Rest();
        copyTo(r);
        return r;
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        out.write(in, LENGTH);
    }
}
