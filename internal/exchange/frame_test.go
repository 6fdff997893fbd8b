package exchange

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/operator"
)

var anyFrame = func(header) error { return nil }

// forged is a frame with a right checksum, whatever its header says.
func forged(h header, length uint32, payload []byte) []byte {
	b := appendFrame(nil, h, payload)
	binary.LittleEndian.PutUint32(b[20:], length)
	binary.LittleEndian.PutUint32(b, crc32.Checksum(b[4:], castagnoli))
	return b
}

func TestFramesComeOutAsTheyWentIn(t *testing.T) {
	id := ChannelID{Edge: 1 << 31, From: 65535, To: 7}
	sent := []header{
		{kind: batchFrame, id: id, count: 0, length: 0},
		{kind: batchFrame, id: id, count: operator.MaxBatch, length: 0},
		{kind: batchFrame, id: id, count: 3, length: firstChunk*3 + 5},
		{kind: eventFrame, id: id, event: operator.EndEvent},
		{kind: creditFrame, id: id, count: 1 << 20},
		{kind: errorFrame, length: maxReason},
		{kind: goodbyeFrame, count: 2},
	}
	var stream []byte
	var payloads [][]byte
	for _, h := range sent {
		payload := bytes.Repeat([]byte{byte(h.kind), 2, 3}, int(h.length)/3+1)[:h.length]
		payloads = append(payloads, payload)
		stream = appendFrame(stream, h, payload)
	}
	r := newFrameReader(bytes.NewReader(stream))
	for i, want := range sent {
		h, f, err := r.next(anyFrame)
		if err != nil || h != want || !bytes.Equal(f.Bytes(), payloads[i]) || f.Len() != int(want.count) {
			t.Fatalf("frame %d: %+v, %v; want %+v", i, h, err, want)
		}
	}
	if _, _, err := r.next(anyFrame); err != io.EOF {
		t.Fatalf("after the last frame: %v", err)
	}
}

func TestReaderRefusesWhatNoPeerSends(t *testing.T) {
	id := ChannelID{Edge: 3, From: 1, To: 2}
	good := appendFrame(nil, header{kind: batchFrame, id: id, count: 1}, []byte("payload"))
	flip := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 0x10
		return b
	}
	for name, c := range map[string]struct {
		stream []byte
		reason string
	}{
		"a flipped payload bit":    {flip(len(good) - 1), "wrong checksum (edge 3, subtask 1 to 2)"},
		"a flipped checksum bit":   {flip(0), "wrong checksum"},
		"a flipped channel bit":    {flip(6), "wrong checksum"},
		"an unknown kind":          {forged(header{kind: 9}, 0, nil), "unknown kind 9"},
		"kind zero":                {make([]byte, headerSize), "unknown kind 0"},
		"too many rows":            {forged(header{kind: batchFrame, id: id, count: operator.MaxBatch + 1}, 0, nil), "1025 rows"},
		"a hostile length":         {forged(header{kind: batchFrame, id: id}, maxPayload+1, nil), "268435457 bytes"},
		"a credit with a payload":  {forged(header{kind: creditFrame, id: id, count: 1}, 1, []byte{1}), "1 bytes"},
		"a goodbye with a payload": {forged(header{kind: goodbyeFrame}, 1, []byte{1}), "1 bytes"},
		"a long event":             {forged(header{kind: eventFrame, id: id}, maxEvent+1, nil), "65537 bytes"},
		"a long reason":            {forged(header{kind: errorFrame}, maxReason+1, nil), "4097 bytes"},
	} {
		_, _, err := newFrameReader(bytes.NewReader(c.stream)).next(anyFrame)
		var v violation
		if !errors.As(err, &v) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v; want %q", name, err, c.reason)
		}
	}
	reserved := bytes.Clone(good)
	reserved[10] = 1
	binary.LittleEndian.PutUint32(reserved, crc32.Checksum(reserved[4:], castagnoli))
	if _, _, err := newFrameReader(bytes.NewReader(reserved)).next(anyFrame); err == nil {
		t.Error("reserved bits were accepted")
	}
}

func TestTruncatedFramesAreUnexpectedEnds(t *testing.T) {
	frame := appendFrame(nil, header{kind: batchFrame, count: 1}, []byte("payload"))
	for n := 1; n < len(frame); n++ {
		if _, _, err := newFrameReader(bytes.NewReader(frame[:n])).next(anyFrame); err != io.ErrUnexpectedEOF {
			t.Errorf("%d bytes of %d: %v", n, len(frame), err)
		}
	}
}

func TestHostileLengthAllocatesOnlyForWhatArrives(t *testing.T) {
	stream := forged(header{kind: batchFrame, count: 1}, maxPayload, make([]byte, 100<<10))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := newFrameReader(bytes.NewReader(stream)).next(anyFrame)
	runtime.ReadMemStats(&after)
	if err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
		t.Fatalf("%d bytes allocated for %d that came", n, len(stream))
	}
}

func TestFrameIsRecycledOnlyIfNobodyMayReferToIt(t *testing.T) {
	f := &Frame{payload: []byte{1}}
	f.refs.Store(1)
	f.Share(1)
	f.Release()
	f.Recycle()
	for range 100 {
		if newFrame() == f {
			t.Fatal("a frame came back although one owner may refer to its bytes")
		}
	}
}

func FuzzFrame(f *testing.F) {
	id := ChannelID{Edge: 1, From: 2, To: 3}
	f.Add(appendFrame(nil, header{kind: batchFrame, id: id, count: 2}, []byte("some rows")))
	f.Add(appendFrame(appendFrame(nil, header{kind: creditFrame, id: id, count: 2}, nil), header{kind: goodbyeFrame}, nil))
	f.Add(appendFrame(nil, header{kind: eventFrame, event: operator.EndEvent, id: id}, nil))
	f.Add(forged(header{kind: batchFrame, count: 1}, maxPayload, []byte("short")))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := newFrameReader(bytes.NewReader(stream))
		var again []byte
		for {
			h, frame, err := r.next(anyFrame)
			if err != nil {
				break
			}
			if h.kind == eventFrame {
				if e, err := decodeEvent(h.event, frame.Bytes()); err == nil && !bytes.Equal(encodeEvent(e), frame.Bytes()) {
					t.Fatalf("event %v is not encoded as it was decoded", e)
				}
			}
			again = appendFrame(again, h, frame.Bytes())
			frame.Recycle()
		}
		if !bytes.HasPrefix(stream, again) {
			t.Fatal("what was read is not what came")
		}
	})
}
