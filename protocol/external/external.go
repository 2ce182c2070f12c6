package external

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Network names one network of Nightjar in a remark.
type Network [8]byte

// NetworkOf returns the first 8 bytes of SHA-256(Var(context) ‖ Var(chain id)).
func NetworkOf(chainID string) Network {
	w := encoding.NewWriter(64 + len(chainID))
	w.Var([]byte(domain.ExternalNetwork))
	w.Var([]byte(chainID))
	h := sha256.Sum256(w.Bytes())
	return Network(h[:8])
}

// magicSize is the length of what says a remark's kind; prefixSize that of what
// every remark begins with.
const (
	magicSize  = 4
	prefixSize = magicSize + len(Network{})
)

// The kinds of remarks.
const (
	ownerMagic  = "NJD1"
	payoutMagic = "NJW1"
	sweepMagic  = "NJS1"
	refundMagic = "NJR1"
	anchorMagic = "NJA1"
)

// Remark is one of the types below; nothing else implements it.
type Remark interface {
	magic() string
	write(*encoding.Writer)
}

// Owner says for whom the transfer beside it is: the owner commitment.
type Owner struct{ C field.Element }

// Payout makes the call that pays a claim different from every other call.
type Payout struct{ Claim custody.ClaimID }

// Sweep does so for the call that moves a deposit into the custody account.
type Sweep struct{ Deposit custody.DepositID }

// Refund does so for the call that sends a deposit back.
type Refund struct{ Deposit custody.DepositID }

// Anchor says what Nightjar's header of a height holds.
type Anchor struct {
	Height     uint64
	App        [32]byte // app hash of the header
	Validators [32]byte // hash of the header's validators
}

func (Owner) magic() string  { return ownerMagic }
func (Payout) magic() string { return payoutMagic }
func (Sweep) magic() string  { return sweepMagic }
func (Refund) magic() string { return refundMagic }
func (Anchor) magic() string { return anchorMagic }

func (o Owner) write(w *encoding.Writer)  { field.Write(w, o.C) }
func (p Payout) write(w *encoding.Writer) { w.Fixed(p.Claim[:]) }
func (s Sweep) write(w *encoding.Writer)  { w.Fixed(s.Deposit[:]) }
func (f Refund) write(w *encoding.Writer) { w.Fixed(f.Deposit[:]) }
func (a Anchor) write(w *encoding.Writer) {
	w.U64(a.Height)
	w.Fixed(a.App[:])
	w.Fixed(a.Validators[:])
}

// sizes are the lengths of the kinds' bodies.
var sizes = map[string]int{ownerMagic: 32, payoutMagic: 32, sweepMagic: 32, refundMagic: 32, anchorMagic: 72}

// Encode returns the remark's bytes on network.
func Encode(network Network, remark Remark) []byte {
	w := encoding.NewWriter(prefixSize + 72)
	w.Fixed([]byte(remark.magic()))
	w.Fixed(network[:])
	remark.write(w)
	return w.Bytes()
}

// Hash returns what System.Remarked carries of a remark.
func Hash(remark []byte) [32]byte { return blake2b.Sum256(remark) }

// Decode is the inverse of Encode: UNKNOWN_KIND for other first bytes,
// WRONG_NETWORK for another network's remark, ZERO_COMMITMENT for an owner that
// nobody is.
func Decode(network Network, b []byte) (Remark, error) {
	r := encoding.NewReader(b)
	var magic [magicSize]byte
	var of Network
	r.Fixed(magic[:])
	r.Fixed(of[:])
	if r.Err() == nil && sizes[string(magic[:])] == 0 {
		r.Fail(rejection.New(rejection.UnknownKind, "a remark of %x", magic))
	}
	if r.Err() == nil && of != network {
		r.Fail(rejection.New(rejection.WrongNetwork, "a remark for network %x", of))
	}
	remark := read(r, string(magic[:]))
	if err := r.Done(); err != nil {
		return nil, err
	}
	if o, ok := remark.(Owner); ok && o.C.IsZero() {
		return nil, rejection.New(rejection.ZeroCommitment, "an owner remark")
	}
	return remark, nil
}

func read(r *encoding.Reader, magic string) Remark {
	switch magic {
	case ownerMagic:
		return Owner{field.Read(r)}
	case payoutMagic:
		return Payout{custody.ClaimID(readHash(r))}
	case sweepMagic:
		return Sweep{custody.DepositID(readHash(r))}
	case refundMagic:
		return Refund{custody.DepositID(readHash(r))}
	default:
		return Anchor{Height: r.U64(), App: readHash(r), Validators: readHash(r)}
	}
}

func readHash(r *encoding.Reader) (h [32]byte) {
	r.Fixed(h[:])
	return h
}

// Find returns the remark of network within body whose hash is the one given.
// The hash is what a proven event says and body, an extrinsic, need not be
// trusted: whatever it says, only the preimage of the hash is found. It costs
// one hash of at most 84 bytes for every place that begins like a remark.
func Find(network Network, body []byte, hash [32]byte) (Remark, bool) {
	for at := 0; ; at++ {
		next := bytes.Index(body[at:], network[:])
		if next < 0 {
			return nil, false
		}
		at += next
		start := at - magicSize
		if start < 0 {
			continue
		}
		size, known := sizes[string(body[start:at])]
		if end := start + prefixSize + size; known && end <= len(body) && Hash(body[start:end]) == hash {
			remark, err := Decode(network, body[start:end])
			return remark, err == nil
		}
	}
}

// PathSize is the number of derivation steps to an owner's deposit address.
const PathSize = 8

// Path returns the indices of the utility.as_derivative calls that lead from
// the custody account to the deposit address of an owner commitment: the first
// 16 bytes of SHA-256(Var(context) ‖ network ‖ C), as little-endian 16-bit
// numbers. The network is in it as it is in a remark: a deposit is one
// network's, even where two have the same signers.
func Path(network Network, c field.Element) (path [PathSize]uint16) {
	w := encoding.NewWriter(64)
	w.Var([]byte(domain.DepositPath))
	w.Fixed(network[:])
	field.Write(w, c)
	h := sha256.Sum256(w.Bytes())
	for i := range path {
		path[i] = binary.LittleEndian.Uint16(h[2*i:])
	}
	return path
}
