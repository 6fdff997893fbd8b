package main

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// recordBytes is an encoded record.
const recordBytes = 24

// sockets is the exchange between processes by hand, though in one process: two
// pairs of goroutines, each of which makes half of the records, keeps those that
// are its own and writes the others, in large pieces, to the other pair through
// a TCP connection.
func sockets(n int64) (sum totals, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return sum, err
	}
	defer func() { _ = listener.Close() }()
	type outcome struct {
		totals
		err error
	}
	outcomes := make(chan outcome, 4)
	for i := range 2 {
		out, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return sum, err
		}
		in, err := listener.Accept()
		if err != nil {
			return sum, err
		}
		go func() {
			t, err := sendForeign(out, i, n/2*int64(i), n/2*int64(i)+share(n, i))
			outcomes <- outcome{t, errors.Join(err, out.Close())}
		}()
		go func() {
			t, err := receiveForeign(in)
			outcomes <- outcome{t, errors.Join(err, in.Close())}
		}()
	}
	for range 4 {
		o := <-outcomes
		sum.Rows += o.Rows
		sum.Sum += o.Sum
		err = errors.Join(err, o.err)
	}
	return sum, err
}

// pieceBytes is what is written at once: the batches of a few channels.
const pieceBytes = 8 * peerBatch * recordBytes

func sendForeign(out io.Writer, self int, from, to int64) (own totals, err error) {
	piece := make([]byte, 0, pieceBytes)
	for i := from; i < to; i++ {
		r := record(i, 1)
		if receiverOf(&r) == self {
			own.Rows++
			own.Sum += r.Value ^ r.Key
			continue
		}
		piece = binary.LittleEndian.AppendUint64(piece, uint64(r.Key))
		piece = binary.LittleEndian.AppendUint64(piece, uint64(r.Value))
		piece = binary.LittleEndian.AppendUint64(piece, uint64(r.Origin))
		if len(piece) == pieceBytes {
			if _, err := out.Write(piece); err != nil {
				return own, err
			}
			piece = piece[:0]
		}
	}
	_, err = out.Write(piece)
	return own, err
}

func receiveForeign(in io.Reader) (t totals, err error) {
	piece := make([]byte, pieceBytes)
	for {
		n, err := io.ReadFull(in, piece)
		for b := piece[:n]; len(b) >= recordBytes; b = b[recordBytes:] {
			t.Rows++
			t.Sum += int64(binary.LittleEndian.Uint64(b[8:]) ^ binary.LittleEndian.Uint64(b))
		}
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return t, nil
		case err != nil:
			return t, err
		}
	}
}
