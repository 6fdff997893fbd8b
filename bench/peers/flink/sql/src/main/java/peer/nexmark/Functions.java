package peer.nexmark;

import org.apache.flink.table.functions.ScalarFunction;

/** Functions of queries. */
public final class Functions {
    private Functions() {}

    /** How often a text has a character: of query 14. */
    public static final class Count extends ScalarFunction {
        public Long eval(String text, String character) {
            long n = 0;
            if (text != null) {
                char c = character.charAt(0);
                for (int i = 0; i < text.length(); i++) {
                    if (text.charAt(i) == c) {
                        n++;
                    }
                }
            }
            return n;
        }
    }

    /** The campaign of an ad. */
    public static final class Campaign extends ScalarFunction {
        private static final long[] CAMPAIGNS = Ads.campaigns();

        public Long eval(Long ad) {
            return CAMPAIGNS[ad.intValue()];
        }
    }
}
