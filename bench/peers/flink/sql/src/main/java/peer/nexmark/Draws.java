package peer.nexmark;

/**
 * Draws of java.util.Random, by its documentation, without the atomic variable that it
 * keeps its state in. Not for concurrent use.
 */
final class Draws {
    private static final long MULTIPLIER = 0x5DEECE66DL;
    private static final long INCREMENT = 0xB;

    private long state;

    void seed(long seed) {
        state = seed ^ MULTIPLIER;
    }

    int next(int bits) {
        state = state * MULTIPLIER + INCREMENT;
        return (int) (state >>> 16) >>> (32 - bits);
    }

    /** A number from 0 to n-1. */
    int below(int n) {
        int u = next(31);
        if ((n & (n - 1)) == 0) {
            return (int) ((long) n * u >> 31);
        }
        for (int v; ; u = next(31)) {
            v = u % n;
            if (u - v + (n - 1) >= 0) {
                return v;
            }
        }
    }

    /** A number from 0 to n-1; here n always fits an int. */
    long below(long n) {
        return below((int) n);
    }

    double fraction() {
        long high = (long) next(26) << 27;
        return (high + next(27)) * 0x1.0p-53;
    }

    /** A price in cents, evenly by its logarithm; see examples/nexmark/events/random.go. */
    long price() {
        double exponent = fraction() * 6;
        double up = Math.exp(exponent * 2.30258509299404568402) * 100 + 0.5;
        long cents = (long) up;
        double part = up - cents;
        if (part > 0.001 && part < 0.999) {
            return cents;
        }
        return (long) Math.floor(Math.pow(10, exponent) * 100 + 0.5);
    }
}
