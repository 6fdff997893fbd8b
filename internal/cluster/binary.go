package cluster

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// runningBinary is where Linux shows the file that a process runs, also if its
// name leads to another one by now.
const runningBinary = "/proc/self/exe"

// binaryID identifies the program file that this process runs, by its size and a
// checksum: the same graph is no proof of the same code. It guards against a file
// that was replaced, not against somebody who wants to deceive.
func binaryID() (string, error) {
	f, err := os.Open(runningBinary)
	if err != nil {
		path, err := os.Executable()
		if err != nil {
			return "", err
		}
		if f, err = os.Open(path); err != nil {
			return "", err
		}
	}
	defer f.Close()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(sum, f)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes, checksum %08x", n, sum.Sum32()), nil
}
