package account

import (
	"math/big"
	"strings"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
)

// Prefix is the number of a network in SS58, 0 to 16383; 46 and 47 are reserved
// and never used.
type Prefix uint16

// Prefixes of the networks that Nightjar speaks of.
const (
	Kusama  Prefix = 2 // the relay chain and its system parachains
	Generic Prefix = 42
)

const (
	maxPrefix  = 1<<14 - 1
	alphabet   = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	maxText    = 50 // characters that 2 + 32 + 2 bytes can have
	checkBytes = 2
)

// SS58 is the account's text on a network:
//
//	base58(prefix ‖ id ‖ first 2 bytes of blake2b-512("SS58PRE" ‖ prefix ‖ id))
//
// A prefix that no network can have gives the empty text.
func (id ID) SS58(prefix Prefix) string {
	if !prefix.valid() {
		return ""
	}
	b := append(prefix.bytes(), id[:]...)
	sum := checksum(b)
	return base58(append(b, sum[:]...))
}

// ParseSS58 reads an account's text and the network that it is of. It refuses
// what is not base58 of an account and a prefix (ACCOUNT_FORM) or has another
// checksum (ACCOUNT_CHECKSUM).
func ParseSS58(text string) (ID, Prefix, error) {
	var id ID
	b, ok := unbase58(text)
	if !ok {
		return id, 0, rejection.New(rejection.AccountForm, "it is not at most %d characters of base58", maxText)
	}
	prefix, rest, ok := cutPrefix(b)
	if !ok || len(rest) != len(id)+checkBytes {
		return id, 0, rejection.New(rejection.AccountForm, "%d bytes", len(b))
	}
	if sum := checksum(b[:len(b)-checkBytes]); string(sum[:]) != string(rest[len(id):]) {
		return id, 0, rejection.New(rejection.AccountChecksum, "a character is wrong")
	}
	copy(id[:], rest)
	return id, prefix, nil
}

// Parse reads an account's text of one network, and refuses another network's
// (ACCOUNT_NETWORK).
func Parse(text string, network Prefix) (ID, error) {
	id, prefix, err := ParseSS58(text)
	if err != nil {
		return ID{}, err
	}
	if prefix != network {
		return ID{}, rejection.New(rejection.AccountNetwork, "the address has prefix %d, this network %d", prefix, network)
	}
	return id, nil
}

func (p Prefix) valid() bool { return p <= maxPrefix && p != 46 && p != 47 }

// bytes is one byte below 64; above, two with the prefix's bits as
// 01hhhhhh llBBBBBB: h its bits 7…2, l its bits 1…0, B its bits 13…8.
func (p Prefix) bytes() []byte {
	if p < 64 {
		return []byte{byte(p)}
	}
	return []byte{0x40 | byte(p>>2&0x3f), byte(p>>8) | byte(p&3)<<6}
}

// cutPrefix reads a prefix in its one form.
func cutPrefix(b []byte) (p Prefix, rest []byte, ok bool) {
	switch {
	case len(b) < 2 || b[0] >= 0x80:
		return 0, nil, false
	case b[0] < 0x40:
		p, rest = Prefix(b[0]), b[1:]
	default:
		p = Prefix(b[0]&0x3f)<<2 | Prefix(b[1]>>6) | Prefix(b[1]&0x3f)<<8
		if p < 64 {
			return 0, nil, false
		}
		rest = b[2:]
	}
	return p, rest, p.valid()
}

func checksum(b []byte) (out [checkBytes]byte) {
	sum := blake2b.Sum512(append([]byte("SS58PRE"), b...))
	copy(out[:], sum[:])
	return out
}

func base58(b []byte) string {
	var out []byte
	radix, rem := big.NewInt(58), new(big.Int)
	for n := new(big.Int).SetBytes(b); n.Sign() > 0; {
		n.QuoRem(n, radix, rem)
		out = append(out, alphabet[rem.Int64()])
	}
	for i := 0; i < len(b) && b[i] == 0; i++ {
		out = append(out, alphabet[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// unbase58 reads at most maxText characters; every leading 1 is a zero byte.
func unbase58(text string) ([]byte, bool) {
	if len(text) > maxText {
		return nil, false
	}
	n, radix := new(big.Int), big.NewInt(58)
	for i := 0; i < len(text); i++ {
		digit := strings.IndexByte(alphabet, text[i])
		if digit < 0 {
			return nil, false
		}
		n.Add(n.Mul(n, radix), big.NewInt(int64(digit)))
	}
	zeros := len(text) - len(strings.TrimLeft(text, alphabet[:1]))
	return append(make([]byte, zeros), n.Bytes()...), true
}
