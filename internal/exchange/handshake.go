package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/thalweg/thalweg/internal/host"
)

// The handshake. D dials, A accepts; both prove that they know the token, and
// neither shows it. D goes first, so that A proves nothing to a stranger.
//
//	D ──► A  hello
//	D ◄── A  hello
//	D ──► A  proof, 32 bytes
//	D ◄── A  verdict, 1 byte; proof, 32 bytes
//
// A hello, little endian:
//
//	 0          8         12      16    20       52
//	┌──────────┬─────────┬───────┬─────┬────────┐
//	│ magic    │ version │ from  │ to  │ nonce  │
//	└──────────┴─────────┴───────┴─────┴────────┘
//
// A proof is HMAC-SHA256, keyed by the token, of the role ('D' or 'A') and both
// hellos, the dialer's first. The role keeps one side's proof from serving as the
// other's, the nonces keep an old one from serving again.
const (
	magic     = "thalweg\n"
	version   = 1
	nonceSize = 32
	helloSize = 8 + 4 + 4 + 4 + nonceSize
	proofSize = sha256.Size
)

type verdict byte

const (
	welcome       verdict = 0
	wrongToken    verdict = 1
	wrongNumber   verdict = 2
	alreadyJoined verdict = 3
)

func (v verdict) String() string {
	switch v {
	case wrongToken:
		return "the job token is wrong"
	case wrongNumber:
		return "the process numbers are wrong"
	case alreadyJoined:
		return "the process is connected already"
	}
	return fmt.Sprintf("verdict %d", byte(v))
}

// hello is a parsed hello, and its bytes, which the proofs cover.
type hello struct {
	from, to int
	bytes    [helloSize]byte
}

func newHello(h host.Host, from, to int) *hello {
	le := binary.LittleEndian
	g := &hello{from: from, to: to}
	copy(g.bytes[:], magic)
	le.PutUint32(g.bytes[8:], version)
	le.PutUint32(g.bytes[12:], uint32(from))
	le.PutUint32(g.bytes[16:], uint32(to))
	for i := 20; i < helloSize; i += 8 {
		le.PutUint64(g.bytes[i:], h.Random())
	}
	return g
}

// readHello returns the peer's hello also if its version is another, so that it
// can be answered before the error is used.
func readHello(conn net.Conn) (*hello, error) {
	g := &hello{}
	if _, err := io.ReadFull(conn, g.bytes[:]); err != nil {
		return nil, err
	}
	if string(g.bytes[:len(magic)]) != magic {
		return nil, errors.New("not a process of this engine")
	}
	le := binary.LittleEndian
	g.from, g.to = int(le.Uint32(g.bytes[12:])), int(le.Uint32(g.bytes[16:]))
	if v := le.Uint32(g.bytes[8:]); v != version {
		return g, fmt.Errorf("it speaks version %d of the exchange protocol, this process version %d", v, version)
	}
	return g, nil
}

func prove(token []byte, role byte, dialer, acceptor *hello) []byte {
	mac := hmac.New(sha256.New, token)
	mac.Write([]byte{role})
	mac.Write(dialer.bytes[:])
	mac.Write(acceptor.bytes[:])
	return mac.Sum(nil)
}

// greet is the dialer's side, on a connection to the process with number to.
func (m *Mesh) greet(conn net.Conn, to int) error {
	mine := newHello(m.host, m.self, to)
	if _, err := conn.Write(mine.bytes[:]); err != nil {
		return err
	}
	theirs, err := readHello(conn)
	if err != nil {
		return fmt.Errorf("no greeting: %w", err)
	}
	if theirs.from != to || theirs.to != m.self {
		return fmt.Errorf("it says it is process %d and talks to process %d", theirs.from, theirs.to)
	}
	if _, err := conn.Write(prove(m.token, 'D', mine, theirs)); err != nil {
		return err
	}
	var answer [1 + proofSize]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return fmt.Errorf("no answer to the greeting: %w", err)
	}
	if v := verdict(answer[0]); v != welcome {
		return fmt.Errorf("it refuses the connection: %v", v)
	}
	if !hmac.Equal(answer[1:], prove(m.token, 'A', mine, theirs)) {
		return errors.New("it does not know the job token")
	}
	return nil
}

// answer is the acceptor's side. join is asked to take in the peer whose token is
// right; what it says is the verdict.
func (m *Mesh) answer(conn net.Conn, join func(peer int) verdict) (peer int, err error) {
	theirs, err := readHello(conn)
	if theirs == nil {
		return 0, fmt.Errorf("no greeting: %w", err)
	}
	mine := newHello(m.host, m.self, theirs.from)
	if _, werr := conn.Write(mine.bytes[:]); err == nil {
		err = werr
	}
	if err != nil {
		return 0, err
	}
	var proof [proofSize]byte
	if _, err := io.ReadFull(conn, proof[:]); err != nil {
		return 0, fmt.Errorf("it did not prove that it knows the job token: %w", err)
	}
	v := welcome
	switch {
	case !hmac.Equal(proof[:], prove(m.token, 'D', theirs, mine)):
		v = wrongToken
	case theirs.to != m.self || theirs.from < 0 || theirs.from >= m.self:
		v = wrongNumber
	default:
		v = join(theirs.from)
	}
	reply := append([]byte{byte(v)}, make([]byte, proofSize)...)
	if v == welcome {
		copy(reply[1:], prove(m.token, 'A', theirs, mine))
	}
	if _, err := conn.Write(reply); err != nil {
		return 0, err
	}
	if v != welcome {
		return 0, errors.New(v.String())
	}
	return theirs.from, nil
}
