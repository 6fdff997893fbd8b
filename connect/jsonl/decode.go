package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// decode reads the line into row.
func (r *reader[T]) decode(row *T) error {
	var err error
	if r.strict {
		err = r.feed.decode(r.line, row)
	} else {
		err = json.Unmarshal(r.line, row)
	}
	if err == nil {
		return nil
	}
	// The prefix "json: " says nothing that the place of the message does not.
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

// feed decodes strictly. Only a json.Decoder can do so, which reads a stream: it
// is given one line after the other, and replaced when it has met an error, from
// which it does not recover.
type feed struct {
	decoder *json.Decoder
	line    []byte // what the decoder has not read
}

func (f *feed) Read(p []byte) (int, error) {
	if len(f.line) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.line)
	f.line = f.line[n:]
	return n, nil
}

func (f *feed) decode(line []byte, to any) error {
	if f.decoder == nil {
		f.decoder = json.NewDecoder(f)
		f.decoder.DisallowUnknownFields()
	}
	// The line end tells the decoder that a number is complete.
	f.line = append(line, '\n')
	err := f.decoder.Decode(to)
	if err == nil {
		rest, _ := io.ReadAll(f.decoder.Buffered())
		if len(bytes.TrimSpace(rest)) == 0 && len(bytes.TrimSpace(f.line)) == 0 {
			f.line = nil
			return nil
		}
		err = errors.New("there is more than one value on the line")
	}
	f.decoder = nil
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("unexpected end of JSON input")
	}
	return err
}
