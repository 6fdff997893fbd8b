package spill

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/host"
)

// fixedFile is a scratch file somebody else has written.
type fixedFile struct{ *bytes.Reader }

func (fixedFile) WriteAt([]byte, int64) (int, error) { return 0, io.ErrShortWrite }
func (fixedFile) Close() error                       { return nil }

// fileOf returns a file with any content.
func fileOf(s *Space, content []byte) *File {
	return &File{
		space: s, disk: s.disks[0], scratch: fixedFile{bytes.NewReader(content)}, parker: s.host.NewParker(),
		stored: int64(len(content)),
	}
}

// reseal makes the checksum of the chunk at the front right, if there is a whole
// one, so that what is behind the checksum is met, too.
func reseal(content []byte) []byte {
	content = bytes.Clone(content)
	if len(content) >= headerSize {
		if size := headerSize + int(parseHeader(content).stored); size <= len(content) {
			crc := checksum(content[:size])
			content[12], content[13], content[14], content[15] = byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24)
		}
	}
	return content
}

// putChunk writes a chunk to buffer, compressed if it is to be and that saves enough.
func putChunk(buffer, piece []byte, rest int, compress bool) []byte {
	if compress {
		if chunk := packChunk(buffer, piece, rest); chunk != nil {
			return chunk
		}
	}
	return appendChunk(buffer[:0], piece, rest)
}

// A chunk that is as it was written may still be from a mistake, or a stranger.
func TestAChunkThatContradictsItselfIsRefused(t *testing.T) {
	s, _ := newSpace(t, 10)
	chunk := func(piece []byte, rest int, compress bool) []byte {
		return bytes.Clone(putChunk(make([]byte, 2*page), piece, rest, compress))
	}
	other := func(at int, values ...byte) []byte {
		c := chunk(make([]byte, 200), 0, true)
		copy(c[at:], values)
		return reseal(c)
	}
	for _, c := range []struct {
		content []byte
		want    string
	}{
		{append(chunk([]byte("one"), 5, false), chunk([]byte("two"), 0, false)...), "it is not the rest of the one before"},
		{slices.Concat(chunk([]byte("one"), 5, false), chunk(nil, 5, false), make([]byte, 50)), "it is not the rest of the one before"},
		{chunk([]byte("one"), 1<<32-1, false), "its header claims 4294967295 bytes more than there is room for"},
		{append(chunk([]byte("one"), 5, false), 0), "claims 5 bytes more"},
		{other(4, 201), "its compressed bytes say 200, its header 201"},
		{other(headerSize, 0xff), "its header 200"},
		{other(headerSize+2, 0xff, 0xff, 0xff, 0xff), "it cannot be decompressed"},
		{other(6, 0xff), "for 16711880"},
		{chunk(make([]byte, page+1), 0, true), "for 16385"},
	} {
		f := fileOf(s, c.content)
		r := f.Reader(f.Start(), f.End())
		if b, err := r.Next(nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d bytes and %v, want %q", len(b), err, c.want)
		}
		r.Close()
	}
}

func FuzzRead(f *testing.F) {
	buffer := make([]byte, 2*page)
	f.Add([]byte{})
	f.Add(bytes.Clone(putChunk(buffer, []byte("a block"), 0, false)))
	f.Add(bytes.Clone(putChunk(buffer, make([]byte, 1000), 0, true)))
	two := bytes.Clone(putChunk(buffer, make([]byte, page-overhead), 10, true))
	f.Add(append(two, putChunk(buffer, make([]byte, 10), 0, false)...))
	f.Add(bytes.Clone(putChunk(buffer, []byte("a block"), 1<<32-1, false)))
	f.Fuzz(func(t *testing.T, content []byte) {
		s := NewSpace(host.New(), nil, share(t, 20))
		defer s.Close()
		for _, content := range [][]byte{content, reseal(content)} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			file := fileOf(s, content)
			r := file.Reader(file.Start(), file.End())
			n, err := 0, error(nil)
			for err == nil {
				_, err = r.Next(nil)
				n++
			}
			r.Close()
			runtime.ReadMemStats(&after)
			// A chunk's header stands for a page at most.
			if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(1<<20+(len(content)/headerSize+1)*3*page) {
				t.Fatalf("%d bytes made it allocate %d", len(content), spent)
			}
			if n > len(content)/headerSize+1 {
				t.Fatalf("%d blocks in %d bytes", n, len(content))
			}
		}
	})
}

func FuzzWriteAndRead(f *testing.F) {
	f.Add([]byte("some text, some text, some text"), 3)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		s, _ := newSpace(t, 10)
		size = max(size&0xffff, 1)
		var blocks [][]byte
		for len(text) > 0 {
			n := min(len(text), size)
			blocks = append(blocks, text[:n])
			text = text[n:]
		}
		file, _ := write(t, s, blocks)
		if err := check(file.Reader(file.Start(), file.End()), blocks); err != nil {
			t.Fatal(err)
		}
	})
}
