package memory

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Text writes a number of bytes as people do: 64 MiB, 1.5 GiB, 512 bytes.
func Text(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	unit := (bits.Len64(uint64(n)) - 1) / 10
	value := float64(n) / float64(int64(1)<<(10*unit))
	return fmt.Sprintf("%.4g %ciB", value, "KMGTPE"[unit-1])
}

// Parse reads a number of bytes: 64MiB, 64M, 1.5 GiB, 4096. Units are powers of
// 1024, whether they are written with an i or not.
func Parse(text string) (int64, error) {
	number := strings.TrimRight(strings.TrimSpace(text), "bBiI ")
	shift := 0
	if n := len(number); n > 0 {
		if unit := strings.IndexByte("KMGT", number[n-1]&^0x20); unit >= 0 {
			shift = 10 * (unit + 1)
			number = strings.TrimSpace(number[:n-1])
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	bytes := value * float64(int64(1)<<shift)
	if err != nil || !(bytes >= 1 && bytes < 1<<62) {
		return 0, fmt.Errorf("%q is no size of memory: write 64MiB or 1.5GiB", text)
	}
	return int64(bytes), nil
}
