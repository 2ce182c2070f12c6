package node

import (
	"crypto/sha256"
	"sync"

	"github.com/nightjar/nightjar/ledger"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/field"
)

// proofCacheSize is how many accepted claims are remembered at least: several
// full blocks and the pool.
const proofCacheSize = 1 << 14

// proofCache remembers claims that base has accepted, so that a proof is
// verified once on its way from the pool through the proposal to the decided
// block. It remembers nothing else: a claim is its key, public inputs and
// proof, and those alone decide.
type proofCache struct {
	base ledger.Proofs

	mu         sync.Mutex
	young, old map[[32]byte]struct{} // young becomes old when it is full
}

func newProofCache(base ledger.Proofs) *proofCache {
	return &proofCache{base: base, young: map[[32]byte]struct{}{}}
}

// Check implements ledger.Proofs.
func (c *proofCache) Check(claims []ledger.Claim) error {
	left := c.unknown(claims)
	if len(left.claims) == 0 {
		return nil
	}
	if err := c.base.Check(left.claims); err != nil {
		return err
	}
	c.remember(left.keys)
	return nil
}

// Find implements ledger.Proofs.
func (c *proofCache) Find(claims []ledger.Claim) ([]int, error) {
	left := c.unknown(claims)
	if len(left.claims) == 0 {
		return nil, nil
	}
	found, err := c.base.Find(left.claims)
	if err != nil {
		return nil, err
	}
	var bad []int
	var good [][32]byte
	for i, key := range left.keys {
		if len(bad) < len(found) && found[len(bad)] == i {
			bad = append(bad, left.index[i])
		} else {
			good = append(good, key)
		}
	}
	c.remember(good)
	return bad, nil
}

// unknown are claims that are not remembered, with their keys here and their
// indices among all.
type unknown struct {
	claims []ledger.Claim
	keys   [][32]byte
	index  []int
}

func (c *proofCache) unknown(claims []ledger.Claim) (left unknown) {
	keys := make([][32]byte, len(claims))
	for i, claim := range claims {
		keys[i] = claimKey(claim)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, k := range keys {
		_, young := c.young[k]
		_, old := c.old[k]
		if !young && !old {
			left.claims, left.keys, left.index = append(left.claims, claims[i]), append(left.keys, k), append(left.index, i)
		}
	}
	return left
}

func (c *proofCache) remember(keys [][32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		if len(c.young) >= proofCacheSize {
			c.young, c.old = map[[32]byte]struct{}{}, c.young
		}
		c.young[k] = struct{}{}
	}
}

// claimKey is SHA-256(context ‖ hash of the verifying key ‖ public inputs ‖
// proof). All widths are fixed, so no two claims share a pre-image.
func claimKey(c ledger.Claim) [32]byte {
	w := encoding.NewWriter(128 + len(c.Public)*field.Size + len(c.Proof))
	w.Var([]byte(domain.ProofCache))
	key := c.Key.Hash()
	w.Fixed(key[:])
	for _, x := range c.Public {
		field.Write(w, x)
	}
	w.Fixed(c.Proof[:])
	return sha256.Sum256(w.Bytes())
}
