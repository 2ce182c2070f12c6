package extrinsic

import (
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/account"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
)

// format is the version of extrinsics that we make; signed is the bit that says
// that one carries a signature.
const (
	format = 4
	signed = 0x80
)

// maxPayload is the length, in bytes, above which the payload's hash is signed
// in its place.
const maxPayload = 256

// Terms are who signs a call, in which order, and for how long.
type Terms struct {
	Signer account.ID
	Nonce  uint32
	Era    Era
	Birth  [32]byte // hash of the block Era.Birth()
}

// Draft is an extrinsic that lacks its signature.
type Draft struct {
	signer  account.ID
	address []byte // encoded
	extra   []byte
	call    []byte
	implied []byte
	md      *metadata.Metadata
}

// Draft binds a call to its terms. It refuses terms without an era (BAD_ERA) and
// a call that was built for another runtime (BAD_CALL).
func (r *Runtime) Draft(c Call, t Terms) (Draft, error) {
	if t.Era == (Era{}) {
		return Draft{}, rejection.New(rejection.BadEra, "terms without an era")
	}
	body := encoder{md: r.md}
	if err := body.write(r.md.Extrinsic.Call, c); err != nil {
		return Draft{}, err
	}
	address := encoder{md: r.md}
	if err := address.write(r.md.Extrinsic.Address, Account(t.Signer)); err != nil {
		return Draft{}, err
	}
	var extra, implied scale.Writer
	for _, x := range r.plan {
		x.extra(&extra, t)
		x.implied(&implied, *r, t)
	}
	return Draft{t.Signer, address.w.Bytes(), extra.Bytes(), body.w.Bytes(), implied.Bytes(), r.md}, nil
}

// Payload returns what the signature is about, before any hash:
//
//	call ‖ extra of the extensions ‖ what they add
func (d Draft) Payload() []byte {
	return append(append(append([]byte(nil), d.call...), d.extra...), d.implied...)
}

// Digest returns the bytes that are signed for a payload: itself, or its
// BLAKE2b-256 if it is longer than 256 bytes.
func Digest(payload []byte) []byte {
	if len(payload) <= maxPayload {
		return append([]byte(nil), payload...)
	}
	h := blake2b.Sum256(payload)
	return h[:]
}

// Ed25519 returns the extrinsic with its signer's Ed25519 signature of
// Digest(Payload()). One that does not verify is refused (BAD_MULTI_SIGNATURE):
// a broken signer is noticed before a nonce waits for a node's refusal.
func (d Draft) Ed25519(signature [64]byte) ([]byte, error) {
	if !quorum.Verify(quorum.Key(d.signer), Digest(d.Payload()), signature) {
		return nil, rejection.New(rejection.BadMultiSignature, "it does not verify under the account's key")
	}
	return d.assemble("Ed25519", signature)
}

// Sr25519 returns the extrinsic with its signer's sr25519 signature of
// Digest(Payload()), which is not verified here.
func (d Draft) Sr25519(signature [64]byte) ([]byte, error) { return d.assemble("Sr25519", signature) }

// Unsigned returns the extrinsic with an empty Ed25519 signature: of the right
// size, to ask a node what it would cost.
func (d Draft) Unsigned() ([]byte, error) { return d.assemble("Ed25519", [64]byte{}) }

// assemble writes
//
//	compact length ‖ 0x84 ‖ address ‖ signature's kind ‖ signature ‖ extra ‖ call
func (d Draft) assemble(kind string, signature [64]byte) ([]byte, error) {
	body := encoder{md: d.md}
	body.w.U8(format | signed)
	body.w.Fixed(d.address)
	if err := body.signature(kind, signature); err != nil {
		return nil, err
	}
	body.w.Fixed(d.extra)
	body.w.Fixed(d.call)
	var out scale.Writer
	out.Vec(body.w.Bytes())
	return out.Bytes(), nil
}

// signature writes an alternative of the runtime's MultiSignature.
func (e *encoder) signature(kind string, signature [64]byte) error {
	t := e.md.Registry.Type(e.md.Extrinsic.Signature)
	if t.Kind == metadata.KindVariant {
		for _, v := range t.Variants {
			if v.Name == kind && len(v.Fields) == 1 {
				e.w.U8(v.Index)
				return e.write(v.Fields[0].Type, Bytes(signature[:]))
			}
		}
	}
	return rejection.New(rejection.BadCall, "the runtime takes no %s signatures", kind)
}

// Hash returns an extrinsic's hash, by which nodes and explorers name it.
func Hash(extrinsic []byte) [32]byte { return blake2b.Sum256(extrinsic) }
