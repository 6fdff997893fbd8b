package file

import (
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// packing is how a file is compressed; its text is the extension.
type packing string

const (
	plain     packing = ""
	gzipped   packing = ".gz"
	zstandard packing = ".zst"
	bzipped   packing = ".bz2"
)

// zstdWindow bounds what a zstandard file may ask a reader to remember: as much
// as the highest setting that the zstd command reads without being told to.
const zstdWindow = 128 << 20

// packingOf tells the compression from the name.
func packingOf(path string) packing {
	switch {
	case strings.HasSuffix(path, ".gz"), strings.HasSuffix(path, ".gzip"):
		return gzipped
	case strings.HasSuffix(path, ".zst"):
		return zstandard
	case strings.HasSuffix(path, ".bz2"):
		return bzipped
	}
	return plain
}

// unpack reads the content of a compressed file. Members or frames that follow
// one another are read as one. It starts no goroutines.
func unpack(how packing, buffered *bufio.Reader) (io.Reader, func(), error) {
	switch how {
	case gzipped:
		r, err := gzip.NewReader(buffered)
		return r, func() {}, err
	case zstandard:
		r, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, nil, err
		}
		return r, r.Close, nil
	case bzipped:
		return bzip2.NewReader(buffered), func() {}, nil
	}
	return nil, nil, fmt.Errorf("file: no reader for %q", how)
}

// packer compresses what is written to it. Flush makes everything written so far
// readable; Close ends the stream and leaves the file below open.
type packer interface {
	io.WriteCloser
	Flush() error
}

// pack compresses into a file. It starts no goroutines.
func pack(how packing, to io.Writer) (packer, error) {
	switch how {
	case gzipped:
		return gzip.NewWriter(to), nil
	case zstandard:
		return zstd.NewWriter(to, zstd.WithEncoderConcurrency(1))
	}
	return nil, fmt.Errorf("file: no writer for %q", how)
}

// counter counts what is read through it.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
