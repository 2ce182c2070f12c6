package keys

import (
	"crypto/sha256"
	"crypto/sha512"
	"math/big"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
)

// SpendingKey is the whole secret of one account. Whoever holds it can spend.
type SpendingKey struct {
	ask  jubjub.Scalar
	view ViewingKey
}

// ProverKey is what proving needs: it makes proofs and nullifiers of the
// account's notes, but no signature.
type ProverKey struct {
	AK jubjub.Point
	NK field.Element
}

// ViewingKey sees everything of an account and spends nothing.
type ViewingKey struct {
	ProverKey
	DK field.Element
}

// Derive returns account number index of a BIP-39 seed (64 bytes):
//
//	root = HKDF-SHA512(seed, info = Account ‖ index), 64 bytes
//	ask  = wide(root; SpendKey) mod order, nk, dk = wide(root; …) mod r
//
// An ask of 0 cannot be met in practice and is skipped by re-deriving.
func Derive(seed []byte, index uint32) SpendingKey {
	root := mustHKDF(sha512.New, seed, indexed(domain.Account, index), 64)
	var k SpendingKey
	for i := byte(0); ; i++ {
		if k.ask = jubjub.ScalarFromHash(domain.SpendKey, root, []byte{i}); !k.ask.IsZero() {
			break
		}
	}
	k.view = ViewingKey{
		ProverKey: ProverKey{
			AK: jubjub.Mul(jubjub.Spend, k.ask),
			NK: field.FromHash(domain.NullifierKey, root),
		},
		DK: field.FromHash(domain.DiscoveryKey, root),
	}
	return k
}

// String and GoString hide the key, so that printing one by mistake leaks
// nothing.
func (k SpendingKey) String() string   { return "spending key" }
func (k SpendingKey) GoString() string { return "keys.SpendingKey" }

// Viewing returns the account's viewing key.
func (k SpendingKey) Viewing() ViewingKey { return k.view }

// Sign signs an action's sighash under rk = ak + [alpha]G. Entropy hedges the
// nonce and may be empty.
func (k SpendingKey) Sign(alpha jubjub.Scalar, sighash [32]byte, entropy []byte) jubjub.Signature {
	return jubjub.Sign(domain.SpendSig, jubjub.Spend, k.ask.Add(alpha), sighash[:], entropy)
}

// Randomize returns rk = ak + [alpha]G.
func (k ProverKey) Randomize(alpha jubjub.Scalar) jubjub.Point {
	return jubjub.Add(k.AK, jubjub.Mul(jubjub.Spend, alpha))
}

// Alpha derives the re-randomiser of an action from 32 bytes of entropy.
func Alpha(entropy []byte) jubjub.Scalar {
	return jubjub.ScalarFromHash(domain.Randomizer, entropy)
}

// String and GoString hide the key; Format is its text.
func (k ProverKey) String() string   { return "prover key" }
func (k ProverKey) GoString() string { return "keys.ProverKey" }

// String and GoString hide the key; Format is its text.
func (k ViewingKey) String() string   { return "viewing key" }
func (k ViewingKey) GoString() string { return "keys.ViewingKey" }

// PKd returns pk_d = H(PK; ak.x, ak.y, nk, d).
func (k ProverKey) PKd(d Diversifier) field.Element {
	x, y := jubjub.Coordinates(k.AK)
	return field.H(domain.PK, x, y, k.NK, d.Element())
}

// OID returns oid = H(OID; nk), which the enclave sees with every order.
func (k ProverKey) OID() field.Element { return field.H(domain.OID, k.NK) }

// Owner returns C = H(OWNER; pk_d, r).
func Owner(pkd, r field.Element) field.Element { return field.H(domain.Owner, pkd, r) }

// OutputR returns r_j = H(RSD; dk, nf_0, j) of own output j of an action.
func (k ViewingKey) OutputR(nf0 field.Element, j int) field.Element {
	return field.H(domain.RSD, k.DK, nf0, field.FromUint64(uint64(j)))
}

// OrderSecret returns s = H(SSD; dk, nf_0) of an own order output.
func (k ViewingKey) OrderSecret(nf0 field.Element) field.Element {
	return field.H(domain.SSD, k.DK, nf0)
}

// DepositR returns r_i = H(RDEP; dk, i) of the account's deposit number i.
func (k ViewingKey) DepositR(i uint64) field.Element {
	return field.H(domain.RDep, k.DK, field.FromUint64(i))
}

// ReturnR returns r = H(RRET; dk, nf_0) of a withdrawal's return commitment.
func (k ViewingKey) ReturnR(nf0 field.Element) field.Element {
	return field.H(domain.RRet, k.DK, nf0)
}

// DummyRho returns the rho of the dummy input in the given slot: derived from
// the slot-0 nullifier, so that a retry reuses it. In slot 0 itself the dummy
// is derived from entropy instead.
func (k ViewingKey) DummyRho(nf0 field.Element, slot int) field.Element {
	return field.H(domain.RhoDum, k.DK, nf0, field.FromUint64(uint64(slot)))
}

// SelfKey returns HKDF(dk, "self"): the root of the keys of own outputs.
func (k ViewingKey) SelfKey() [32]byte { return k.derive(domain.SelfKey) }

// ScanKey returns x, the X25519 secret behind every address's PK_d.
func (k ViewingKey) ScanKey() [32]byte { return k.derive(domain.ScanKey) }

func (k ViewingKey) derive(ctx domain.Context) (out [32]byte) {
	dk := k.DK.Bytes()
	copy(out[:], mustHKDF(sha256.New, dk[:], string(ctx), 32))
	return out
}

// Diversifier is the public part of an address that makes it unlinkable.
type Diversifier [16]byte

// Diversifier returns d_i: the first 16 bytes of HKDF(dk; Diversifier ‖ i).
func (k ViewingKey) Diversifier(i uint32) (d Diversifier) {
	dk := k.DK.Bytes()
	copy(d[:], mustHKDF(sha256.New, dk[:], indexed(domain.Diversifier, i), len(d)))
	return d
}

// Element returns d as a field element (a big-endian 128-bit integer).
func (d Diversifier) Element() (e field.Element) {
	e.SetBigInt(new(big.Int).SetBytes(d[:]))
	return e
}
