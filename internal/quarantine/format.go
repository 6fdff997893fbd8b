package quarantine

import (
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/thalweg/thalweg/types"
)

// A file begins with the line of magic. Frames follow without gaps:
//
//	 0        4        8      9
//	+--------+--------+------+------------------+
//	| length | crc    | kind | body             |
//	+--------+--------+------+------------------+
//
//	length   bytes of kind and body, little-endian uint32, at most maxFrame
//	crc      CRC-32C of kind and body, little-endian uint32
//	kind     what the body is:
//
//	'o'  an [Origin] as JSON; the first frame, and no other
//	's'  the number of an input, a byte, and the schema of its records as JSON; before
//	     the first entry of that input
//	't'  the stack of a panic as text; the first one has the number 1
//	'e'  an entry: a row of the type stored
const magic = "thalweg quarantine 1\n"

const (
	frameHeader = 8
	maxFrame    = 1 << 30

	originFrame = 'o'
	schemaFrame = 's'
	stackFrame  = 't'
	entryFrame  = 'e'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// stored is an entry in a file. Its schema is part of the format.
type stored struct {
	Kind   string
	Input  int32
	Number int64
	Timed  bool
	Time   int64
	At     int64
	Key    string
	Cause  string
	Stack  int32 // the number of a stack of the file; 0: there is none
	Record []byte
	Source string
	Offset int64
	Size   int64
	Piece  []byte
}

var storedType = sync.OnceValue(func() *types.Type[stored] {
	t, err := types.Of[stored]()
	if err != nil {
		panic(err) // it consists of numbers and bytes
	}
	return t
})

// appendFrame appends a frame whose body write appends.
func appendFrame(dst []byte, kind byte, write func([]byte) []byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, frameHeader)...)
	dst = write(append(dst, kind))
	content := dst[at+frameHeader:]
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(content)))
	binary.LittleEndian.PutUint32(dst[at+4:], crc32.Checksum(content, castagnoli))
	return dst
}
