package peer

import (
	"github.com/nightjar/nightjar/enclave/boundary"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/settlement"
)

// Version is the first byte of every message.
const Version = 1

// The two sizes of a message in bytes: of everything but parts, and of parts.
const (
	Small = 4 << 10
	Large = boundary.MaxPeer
)

const (
	signatureSize = 64
	headerSize    = 1 + 32 + 1 + 2
)

// Kind is a message's kind.
type Kind uint8

// The kinds; the numbers are wire constants.
const (
	KindVote   Kind = 1
	KindOffer  Kind = 2
	KindNeed   Kind = 3
	KindPart   Kind = 4
	KindProofs Kind = 5
)

// Body is one of *Vote, *Offer, *Need, *Part, *Proofs.
type Body interface {
	Kind() Kind
	write(*encoding.Writer)
	read(*encoding.Reader)
}

// Envelope is a decoded message whose signature is not checked yet: the
// sender's key is in the chain's state.
type Envelope struct {
	From settlement.WorkerID
	Body Body

	signed    []byte
	signature [signatureSize]byte
}

// signBytes is what the sender signs: everything before the signature, bound
// to the chain.
func signBytes(chainID string, content []byte) []byte {
	w := encoding.NewWriter(len(content) + 128)
	w.Var([]byte(domain.PeerMessage))
	w.Var([]byte(chainID))
	w.Fixed(content)
	return w.Bytes()
}

// Encode returns the message, signed by sign:
//
//	version ‖ sender ‖ kind ‖ u16 length ‖ body ‖ zeros ‖ signature
func Encode(chainID string, from settlement.WorkerID, body Body, sign func(message []byte) [64]byte) []byte {
	content := encoding.NewWriter(Small)
	body.write(content)
	size := Small
	if body.Kind() == KindPart {
		size = Large
	}
	w := encoding.NewWriter(size)
	w.U8(Version)
	w.Fixed(from[:])
	w.U8(uint8(body.Kind()))
	w.Var(content.Bytes())
	w.Fixed(make([]byte, size-signatureSize-len(w.Bytes())))
	signature := sign(signBytes(chainID, w.Bytes()))
	w.Fixed(signature[:])
	return w.Bytes()
}

// Decode is the inverse of Encode but for the signature. It refuses other
// sizes (OUT_OF_RANGE) and spellings (NON_CANONICAL).
func Decode(b []byte) (*Envelope, error) {
	if len(b) != Small && len(b) != Large {
		return nil, rejection.New(rejection.OutOfRange, "a peer message of %d bytes", len(b))
	}
	e := &Envelope{signed: b[:len(b)-signatureSize]}
	copy(e.signature[:], b[len(b)-signatureSize:])
	r := encoding.NewReader(e.signed)
	if v := r.U8(); v != Version {
		r.Fail(rejection.New(rejection.UnknownVersion, "peer message version %d", v))
	}
	r.Fixed(e.From[:])
	kind := Kind(r.U8())
	content := r.Var(len(e.signed) - headerSize)
	for range r.Len() {
		if r.U8() != 0 {
			r.Fail(rejection.New(rejection.NonCanonical, "padding is not zero"))
		}
	}
	if err := r.Done(); err != nil {
		return nil, err
	}
	if e.Body = kind.empty(); e.Body == nil {
		return nil, rejection.New(rejection.UnknownKind, "peer message %d", kind)
	}
	if (kind == KindPart) != (len(b) == Large) {
		return nil, rejection.New(rejection.OutOfRange, "a peer message of %d bytes", len(b))
	}
	in := encoding.NewReader(content)
	e.Body.read(in)
	return e, in.Done()
}

// Verify reports whether key signed the message for this chain.
func (e *Envelope) Verify(chainID string, key quorum.Key) bool {
	return quorum.Verify(key, signBytes(chainID, e.signed), e.signature)
}

func (k Kind) empty() Body {
	switch k {
	case KindVote:
		return new(Vote)
	case KindOffer:
		return new(Offer)
	case KindNeed:
		return new(Need)
	case KindPart:
		return new(Part)
	case KindProofs:
		return new(Proofs)
	}
	return nil
}
