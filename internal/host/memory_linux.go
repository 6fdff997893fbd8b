package host

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// Memory returns the bytes of memory this process may use, and whether that is a
// limit set for it (by its control group) rather than all the machine has. Zero
// means that it is not known.
func Memory() (bytes int64, limited bool) {
	all := machineMemory()
	for _, file := range groupLimits() {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// "max", or a number beyond all there is, is no limit.
		n, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
		if err == nil && n > 0 && (all == 0 || n < all) {
			return n, true
		}
	}
	return all, false
}

// groupLimits returns the files that may hold the control group's limit, versions
// 2 and 1, the process's own group first.
func groupLimits() []string {
	var files []string
	groups, _ := os.ReadFile("/proc/self/cgroup")
	for line := range bytes.Lines(groups) {
		part := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		switch {
		case len(part) < 3:
		case part[1] == "":
			files = append(files, "/sys/fs/cgroup"+part[2]+"/memory.max")
		case strings.Contains(part[1], "memory"):
			files = append(files, "/sys/fs/cgroup/memory"+part[2]+"/memory.limit_in_bytes")
		}
	}
	return append(files, "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
}

// machineMemory returns the machine's memory.
func machineMemory() int64 {
	content, _ := os.ReadFile("/proc/meminfo")
	for line := range bytes.Lines(content) {
		fields := strings.Fields(string(line))
		if len(fields) >= 2 && fields[0] == "MemTotal:" {
			if kib, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
