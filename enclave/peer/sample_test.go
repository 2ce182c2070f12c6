package peer

import (
	"bytes"
	"crypto/ed25519"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/settlement"
)

const chainID = "test-1"

var (
	private = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public  = quorum.Key(private.Public().(ed25519.PublicKey))
	from    = settlement.NewWorkerID(public)
)

func sign(message []byte) [64]byte { return quorum.Sign(private, message).Signature }

// samples are one message of each kind, by name.
func samples() []struct {
	name string
	body Body
} {
	return []struct {
		name string
		body Body
	}{
		{"vote", &Vote{Subject: Lock, Number: 9, Digest: [32]byte{1}, Signature: [64]byte{2}}},
		{"offer", &Offer{
			To:     settlement.WorkerID{3},
			Epoch:  registry.Epoch{Number: 2, SealKey: registry.SealKey{4}, Committed: [32]byte{5}, Revealed: registry.Schedule{6}},
			Sealed: bytes.Repeat([]byte{8}, 1168),
		}},
		{"need", &Need{Height: 10}},
		{"part", &Part{To: settlement.WorkerID{11}, Height: 12, Index: 1, Count: 2, Bytes: []byte{13, 14}}},
		{"proofs", &Proofs{Auction: 15, Group: 16, List: []Proof{
			{Index: 0, Bytes: [settlement.ProofSize]byte{17}}, {Index: 18, Bytes: [settlement.ProofSize]byte{19}}}}},
	}
}
