package spill

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/thalweg/thalweg/internal/host"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Writer appends blocks to a new file. It belongs to one goroutine.
type Writer struct{ f *File }

// Create makes a file.
func (s *Space) Create() (*Writer, error) {
	dir := s.dirs[s.next%len(s.dirs)]
	s.next++
	f, err := s.host.Scratch(dir)
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	return &Writer{&File{file: f}}, nil
}

// Write appends a block, which is the caller's again when Write returns. An error
// may be that of a block written before.
func (w *Writer) Write(block []byte) error {
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(block)))
	binary.LittleEndian.PutUint32(head[4:], crc32.Checksum(block, castagnoli))
	if _, err := w.f.file.WriteAt(head[:], w.f.stored); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	if _, err := w.f.file.WriteAt(block, w.f.stored+8); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	w.f.stored += 8 + int64(len(block))
	w.f.size += int64(len(block))
	return nil
}

// Position returns the place behind the last block: runs that share a file are
// told apart by it.
func (w *Writer) Position() Position { return Position{w.f.stored} }

// Size returns the bytes of the blocks so far.
func (w *Writer) Size() int64 { return w.f.size }

// Close ends the file. Nothing may be written then.
func (w *Writer) Close() (*File, error) { return w.f, nil }

// Discard gives the file up.
func (w *Writer) Discard() { w.f.Remove() }

// File is a complete file. Readers of one file may run at the same time.
type File struct {
	file   host.ScratchFile
	size   int64
	stored int64
}

// Size returns the bytes of all blocks; Stored those they take on the disk.
func (f *File) Size() int64   { return f.size }
func (f *File) Stored() int64 { return f.stored }

// Start and End are the bounds of the file.
func (f *File) Start() Position { return Position{} }
func (f *File) End() Position   { return Position{f.stored} }

// Remove frees the file's space. It is called once, with no reader left.
func (f *File) Remove() { _ = f.file.Close() }

// Reader returns a reader of the blocks between two positions. It reads ahead.
func (f *File) Reader(from, to Position) *Reader { return &Reader{f, from.offset, to.offset} }

// Reader reads blocks in their order. It belongs to one goroutine.
type Reader struct {
	f        *File
	offset   int64
	endsWith int64
}

// Next appends the next block to dst, which should have room for it, and returns
// the longer slice. At the end it returns io.EOF. A block that is not what was
// written is an error that says where.
func (r *Reader) Next(dst []byte) ([]byte, error) {
	if r.offset >= r.endsWith {
		return dst, io.EOF
	}
	var head [8]byte
	if _, err := r.f.file.ReadAt(head[:], r.offset); err != nil {
		return dst, fmt.Errorf("spill: %w", err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	at := len(dst)
	if cap(dst)-at < n {
		dst = append(make([]byte, 0, at+n), dst...)
	}
	dst = dst[:at+n]
	if _, err := r.f.file.ReadAt(dst[at:], r.offset+8); err != nil {
		return dst[:at], fmt.Errorf("spill: %w", err)
	}
	if crc32.Checksum(dst[at:], castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
		return dst[:at], fmt.Errorf("spill: the block at %d is corrupt", r.offset)
	}
	r.offset += 8 + int64(n)
	return dst, nil
}

// Close ends reading, at any place.
func (r *Reader) Close() {}
