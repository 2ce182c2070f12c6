package epoch

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/jubjub"
	"github.com/nightjar/nightjar/protocol/registry"
)

// Secret is the 32-byte secret that the workers of one epoch share.
type Secret [32]byte

// Schedule returns K_sched = HKDF(secret; SCHEDULE), revealed after the epoch.
func (s Secret) Schedule() registry.Schedule {
	return s.derive(domain.Schedule, nil)
}

// Auction returns HKDF(secret; EPOCH_PRF ‖ height), the key of one auction's
// draws. It is all that an open lock needs, so that the epoch's secret may be
// erased before the lock is settled.
func (s Secret) Auction(height uint32) Auction {
	return Auction(s.derive(domain.EpochPRF, binary.BigEndian.AppendUint32(nil, height)))
}

func (s Secret) derive(ctx domain.Context, suffix []byte) [32]byte {
	key, err := hkdf.Key(sha256.New, s[:], nil, string(ctx)+string(suffix), 32)
	if err != nil {
		panic(err) // only a wrong length can fail, and the length is ours
	}
	return [32]byte(key)
}

// Called reports whether an auction is called at height, when there is one in
// every interval of so many blocks: interval number i = height / interval has
// its call at offset PRF(K_sched; i) mod interval. An interval of 0 never calls.
func Called(k registry.Schedule, height, interval uint32) bool {
	if interval == 0 {
		return false
	}
	return height%interval == uint32(schedule(k, "call", height/interval)%uint64(interval))
}

// Tie returns the tie bit of height: of two prices equally near the reference,
// the higher one is taken iff it is set.
func Tie(k registry.Schedule, height uint32) bool {
	return schedule(k, "tie", height)&1 == 1
}

func schedule(k registry.Schedule, use string, n uint32) uint64 {
	h := hmac.New(sha256.New, k[:])
	h.Write(binary.BigEndian.AppendUint32([]byte(use), n))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// Auction is the key of one auction's draws.
type Auction [32]byte

// Purpose says what a draw is for. The numbers are frozen: workers of two
// versions must draw alike.
type Purpose uint8

// The purposes.
const (
	Salt      Purpose = 1  // of a group's price commitment
	Blind     Purpose = 2  // of a leg's value commitment
	FeeBlind  Purpose = 3  // of the fee's value commitment
	FeeSecret Purpose = 4  // r of the fee note
	FeeSeal   Purpose = 5  // seed of the fee note's sealed opening
	PadSecret Purpose = 6  // s of a padding order
	PadOwner  Purpose = 7  // C of a padding order
	PadOID    Purpose = 8  // oid of a padding order
	PoolRank  Purpose = 9  // place of a pool in the claim on an auction's fills
	OrderRank Purpose = 10 // key of Rank
	PoolVeil  Purpose = 11 // of a pool in the transcript: 0 its salt, 1 + side the seed of a last rank
)

// Seed returns HMAC-SHA256(key; purpose ‖ pool ‖ index).
func (a Auction) Seed(p Purpose, pool uint32, index int) (seed [32]byte) {
	in := binary.BigEndian.AppendUint32([]byte{byte(p)}, pool)
	in = binary.BigEndian.AppendUint32(in, uint32(index))
	h := hmac.New(sha256.New, a[:])
	h.Write(in)
	h.Sum(seed[:0])
	return seed
}

// Element returns a draw as a field element.
func (a Auction) Element(p Purpose, pool uint32, index int) field.Element {
	seed := a.Seed(p, pool, index)
	return field.FromHash(domain.EpochPRF, seed[:])
}

// Scalar returns a draw as a scalar of the embedded curve.
func (a Auction) Scalar(p Purpose, pool uint32, index int) jubjub.Scalar {
	seed := a.Seed(p, pool, index)
	return jubjub.ScalarFromHash(domain.EpochPRF, seed[:])
}

// Rank is the keyed hash by which an auction ranks orders of one block of
// arrival.
type Rank struct{ key [32]byte }

// Rank returns the ranking of this auction.
func (a Auction) Rank() Rank { return Rank{a.Seed(OrderRank, 0, 0)} }

// Of returns the rank of the order with this nullifier, the lower going first:
// the first 8 bytes of SHA-256(OrderRank's seed ‖ nullifier). Both parts have
// one length, so that the plain hash is a PRF, at a third of HMAC's cost.
func (r Rank) Of(nullifier [field.Size]byte) uint64 {
	var in [2 * 32]byte
	copy(in[:32], r.key[:])
	copy(in[32:], nullifier[:])
	sum := sha256.Sum256(in[:])
	return binary.BigEndian.Uint64(sum[:])
}
