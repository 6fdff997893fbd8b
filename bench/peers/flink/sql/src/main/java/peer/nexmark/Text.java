package peer.nexmark;

import java.util.Arrays;
import org.apache.flink.table.data.StringData;

/** Makes the strings of events, as Flink has them in rows. Not for concurrent use. */
final class Text {
    private static final int PAIRS = 26 * 26;
    private static final byte[][] LETTERS = letters();

    private byte[] line = new byte[1024];
    private int length;

    private static byte[][] letters() {
        byte[][] all = new byte[2][2 * PAIRS];
        for (int i = 0; i < PAIRS; i++) {
            all[0][2 * i] = (byte) ('a' + i % 26);
            all[0][2 * i + 1] = (byte) ('a' + i / 26);
            all[1][2 * i] = (byte) ('a' - i % 26);
            all[1][2 * i + 1] = (byte) ('a' - i / 26);
        }
        return all;
    }

    int length() {
        return length;
    }

    StringData done() {
        StringData text = StringData.fromBytes(Arrays.copyOf(line, length));
        length = 0;
        return text;
    }

    Text add(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            line[length++] = (byte) ascii.charAt(i);
        }
        return this;
    }

    Text add(char c) {
        line[length++] = (byte) c;
        return this;
    }

    /** Letters with separators among them; blanks at the ends are left out. */
    Text words(Draws r, int longest, char separator) {
        int from = length;
        for (int n = 3 + r.below(longest - 3); n > 0; n--) {
            char c = r.below(13) == 0 ? separator : (char) ('a' + r.below(26));
            if (c != ' ' || length > from) {
                line[length++] = (byte) c;
            }
        }
        while (length > from && line[length - 1] == ' ') {
            length--;
        }
        return this;
    }

    /** Fills what has size bytes to average bytes, give or take a fifth. */
    StringData extra(Draws r, int size, int average) {
        if (size > average) {
            return StringData.fromBytes(new byte[0]);
        }
        average -= size;
        int delta = (int) Math.floor(average * 0.2 + 0.5);
        int n = average - delta;
        if (delta > 0) {
            n += r.below(2 * delta);
        }
        for (int at = 0; at < n; at += 6) {
            int drawn = r.next(32);
            byte[] table = LETTERS[drawn >>> 31];
            long u = Math.abs((long) drawn);
            int v = (int) (u / PAIRS);
            int w = (int) (u % PAIRS);
            line[at] = table[2 * w];
            line[at + 1] = table[2 * w + 1];
            w = v % PAIRS;
            line[at + 2] = table[2 * w];
            line[at + 3] = table[2 * w + 1];
            w = v / PAIRS % PAIRS;
            line[at + 4] = table[2 * w];
            line[at + 5] = table[2 * w + 1];
        }
        length = n;
        return done();
    }
}
