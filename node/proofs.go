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
// block. It remembers nothing else: a claim is its circuit, public inputs and
// proof, and under the genesis' keys those alone decide.
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
	keys := make([][32]byte, len(claims))
	var unknown []ledger.Claim
	var fresh [][32]byte
	for i, claim := range claims {
		keys[i] = claimKey(claim)
	}
	c.mu.Lock()
	for i, k := range keys {
		_, young := c.young[k]
		_, old := c.old[k]
		if !young && !old {
			unknown = append(unknown, claims[i])
			fresh = append(fresh, k)
		}
	}
	c.mu.Unlock()
	if len(unknown) == 0 {
		return nil
	}
	if err := c.base.Check(unknown); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range fresh {
		if len(c.young) >= proofCacheSize {
			c.young, c.old = map[[32]byte]struct{}{}, c.young
		}
		c.young[k] = struct{}{}
	}
	return nil
}

// claimKey is SHA-256(context ‖ circuit ‖ count ‖ public inputs ‖ proof): no
// two claims share a pre-image.
func claimKey(c ledger.Claim) [32]byte {
	w := encoding.NewWriter(64 + len(c.Public)*field.Size + len(c.Proof))
	w.Var([]byte(domain.ProofCache))
	w.Var([]byte(c.Circuit))
	w.U16(uint16(len(c.Public)))
	for _, x := range c.Public {
		field.Write(w, x)
	}
	w.Fixed(c.Proof[:])
	return sha256.Sum256(w.Bytes())
}
